"""Whom and what a school has, read in five queries, to be compared with a list."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from dataclasses import field

from kolibri.core.auth import usernames
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import NO_PASSWORD
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.auth.people import Rights


@dataclass(frozen=True)
class Place:
    """A class by name; `id` is empty for one that will be made."""

    id: str
    name: str

    @property
    def key(self) -> str:
        return self.id or usernames.fold(self.name)


@dataclass
class Known:
    """A person of the school; `learns` and `teaches` are ids of classes."""

    id: str
    username: str
    full_name: str
    birth_year: str
    gender: str
    id_number: str
    has_password: bool
    at_school: set[str] = field(default_factory=set)
    teaches: set[str] = field(default_factory=set)
    learns: set[str] = field(default_factory=set)

    @property
    def rights(self) -> Rights:
        """What the person may do, as `people.rights_of` has it."""
        if role_kinds.ADMIN in self.at_school:
            return Rights.ADMIN
        if role_kinds.COACH in self.at_school:
            return Rights.COACH
        return Rights.CLASS_COACH if self.teaches else Rights.LEARNER


@dataclass
class Present:
    """The school's people by id and by folded username, its classes, and the ids of who was removed."""

    people: dict[str, Known]
    by_username: dict[str, Known]
    classes: list[Place]
    removed: set[str]

    def named(self) -> dict[tuple[str, str], list[Known]]:
        """Return who is called so in a class, by its id and the folded name; no class's id is empty."""
        found: defaultdict[tuple[str, str], list[Known]] = defaultdict(list)
        for known in self.people.values():
            places = known.learns or ({""} if known.rights is Rights.LEARNER else set())
            for place in places:
                found[place, usernames.fold(known.full_name)].append(known)
        return found


def read(facility: Facility) -> Present:
    """Return the school as it is now."""
    classes = [
        Place(pk, name) for pk, name in Classroom.objects.filter(parent_id=facility.pk).values_list("pk", "name")
    ]
    classes.sort(key=lambda place: (place.name, place.id))
    ids = {place.id for place in classes}
    rows = FacilityUser.objects.filter(facility_id=facility.pk).order_by("username", "pk")
    columns = ("pk", "username", "full_name", "birth_year", "gender", "id_number", "password")
    people = {}
    for pk, username, name, year, gender, number, password in rows.values_list(*columns):
        people[pk] = Known(pk, username, name, year, gender, number, password not in ("", NO_PASSWORD))
    of_school = {"dataset_id": facility.dataset_id}
    members = Membership.objects.filter(**of_school).order_by().values_list("user_id", "collection_id")
    for user, where in members:
        if user in people and where in ids:
            people[user].learns.add(where)
    for user, kind, where in (
        Role.objects.filter(**of_school).order_by().values_list("user_id", "kind", "collection_id")
    ):
        if user not in people:
            continue
        if where == facility.pk:
            people[user].at_school.add(kind)
        elif where in ids and kind == role_kinds.COACH:
            people[user].teaches.add(where)
    gone = FacilityUser.all_objects.filter(facility_id=facility.pk, date_deleted__isnull=False).order_by()
    # Of several with one username, whom a sync has brought, the last stands for all.
    by_username = {usernames.fold(known.username): known for known in people.values()}
    return Present(people, by_username, classes, set(gone.values_list("pk", flat=True)))
