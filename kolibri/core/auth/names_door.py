"""The door for learners who need no password: they choose their class and their name, and then perhaps pictures.

Nobody with rights is ever listed, nothing is listed where the school asks for passwords, and an
admin can take the lists away, so that a username must be known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Final

from django.apps import apps
from django.db import models
from django.db import transaction

from kolibri.core.auth import by_name
from kolibri.core.auth import permissions
from kolibri.core.auth.syncable import DatasetRecord
from kolibri.core.auth.usernames import plain
from kolibri.core.auth.ways import Way

if TYPE_CHECKING:
    from kolibri.core.auth.models import Classroom
    from kolibri.core.auth.models import Facility
    from kolibri.core.auth.models import FacilityUser


MOST_FOUND: Final = 30


class DoorSettings(DatasetRecord):
    """How a school's learners sign in, as far as the schema has no column for it; at most one a school."""

    morango_model_name = "doorsettings"
    permissions = permissions.OfSchoolPermissions()

    shows_names = models.BooleanField(default=True)

    class Meta:
        app_label = "kolibriauth"

    def __str__(self) -> str:
        return f"door of {self.dataset_id}"

    def calculate_source_id(self) -> str:
        return self.dataset_id


def shows_names(school: Facility) -> bool:
    """Return whether the sign-in page lists the names of the school's learners; at most one query.

    Where they sign in by pictures it always does: a username would have to be typed.
    """
    way = school.dataset.way_in
    if way is not Way.NAME:
        return way is Way.PICTURES
    return not DoorSettings.objects.filter(dataset_id=school.dataset_id, shows_names=False).exists()


@dataclass(frozen=True)
class Door:
    """How learners come in: the `way`, and whether they choose their names instead of typing a username."""

    way: Way
    shows_names: bool


def door_of(school: Facility | None) -> Door:
    """Return how the school's learners sign in; with a username and a password where there is no one school."""
    if school is None:
        return Door(Way.PASSWORD, False)
    return Door(school.dataset.way_in, shows_names(school))


@transaction.atomic
def set_shows_names(school: Facility, shows: bool) -> None:
    """Let the sign-in page list names, or not."""
    kept = DoorSettings.objects.select_for_update().filter(dataset_id=school.dataset_id).first()
    record = kept or DoorSettings(dataset_id=school.dataset_id)
    if record.shows_names != shows:
        record.shows_names = shows
        record.save()


def classes(school: Facility) -> list[Classroom]:
    """Return the classes that have somebody to choose, by name; one query."""
    rooms = apps.get_model("kolibriauth", "Classroom")
    return by_name.places(
        rooms.objects.filter(parent_id=school.pk, membership__user__in=learners_of(school)).distinct()
    )


def learners(school: Facility, classroom: Classroom) -> list[FacilityUser]:
    """Return who may be chosen in the class, by name; one query."""
    members = learners_of(school).filter(memberships__collection_id=classroom.pk)
    return by_name.people(members)


def find(school: Facility, typed: str) -> list[tuple[FacilityUser, str]]:
    """Return who may be chosen and has every word of `typed` in the name, each with the classes' names; two queries.

    Case and accents do not count. At most MOST_FOUND, by name; nothing typed finds nobody.
    """
    words = plain(typed[:100]).split()
    if not words:
        return []
    everybody = learners_of(school).filter(memberships__collection__parent_id=school.pk).distinct()
    found = by_name.people(one for one in everybody if _has_all(words, plain(str(one))))[:MOST_FOUND]
    rooms: dict[str, list[str]] = {}
    places = apps.get_model("kolibriauth", "Membership").objects.filter(user__in=found, collection__parent_id=school.pk)
    for person, room in places.order_by().values_list("user_id", "collection__name"):
        rooms.setdefault(person, []).append(room)
    return [(one, ", ".join(sorted(rooms.get(one.pk, []), key=by_name.key))) for one in found]


def _has_all(words: list[str], name: str) -> bool:
    return all(word in name for word in words)


def learners_of(school: Facility) -> models.QuerySet[FacilityUser]:
    """Return the people of the school who have no rights of any kind: only they sign in with less than a password."""
    people: models.QuerySet[FacilityUser] = apps.get_model("kolibriauth", "FacilityUser").objects.all()
    runs = apps.get_model("device", "DevicePermissions").objects.filter(is_superuser=True).values("user_id")
    with_rights = apps.get_model("kolibriauth", "Role").objects.order_by().values("user_id")
    return people.filter(facility_id=school.pk).exclude(pk__in=with_rights).exclude(pk__in=runs)
