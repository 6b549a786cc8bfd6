"""Sticks, drives and folders that channels can be imported from. Looks, never writes."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from kolibri.core.content import manifest
from kolibri.core.content import mounts
from kolibri.core.content import paths
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.channel_file import Facts
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.mounts import Mount
from kolibri.core.content.problems import ChannelProblem
from kolibri.errors import BadInput

MOST_CHANNELS: Final = 500
PATIENCE: Final = 20.0  # seconds for one channel's facts: a slow stick must not hold the page for ever
# Made by the other program while it updates a channel.
_PASSING = ("-upgrade.sqlite3", "-annotated.sqlite3")


@dataclass(frozen=True)
class SourceChannel:
    """A channel on a stick. With a `problem` (a sentence) it cannot be imported and the rest may be empty."""

    id: str
    name: str
    version: int = 0
    resources: int = 0
    size: int = 0
    thumbnail: str = ""
    problem: str = ""
    here_version: int | None = None  # the version that is on this computer already
    here_resources: int = 0
    more: int = 0  # further resources on the stick, which were left out when parts of the channel were chosen

    @property
    def all_resources(self) -> int:
        """How many the stick has, with what was left out."""
        return self.resources + self.more

    @property
    def is_newer(self) -> bool:
        """Whether the stick has a later version than this computer."""
        return self.here_version is not None and self.version > self.here_version

    @property
    def is_here(self) -> bool:
        """Whether importing would bring nothing: this version or a later one is here, and whole."""
        if self.here_version is None or self.version > self.here_version:
            return False
        return self.version < self.here_version or self.here_resources >= self.resources


@dataclass(frozen=True)
class Source:
    """A drive or folder with an export on it. `problem` is a sentence when it cannot be read as a whole."""

    id: str
    path: Path  # as the teacher knows it: the drive's root or the chosen folder
    content: Path  # its `content` folder
    label: str
    free: int | None  # bytes; None when the drive does not say
    channels: tuple[SourceChannel, ...] = ()
    problem: str = ""

    @property
    def importable(self) -> tuple[SourceChannel, ...]:
        """The channels that can be imported and are not here yet, or not whole, or not as new."""
        return tuple(channel for channel in self.channels if not channel.problem and not channel.is_here)

    @property
    def size(self) -> int:
        """The bytes of everything that can be imported."""
        return sum(channel.size for channel in self.importable)


def find_sources() -> list[Source]:
    """Return every attached drive that has an export at its root, and the folders named in the settings."""
    extra = [Mount(Path(folder), Path(folder).name) for folder in settings.KOLIBRI_EXTRA_DRIVES]
    return _with_exports([*extra, *mounts.attached()])


def look_at(folder: Path) -> Source:
    """Return what a folder chosen by hand holds.

    Raises BadInput with field `folder` when it is no folder, may not be read, or holds no export.
    """
    try:
        if not folder.is_absolute() or not folder.is_dir():
            raise BadInput(_("There is no such folder on this computer."), code="no_folder", field="folder")
        content = paths.content_folder(folder)
    except (OSError, ValueError) as error:
        raise BadInput(
            _("This folder cannot be read. Choose another one."), code="unreadable", field="folder"
        ) from error
    if content is None:
        raise BadInput(
            _("There are no channels in this folder. Choose the folder named KOLIBRI_DATA, or the one that holds it."),
            code="no_channels",
            field="folder",
        )
    return _source(Mount(folder, folder.name or str(folder)), content)


def find(source_id: str, also: Iterable[Path] = ()) -> Source | None:
    """Return the attached source of that id, or a folder in `also`, without looking at its channels."""
    return next((source for source in _unread(also) if source.id == source_id), None)


def with_channel(channel_id: str, also: Iterable[Path] = ()) -> Source | None:
    """Return the first source that has a database of that channel, without looking into it."""
    return next((one for one in _unread(also) if paths.database_path(one.content, channel_id).is_file()), None)


def _unread(also: Iterable[Path]) -> Iterator[Source]:
    extra = [Mount(Path(folder), Path(folder).name) for folder in (*also, *settings.KOLIBRI_EXTRA_DRIVES)]
    for place in (*extra, *mounts.attached()):
        try:
            content = paths.content_folder(place.path)
        except (OSError, ValueError):
            continue
        if content is not None:
            yield Source(_id(content), place.path, content, place.label, None)


def _with_exports(places: Iterable[Mount]) -> list[Source]:
    sources: dict[str, Source] = {}
    for place in places:
        try:
            content = paths.content_folder(place.path)
        except PermissionError:
            problem = _("This stick cannot be read: this computer does not allow it.")
            sources.setdefault(_id(place.path), _broken(place, problem))
            continue
        except OSError:
            problem = _("This stick cannot be read. Take it out, put it in again, or try another one.")
            sources.setdefault(_id(place.path), _broken(place, problem))
            continue
        if content is not None:
            sources.setdefault(_id(content), _source(place, content))
    return list(sources.values())


def _id(path: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]


def _broken(place: Mount, problem: str) -> Source:
    return Source(_id(place.path), place.path, place.path, place.label, None, problem=problem)


def _source(place: Mount, content: Path) -> Source:
    try:
        files = sorted((content / "databases").iterdir())
    except FileNotFoundError:
        return _broken_export(place, content, _("The folder KOLIBRI_DATA is here, but it holds no channels."))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return _broken_export(place, content, _("The channels here cannot be read: %(reason)s.") % {"reason": reason})
    listed = manifest.read(content)
    here = ChannelMetadata.objects.defer("thumbnail", "description").in_bulk()
    some = [file for file in files if _is_channel(file)][:MOST_CHANNELS]
    channels = tuple(_channel(file, listed, here) for file in some)
    problem = "" if channels else _("The folder KOLIBRI_DATA is here, but it holds no channels.")
    return Source(_id(content), place.path, content, place.label, _free(content), channels, problem)


def _broken_export(place: Mount, content: Path, problem: str) -> Source:
    return Source(_id(content), place.path, content, place.label, _free(place.path), problem=problem)


def _is_channel(file: Path) -> bool:
    # Others (".DS_Store", "._name" of a Mac) are nobody's channel; a wrong id is left out as well.
    return file.suffix == ".sqlite3" and paths.is_id(file.stem) and not file.name.endswith(_PASSING)


def _channel(
    file: Path, listed: dict[tuple[str, int], frozenset[str]], here: dict[str, ChannelMetadata]
) -> SourceChannel:
    known = here.get(file.stem)
    try:
        facts = _facts(file, listed, known.chosen if known else None)
    except ChannelProblem as problem:
        name = known.name if known else _("Channel %(start)s…") % {"start": file.stem[:8]}
        return SourceChannel(id=file.stem, name=name, problem=str(problem))
    return SourceChannel(
        id=facts.id,
        name=facts.name,
        version=facts.version,
        resources=facts.resources,
        size=facts.size,
        thumbnail=facts.thumbnail,
        here_version=known.version if known else None,
        here_resources=known.on_device_resources if known else 0,
        more=facts.more,
    )


def _facts(file: Path, listed: dict[tuple[str, int], frozenset[str]], chosen: list[str] | None) -> Facts:
    with ChannelFile(file, patience=PATIENCE) as channel:
        version = channel.version()
        return channel.facts(listed.get((channel.channel_id, version)), chosen)


def _free(path: Path) -> int | None:
    try:
        return shutil.disk_usage(path).free
    except OSError:
        return None
