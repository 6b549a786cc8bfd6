"""Who a username and a password belong to, and finding the person of a session."""

from __future__ import annotations

import functools
import operator
import unicodedata
from typing import Any
from typing import Final

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q
from django.db.models import QuerySet
from django.http import HttpRequest

from kolibri.core.auth import hashers
from kolibri.core.auth import pictures
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.usernames import fold
from kolibri.core.auth.ways import Way
from kolibri.core.compiled import CompiledObjects
from kolibri.core.compiled import an_id
from kolibri.core.compiled import text_without_case
from kolibri.core.uuid_field import MalformedId

# In a session: it was opened with a username alone, or with three pictures.
NAME_ALONE: Final = "name_alone"
_LONGEST_NAME: Final = 254
_MOST_OF_A_NAME: Final = 5


def _everybody() -> QuerySet[FacilityUser]:
    return FacilityUser.objects.select_related("device_permissions", "dataset")


@functools.cache
def _by_id() -> CompiledObjects[FacilityUser]:
    """Return what reads the person of a session, at each of its requests."""
    return CompiledObjects(_everybody())


@functools.cache
def _by_name() -> CompiledObjects[FacilityUser]:
    """Return what reads those of one spelling of a name in one school, as nearly every sign-in asks."""
    return CompiledObjects(
        _everybody(),
        lambda people, name, school: _oldest_first(people.filter(username__iexact=name, facility_id=school)),
        text_without_case,
        an_id,
    )


def _oldest_first(people: QuerySet[FacilityUser]) -> QuerySet[FacilityUser]:
    return people.order_by("date_joined", "pk")[:_MOST_OF_A_NAME]


class FacilityUserBackend(BaseBackend):
    """A person of a school, by username and password; a learner by username alone where the school allows it."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str = "",
        password: str = "",
        facility: Facility | str | None = None,
        **kwargs: Any,
    ) -> FacilityUser | None:
        """Return the person, or None. Nothing is limited here: `signing_in.sign_in` is the door.

        `facility` is a school or its id; without it every school of this computer is looked
        through. Usernames are compared as `usernames.fold` does. None costs the same work for
        an unknown username, a person without a password and a wrong password.
        """
        people = _called(username, facility)
        if not password and (found := next((one for one in people if may_enter_without_password(one)), None)):
            return found
        place = hashers.find(password, [person.password for person in people])
        return None if place is None else people[place]

    def get_user(self, user_id: str) -> FacilityUser | None:
        try:
            return next(iter(_by_id().get(user_id)), None)
        except MalformedId:
            return None


def may_enter_without_password(person: FacilityUser) -> bool:
    """Return whether the school lets this person in by name alone: a learner, never anyone with rights."""
    return bool(person.dataset.learner_can_login_with_no_password and not person.roles_held and not person.is_superuser)


def may_enter_with_pictures(person: FacilityUser) -> bool:
    """Return whether three pictures let this person in: a learner of a school that says so."""
    return person.dataset.way_in is Way.PICTURES and not person.roles_held and not person.is_superuser


def who_presses_pictures(username: str, school: Facility | None) -> FacilityUser | None:
    """Return the learner of this username who signs in by pictures, or None.

    It tells that somebody has this name; where learners press pictures, all names are listed anyway.
    """
    people = _called(username, school)
    return next((one for one in people if one.picture_password and may_enter_with_pictures(one)), None)


def by_pictures(learner_id: str, code: str) -> FacilityUser | None:
    """Return the learner if the code is theirs and opens this school, else None."""
    person = next(iter(_by_id().get(learner_id)), None)
    if person is None or not may_enter_with_pictures(person) or not pictures.is_right(person, code):
        return None
    return person


def _called(username: str, facility: Facility | str | None) -> list[FacilityUser]:
    """Return the people of this name, oldest first; several only where a peer has brought a duplicate."""
    wanted = fold(username)
    if not wanted or len(username) > _LONGEST_NAME or "\x00" in username:
        return []
    # The database compares without case in ASCII only (SQLite), and knows nothing of Unicode's forms.
    spellings = {username.strip(), wanted, wanted.upper(), wanted.title()}
    spellings |= {unicodedata.normalize(form, text) for text in spellings for form in ("NFC", "NFD")}
    texts = {spelling.lower() if spelling.isascii() else spelling for spelling in spellings}
    school = getattr(facility, "pk", facility)
    if len(texts) == 1 and school:
        found = _by_name().get(texts.pop(), school)
    else:
        people = _everybody().filter(functools.reduce(operator.or_, (Q(username__iexact=text) for text in texts)))
        if school:
            people = people.filter(facility_id=school)
        found = list(_oldest_first(people))
    return [person for person in found if fold(person.username) == wanted]
