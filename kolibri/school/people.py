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

from kolibri.core.auth import by_name
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.people import Rights
from kolibri.core.ids import hex_or_none
from kolibri.ui.help.searching import fold

A_PAGE = 50
# In the place of a class's id.
NO_CLASS = "none"
TEACHES = (role_kinds.ADMIN, role_kinds.COACH)


@dataclass(frozen=True)
class Row:
    """One person as the list shows them: `classes` are learned in, `teaches` in words."""

    id: str
    name: str
    username: str
    number: str
    teaches: str
    classes: list[str]
    has_password: bool


@dataclass(frozen=True)
class Choice:
    """What the list is narrowed to; `room` is a class's id, NO_CLASS or empty."""

    query: str
    who: str
    room: str = ""

    def address(self, number: int, **more: str) -> str:
        """Return the address's tail for a page of the same list."""
        return "?" + urlencode({"q": self.query, "who": self.who, "room": self.room, "page": number, **more})


def choices() -> list[tuple[str, str]]:
    """Return who can be listed, each with its word."""
    return [("", _("Everybody")), ("learners", _("Learners")), ("teachers", _("Teachers")), ("removed", _("Removed"))]


def chosen(data: Any) -> Choice:
    """Return the choice that an address makes."""
    who = data.get("who", "")
    query = data.get("q", "").replace("\x00", "").strip()[:100]
    room = data.get("room", "")
    room = room if room == NO_CLASS else hex_or_none(room) or ""
    return Choice(query, who if who in {key for key, _word in choices()} else "", room)


def rooms(facility_id: str) -> dict[str, str]:
    """Return the names of the school's classes by their ids, in the order of the names; one query."""
    return {room.pk: room.name for room in by_name.places(Classroom.objects.filter(parent_id=facility_id))}


def find(facility_id: str, choice: Choice) -> QuerySet[Any]:
    """Return the school's people of that choice, by name."""
    found: QuerySet[Any] = FacilityUser.all_objects.filter(facility_id=facility_id)
    found = found.filter(date_deleted__isnull=choice.who != "removed").order_by("full_name", "username", "pk")
    teachers = Role.objects.filter(kind__in=TEACHES).order_by().values("user_id")
    if choice.who == "teachers":
        found = found.filter(pk__in=teachers)
    elif choice.who == "learners":
        found = found.exclude(pk__in=teachers)
    if choice.room == NO_CLASS:
        classes = Classroom.objects.filter(parent_id=facility_id).order_by().values("pk")
        found = found.exclude(pk__in=_in_classes(classes))
    elif choice.room:
        classes = Classroom.objects.filter(parent_id=facility_id, pk=choice.room).order_by().values("pk")
        found = found.filter(Q(pk__in=_in_classes(classes)) | Q(pk__in=teachers.filter(collection_id__in=classes)))
    return _who_hold(fold(choice.query).split(), found) if choice.query else found


def _who_hold(words: list[str], people: QuerySet[Any]) -> QuerySet[Any]:
    """Return those of the people whose name, username or number hold every word, whatever its accents and case.

    SQLite folds ASCII only, and neither database folds accents. A school's people are a few thousand at most and are
    looked through in some hundredths of a second; nothing folded is kept that would have to stay right.
    """
    rows = people.order_by().values_list("pk", "full_name", "username", "id_number")
    found = []
    for pk, *held in rows:
        text = "\n".join(held)
        text = text.lower() if text.isascii() else fold(text)
        if all(word in text for word in words):
            found.append(pk)
    return people.filter(pk__in_ids=found)


def _in_classes(classes: QuerySet[Any]) -> QuerySet[Any]:
    return Membership.objects.filter(collection_id__in=classes).order_by().values("user_id")  # type: ignore[no-any-return]


def page(facility_id: str, names: dict[str, str], found: QuerySet[Any], number: str) -> Page[Row]:
    """Return one page of the people found in the school, `Row` each; four queries whatever the length.

    `names` are those of the school's classes by their ids.
    """
    shown = Paginator(found, A_PAGE).get_page(number)
    people = list(shown.object_list)
    ids = [person.pk for person in people]
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
            person.id_number,
            _in_words(roles.get(person.pk, set()), facility_id, names),
            sorted(learns.get(person.pk, []), key=by_name.key),
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
    taught = sorted((names[where] for _kind, where in roles if where in names), key=by_name.key)
    return _("Teaches %(classes)s") % {"classes": pgettext("between names", ", ").join(taught)} if taught else ""
