"""What the picker beside a lesson shows: a folder, what a search found, or the channels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from kolibri.core.content import services as content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.lessons.models import Lesson
from kolibri.errors import NotHere
from kolibri.ui.viewers import kind_name

MOST_FOUND: Final = 500


@dataclass(frozen=True)
class PickerPlace:
    """Where the picker stands: in the folder `topic`, at what the search for `query` found, or at the start.

    A search may be narrowed to one kind and to one channel, and shows the closest `most`.
    """

    topic: str = ""
    query: str = ""
    kind: str = ""
    channel: str = ""
    most: int = content.FOUND

    @property
    def named(self) -> dict[str, str]:
        """The place as an address or a form carries it; empty at the start."""
        if not self.query:
            return {"topic": self.topic} if self.topic else {}
        narrowed = {"kind": self.kind, "channel": self.channel}
        more = {"most": str(self.most)} if self.most != content.FOUND else {}
        return {"q": self.query, **{name: text for name, text in narrowed.items() if text}, **more}

    @property
    def parameters(self) -> str:
        """The same with its question mark; empty at the start."""
        return f"?{urlencode(self.named)}" if self.named else ""

    @property
    def further(self) -> str:
        """The address's parameters of the same search with more that is found."""
        return replace(self, most=min(self.most + content.FOUND, MOST_FOUND)).parameters

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
    # What a search can be narrowed to, each with its words.
    kinds: list[tuple[str, str]] = field(default_factory=list)
    searched: list[ChannelMetadata] = field(default_factory=list)
    has_more: bool = False

    @property
    def tickable(self) -> int:
        """How many of the rows are resources."""
        return sum(not row.is_topic for row in self.rows)


def _asked(form: Mapping[str, str], name: str) -> str:
    # PostgreSQL takes no NUL, not even to look for it.
    return form.get(name, "").replace("\x00", "").strip()


def place_in(form: Mapping[str, str]) -> PickerPlace:
    """Return the place that a request names by `topic`, or by `q` with `kind`, `channel` and `most`."""
    asked = form.get("most", "")
    return PickerPlace(
        topic=_asked(form, "topic"),
        query=_asked(form, "q"),
        kind=_asked(form, "kind"),
        channel=_asked(form, "channel"),
        most=min(max(int(asked), content.FOUND), MOST_FOUND) if asked.isdecimal() and len(asked) < 6 else content.FOUND,
    )


def picker(lesson: Lesson, place: PickerPlace) -> Picker:
    """Return what there is at the place; at the start when its folder is gone. At most eight queries."""
    chosen = frozenset(entry["contentnode_id"] for entry in lesson.resources)
    if place.query:
        return _found(place, chosen)
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


def _found(place: PickerPlace, chosen: frozenset[str]) -> Picker:
    kinds = [place.kind] if place.kind else []
    # One more than is shown tells whether there are more.
    rows = content.find(place.query, coach=True, channel_id=place.channel, kinds=kinds, most=place.most + 1)
    channels = list(ChannelMetadata.objects.all())
    return Picker(
        place,
        chosen,
        rows=rows[: place.most],
        kinds=[(kind, kind_name(kind)) for kind in content.kinds_here()],
        searched=channels if len(channels) > 1 else [],
        has_more=len(rows) > place.most and place.most < MOST_FOUND,
    )
