"""Which lessons would lose which resources with a channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kolibri.core.content import services
from kolibri.core.content.models import ContentNode
from kolibri.core.content.services import Resource
from kolibri.core.lessons.models import Lesson

_AT_ONCE: Final = 500  # ids in one query


@dataclass(frozen=True)
class Loss:
    """What one lesson would lose: `titles` of `count` resources."""

    lesson: str
    classroom: str
    titles: list[str]
    count: int


def losses(channel_id: str) -> list[Loss]:
    """Return the lessons that would lose resources, by class and title.

    A resource that another channel on this computer has as well stays, and is not lost.
    """
    lessons = list(
        Lesson.objects.order_by("collection__name", "title", "pk").values_list("title", "collection__name", "resources")
    )
    ids = {entry["contentnode_id"] for _title, _classroom, entries in lessons for entry in entries}
    lost: dict[str, str] = {}
    for some in _portions(sorted(ids)):
        lost |= _lost(channel_id, services.resources_by_ids(some))
    found = []
    for title, classroom, entries in lessons:
        titles = [lost[entry["contentnode_id"]] for entry in entries if entry["contentnode_id"] in lost]
        if titles:
            found.append(Loss(title, classroom, titles, len(entries)))
    return found


def _lost(channel_id: str, resources: dict[str, Resource]) -> dict[str, str]:
    """Return the titles of those of `resources` that only this channel has, by id."""
    shown = {resource.shown_id: pk for pk, resource in resources.items() if resource.available and resource.shown_id}
    here = ContentNode.objects.filter(pk__in=shown, channel_id=channel_id)
    works = dict(here.values_list("pk", "content_id"))
    elsewhere = set(
        ContentNode.objects.available()
        .filter(content_id__in=set(works.values()))
        .exclude(channel_id=channel_id)
        .values_list("content_id", flat=True)
    )
    kept = {node for node, work in works.items() if work in elsewhere}
    return {
        pk: resource.title
        for pk, resource in resources.items()
        if resource.available and resource.shown_id in works and resource.shown_id not in kept
    }


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
