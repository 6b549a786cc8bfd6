"""The list of a school's people, read in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page
from django.core.paginator import Paginator
from django.db.models import Q
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.people import Rights

A_PAGE = 50
TEACHES = (role_kinds.ADMIN, role_kinds.COACH)


@dataclass(frozen=True)
class Row:
    """One person as the list shows them: `classes` are learned in, `teaches` in words."""

    id: str
    name: str
    username: str
    teaches: str
    classes: list[str]
    has_password: bool


@dataclass(frozen=True)
class Choice:
    """What the list is narrowed to."""

    query: str
    who: str

    def address(self, number: int) -> str:
        """Return the address's tail for a page of the same list."""
        return "?" + urlencode({"q": self.query, "who": self.who, "page": number})


def choices() -> list[tuple[str, str]]:
    """Return who can be listed, each with its word."""
    return [("", _("Everybody")), ("learners", _("Learners")), ("teachers", _("Teachers")), ("removed", _("Removed"))]


def chosen(data: Any) -> Choice:
    """Return the choice that an address makes."""
    who = data.get("who", "")
    query = data.get("q", "").replace("\x00", "").strip()[:100]
    return Choice(query, who if who in {key for key, _word in choices()} else "")


def page(facility_id: str, choice: Choice, number: str) -> Page[Row]:
    """Return one page of the school's people by name, `Row` each; five queries whatever the length."""
    found: QuerySet[Any] = FacilityUser.all_objects.filter(facility_id=facility_id)
    found = found.filter(date_deleted__isnull=choice.who != "removed").order_by("full_name", "username", "pk")
    teachers = Role.objects.filter(kind__in=TEACHES).order_by().values("user_id")
    if choice.who == "teachers":
        found = found.filter(pk__in=teachers)
    elif choice.who == "learners":
        found = found.exclude(pk__in=teachers)
    for word in choice.query.split():
        found = found.filter(Q(full_name__icontains=word) | Q(username__icontains=word))
    shown = Paginator(found, A_PAGE).get_page(number)
    people = list(shown.object_list)
    ids = [person.pk for person in people]
    names = dict(Classroom.objects.filter(parent_id=facility_id).values_list("pk", "name"))
    learns: dict[str, list[str]] = {}
    for user, where in Membership.objects.filter(user_id__in_ids=ids).values_list("user_id", "collection_id"):
        if where in names:
            learns.setdefault(user, []).append(names[where])
    roles: dict[str, set[tuple[str, str]]] = {}
    for user, kind, where in Role.objects.filter(user_id__in_ids=ids, kind__in=TEACHES).values_list(
        "user_id", "kind", "collection_id"
    ):
        roles.setdefault(user, set()).add((kind, where))
    shown.object_list = [
        Row(
            person.pk,
            str(person),
            person.username,
            _in_words(roles.get(person.pk, set()), facility_id, names),
            sorted(learns.get(person.pk, [])),
            person.has_own_password,
        )
        for person in people
    ]
    return shown


def word(rights: Rights) -> str:
    """Return what somebody with these rights is called."""
    return {
        Rights.LEARNER: _("Learner"),
        Rights.CLASS_COACH: _("Teacher of some classes"),
        Rights.COACH: _("Teacher of all classes"),
        Rights.ADMIN: _("Admin of the school"),
    }[rights]


def _in_words(roles: set[tuple[str, str]], facility_id: str, names: dict[str, str]) -> str:
    if (role_kinds.ADMIN, facility_id) in roles:
        return word(Rights.ADMIN)
    if (role_kinds.COACH, facility_id) in roles:
        return word(Rights.COACH)
    taught = sorted(names[where] for _kind, where in roles if where in names)
    return _("Teaches %(classes)s") % {"classes": pgettext("between names", ", ").join(taught)} if taught else ""
