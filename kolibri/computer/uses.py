"""Which lessons use a channel."""

from __future__ import annotations

from dataclasses import dataclass

from kolibri.core.lessons.models import Lesson


@dataclass(frozen=True)
class Use:
    """A lesson that uses a channel: `count` of its resources come from there."""

    id: str
    title: str
    classroom: str
    count: int


def uses(channel_id: str) -> list[Use]:
    """Return the lessons with resources of the channel, by class and title; one query."""
    rows = Lesson.objects.order_by("collection__name", "title", "pk")
    found = []
    for pk, title, classroom, entries in rows.values_list("pk", "title", "collection__name", "resources"):
        count = sum(entry["channel_id"] == channel_id for entry in entries)
        if count:
            found.append(Use(pk, title, classroom, count))
    return found
