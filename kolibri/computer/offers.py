"""What attached drives and a chosen folder offer, and whether that has changed since a page was made."""

from __future__ import annotations

import hashlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest

from kolibri.core.content import drives
from kolibri.core.content import mounts
from kolibri.core.content import paths
from kolibri.core.content.disk import SPARE
from kolibri.core.content.drives import Source
from kolibri.core.content.drives import SourceChannel
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.tasks import ImportChannels
from kolibri.errors import BadInput

_FOLDER: Final = "content-folder"  # in the session: the folder that was chosen by hand


@dataclass(frozen=True)
class Offer:
    """A stick or folder as the page shows it. `coming` are ids of channels whose import is asked for already."""

    source: Source
    coming: frozenset[str]
    fits: bool  # whether everything that can be brought in has room

    @property
    def channels(self) -> list[SourceChannel]:
        """The channels that can be ticked, by name."""
        return sorted((one for one in self.source.importable if one.id not in self.coming), key=lambda one: one.name)

    @property
    def others(self) -> list[SourceChannel]:
        """The channels that cannot, or need not."""
        offered = {channel.id for channel in self.channels}
        return sorted((one for one in self.source.channels if one.id not in offered), key=lambda one: one.name)

    @property
    def ticked(self) -> set[str]:
        """The channels that are ticked at first: new ones and newer ones, if there is room, or the only one."""
        if len(self.channels) == 1:
            return {self.channels[0].id}
        # What is here in part was imported from a stick that lacks the rest: most often from this one.
        return {one.id for one in self.channels if self.fits and (one.here_version is None or one.is_newer)}

    @property
    def size(self) -> int:
        """The bytes of everything that can be ticked."""
        return sum(channel.size for channel in self.channels)


def choose(request: HttpRequest, folder: str) -> None:
    """Offer what is in this folder as well. Raises BadInput (`folder`)."""
    drives.look_at(Path(folder))
    request.session[_FOLDER] = folder


def attached(request: HttpRequest, source_id: str) -> Source | None:
    """Return the stick or the chosen folder of that id, if it is still there. Its channels are not looked at."""
    return drives.find(source_id, _chosen(request))


def holding(request: HttpRequest, channel_id: str) -> Source | None:
    """Return a stick, or the chosen folder, that has this channel. Its channels are not looked at."""
    return drives.with_channel(channel_id, _chosen(request))


def is_coming(channel_id: str) -> bool:
    """Whether an import of this channel is asked for already."""
    return any(channel_id in (job.arguments.get("channels") or ()) for job in ImportChannels.find(unfinished=True))


def _chosen(request: HttpRequest) -> list[Path]:
    chosen = request.session.get(_FOLDER)
    return [Path(chosen)] if chosen else []


def free_space() -> int:
    """Return the bytes that are free on the disk of this computer's home."""
    return shutil.disk_usage(settings.KOLIBRI_HOME).free


def offers(request: HttpRequest) -> list[Offer]:
    """Return what can be brought in now, the chosen folder first. Reads the sticks."""
    sources: dict[str, Source] = {}
    if chosen := request.session.get(_FOLDER):
        try:
            source = drives.look_at(Path(chosen))
        except BadInput:
            # A folder of a stick that was taken out; it is offered again when the stick is back.
            pass
        else:
            sources[source.id] = source
    for source in drives.find_sources():
        sources.setdefault(source.id, source)
    room = free_space() - SPARE
    coming = _coming()
    return [
        Offer(source, coming.get(str(source.path), frozenset()), source.size <= room) for source in sources.values()
    ]


def _coming() -> dict[str, frozenset[str]]:
    """Return the channels that unfinished imports were asked for, by folder."""
    found: dict[str, frozenset[str]] = {}
    for job in ImportChannels.find(unfinished=True):
        folder = job.arguments["folder"]
        found[folder] = found.get(folder, frozenset()) | frozenset(job.arguments.get("channels") or ())
    return found


def traces(request: HttpRequest) -> str:
    """Return a text that changes when a stick comes or goes, or its channels or this computer's change.

    Cheap: the page asks every two seconds, also while a slow stick is being read. One query.
    """
    folders = [request.session.get(_FOLDER), *settings.KOLIBRI_EXTRA_DRIVES]
    places = [Path(folder) for folder in folders if folder] + [mount.path for mount in mounts.attached()]
    seen: list[object] = [(os.fspath(place), _changed(place)) for place in places]
    seen += ChannelMetadata.objects.order_by("pk").values_list("pk", "version", "on_device_resources")
    return hashlib.sha256(repr(seen).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _changed(place: Path) -> int:
    """Return when the export at `place` last changed; 0 when there is none, 1 when it cannot be read."""
    try:
        content = paths.content_folder(place)
        return 0 if content is None else (content / "databases").stat().st_mtime_ns
    except (OSError, ValueError):
        return 1
