"""The library: everything on this computer that learners may look through, outside of any lesson."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from typing import Final

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content import services as content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.logger import services as logger
from kolibri.core.logger.services import Standing

MOST_FOUND: Final = 100


@dataclass(frozen=True)
class Row:
    """A folder or a resource, and where the learner stands with it (None: not opened, or a folder)."""

    resource: content.Resource
    standing: Standing | None = None


@dataclass(frozen=True)
class Shelf:
    """What one page of the library shows: the channels, or a folder, or what a search found."""

    path: list[content.Place] = field(default_factory=list)  # from the channel down to and with the folder
    rows: list[Row] = field(default_factory=list)
    channels: list[ChannelMetadata] = field(default_factory=list)
    query: str = ""
    has_more: bool = False


def shelf(person: FacilityUser, *, folder: str = "", query: str = "") -> Shelf:
    """Return what a search for `query` finds, else the folder, else the channels; at most seven queries.

    A single channel is opened at once. Raises NotHere for a folder that is not here or not for learners.
    """
    if query:
        # One more than is shown tells whether there are more.
        found = content.find(query, coach=False, most=MOST_FOUND + 1)
        return Shelf(rows=_rows(person, found[:MOST_FOUND]), query=query, has_more=len(found) > MOST_FOUND)
    channels = [] if folder else list(ChannelMetadata.objects.all())
    if len(channels) > 1:
        return Shelf(channels=channels)
    only = channels[0].root_id if channels else ""
    if not (folder or only):
        return Shelf()
    opened = content.browse(folder or only, coach=False)
    return Shelf(path=opened.path, rows=_rows(person, opened.items))


def _rows(person: FacilityUser, items: list[content.Resource]) -> list[Row]:
    standings: Mapping[str, Standing] = logger.standings(person, {one.content_id for one in items if not one.is_topic})
    return [Row(one, None if one.is_topic else standings.get(one.content_id)) for one in items]
