"""Who a username and a password belong to, and finding the person of a session."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any
from typing import Final

from django.contrib.auth.backends import BaseBackend
from django.db.models import Q
from django.http import HttpRequest

from kolibri.core.auth import hashers
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.usernames import fold
from kolibri.core.compiled import CompiledObject
from kolibri.core.uuid_field import MalformedId

# In a session: it was opened with a username alone.
NAME_ALONE: Final = "name_alone"
_LONGEST_NAME: Final = 254
_MOST_OF_A_NAME: Final = 5


@functools.cache
def _people() -> CompiledObject[FacilityUser]:
    """Return what reads the person of a session, at each of its requests."""
    return CompiledObject(FacilityUser.objects.select_related("device_permissions", "dataset"))


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
            return _people().get(user_id)
        except MalformedId:
            return None


def may_enter_without_password(person: FacilityUser) -> bool:
    """Return whether the school lets this person in by name alone: a learner, never anyone with rights."""
    return bool(person.dataset.learner_can_login_with_no_password and not person.roles_held and not person.is_superuser)


def _called(username: str, facility: Facility | str | None) -> list[FacilityUser]:
    """Return the people of this name, oldest first; several only where a peer has brought a duplicate."""
    wanted = fold(username)
    if not wanted or len(username) > _LONGEST_NAME or "\x00" in username:
        return []
    # The database compares without case in ASCII only (SQLite), and knows nothing of Unicode's forms.
    spellings = {username.strip(), wanted, wanted.upper(), wanted.title()}
    spellings |= {unicodedata.normalize(form, text) for text in spellings for form in ("NFC", "NFD")}
    same = Q()
    for spelling in {spelling.lower() if spelling.isascii() else spelling for spelling in spellings}:
        same |= Q(username__iexact=spelling)
    people = FacilityUser.objects.select_related("dataset", "device_permissions").filter(same)
    if facility:
        people = people.filter(facility_id=getattr(facility, "pk", facility))
    found = people.order_by("date_joined", "pk")[:_MOST_OF_A_NAME]
    return [person for person in found if fold(person.username) == wanted]
