"""What the picker beside a lesson shows: a folder, what a search found, or the channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from urllib.parse import urlencode

from django.urls import reverse

from kolibri.core.content import services as content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.lessons.models import Lesson
from kolibri.errors import NotHere


@dataclass(frozen=True)
class PickerPlace:
    """Where the picker stands: in the folder `topic`, at what the search for `query` found, or at the start."""

    topic: str = ""
    query: str = ""

    @property
    def parameters(self) -> str:
        """The place as an address carries it, with its question mark; empty at the start."""
        named = {"q": self.query} if self.query else {"topic": self.topic} if self.topic else {}
        return f"?{urlencode(named)}" if named else ""

    def address(self, lesson: Lesson) -> str:
        """Return the lesson's address with the picker standing here."""
        return reverse("kolibri:coach:lesson", args=[lesson.pk]) + self.parameters


@dataclass(frozen=True)
class Picker:
    """The picker's rows: resources and folders, or at the start the channels when there are several."""

    place: PickerPlace
    chosen: frozenset[str]
    path: list[content.Place] = field(default_factory=list)
    rows: list[content.Resource] = field(default_factory=list)
    channels: list[ChannelMetadata] = field(default_factory=list)
    beside: list[content.Place] = field(default_factory=list)  # folders to go on to without going back


def place_in(form: Mapping[str, str]) -> PickerPlace:
    """Return the place that a request names by `q` or `topic`."""
    return PickerPlace(topic=form.get("topic", "").strip(), query=form.get("q", "").strip())


def picker(lesson: Lesson, place: PickerPlace) -> Picker:
    """Return what there is at the place; at the start when its folder is gone. At most eight queries."""
    chosen = frozenset(entry["contentnode_id"] for entry in lesson.resources)
    if place.query:
        return Picker(place, chosen, rows=content.find(place.query, coach=True))
    channels = list(ChannelMetadata.objects.all())
    only = channels[0].root_id if len(channels) == 1 else ""
    if place.topic and place.topic != only:
        try:
            opened = content.browse(place.topic, coach=True)
        except NotHere:
            pass
        else:
            # The only channel is the start itself: its name says nothing more.
            path = opened.path[1:] if only else opened.path
            return Picker(place, chosen, path=path, rows=opened.items, beside=content.folders_beside(opened))
    if only:
        return Picker(PickerPlace(), chosen, rows=content.browse(only, coach=True).items)
    return Picker(PickerPlace(), chosen, channels=channels)
