"""Which lessons would lose which resources with a channel, or with its newer version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kolibri.core.auth import by_name
from kolibri.core.content import services
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.models import ContentNode
from kolibri.core.content.services import Resource
from kolibri.core.lessons.models import Lesson

_AT_ONCE: Final = 500  # ids in one query
_PATIENCE: Final = 20.0  # seconds for reading a stick, while somebody waits for the page


@dataclass(frozen=True)
class Loss:
    """What one lesson would lose: `titles` of `count` resources."""

    lesson: str
    classroom: str
    titles: list[str]
    count: int


@dataclass(frozen=True)
class Kept:
    """What a newer version of a channel still has: ids of places, and of works, which are shown wherever they lie."""

    nodes: frozenset[str] = frozenset()
    works: frozenset[str] = frozenset()


def kept_by(file: Path) -> Kept:
    """Return what the channel's database on a stick has. Raises ChannelProblem when it cannot be read."""
    with ChannelFile(file, patience=_PATIENCE) as opened:
        rows = [(str(row["id"]), str(row["content_id"])) for row in opened.rows("content_contentnode")]
    return Kept(frozenset(node for node, _work in rows), frozenset(work for _node, work in rows))


def kept_without(node: ContentNode) -> Kept:
    """Return what its channel still has when this one resource is taken out of it."""
    others = ContentNode.objects.filter(channel_id=node.channel_id).exclude(pk=node.pk).available().order_by()
    rows = list(others.values_list("pk", "content_id"))
    return Kept(frozenset(pk for pk, _work in rows), frozenset(work for _pk, work in rows))


def losses(channel_id: str, kept: Kept | None = None) -> list[Loss]:
    """Return the lessons that would lose resources, by class and title, if only `kept` stayed of the channel.

    A resource that another channel on this computer has as well stays, and is not lost.
    """
    lessons = list(Lesson.objects.order_by("pk").values_list("title", "collection__name", "resources"))
    ids = {entry["contentnode_id"] for _title, _classroom, entries in lessons for entry in entries}
    lost: dict[str, str] = {}
    for some in _portions(sorted(ids)):
        lost |= _lost(channel_id, services.resources_by_ids(some), kept or Kept())
    found = []
    for title, classroom, entries in lessons:
        titles = [lost[entry["contentnode_id"]] for entry in entries if entry["contentnode_id"] in lost]
        if titles:
            found.append(Loss(title, classroom, titles, len(entries)))
    return sorted(found, key=lambda one: (by_name.key(one.classroom), by_name.key(one.lesson)))


def _lost(channel_id: str, resources: dict[str, Resource], kept: Kept) -> dict[str, str]:
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
    stays = {node for node, work in works.items() if work in elsewhere | kept.works or node in kept.nodes}
    return {
        pk: resource.title
        for pk, resource in resources.items()
        if resource.available and resource.shown_id in works and resource.shown_id not in stays
    }


def _portions(ids: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]
