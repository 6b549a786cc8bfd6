"""Which lessons use a channel."""

from __future__ import annotations

from dataclasses import dataclass

from kolibri.core.auth import by_name
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.permissions import TEACHING
from kolibri.core.lessons.models import Lesson


@dataclass(frozen=True)
class Use:
    """A lesson that uses a channel: `count` of its resources come from there. `is_open`: the reader may go there."""

    id: str
    title: str
    classroom: str
    count: int
    is_open: bool


def uses(channel_id: str, reader: FacilityUser) -> list[Use]:
    """Return the lessons with resources of the channel, by class and title, as `reader` sees them.

    Two queries, and what the reader's roles take. A coach at the window is told of lessons in classes of others too,
    since deleting the channel would take from them, but is led only into their own.
    """
    rows = Lesson.objects.order_by("pk")
    found = []
    for pk, title, classroom, entries in rows.values_list("pk", "title", "collection_id", "resources"):
        count = sum(entry["channel_id"] == channel_id for entry in entries)
        if count:
            found.append((pk, title, classroom, count))
    classes = Classroom.objects.select_related("parent").in_bulk({classroom for _pk, _title, classroom, _n in found})
    taught = {pk for pk, classroom in classes.items() if reader.has_role_for(TEACHING, classroom)}
    used = [Use(pk, title, classes[room].name, count, room in taught) for pk, title, room, count in found]
    return sorted(used, key=lambda one: (by_name.key(one.classroom), by_name.key(one.title)))
