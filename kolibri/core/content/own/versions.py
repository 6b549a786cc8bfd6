"""The own files' channel goes from one version to the next: its file and our tables in one step."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

from django.db import transaction

from kolibri.core.content import channel_rows
from kolibri.core.content import disk
from kolibri.core.content import importer
from kolibri.core.content import paths
from kolibri.core.content import saving
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import OwnChannel
from kolibri.core.content.own import channel
from kolibri.core.content.own import receiving
from kolibri.core.content.own.channel import Shelf
from kolibri.errors import KolibriError


@contextlib.contextmanager
def turn(wait: float, busy: Callable[[], KolibriError]) -> Iterator[None]:
    """Keep imports and deletions away meanwhile; raise what `busy` returns when one goes on after `wait` seconds."""
    if not importer.one_at_a_time.acquire(timeout=wait):
        raise busy()
    try:
        yield
    finally:
        importer.one_at_a_time.release()


def current_id() -> str | None:
    """Return the id of the channel that holds, or held, this computer's own files; one query."""
    return OwnChannel.objects.values_list("channel_id", flat=True).first()


def current() -> Shelf | None:
    """Return the own channel as it is; None when there is none, or it was deleted."""
    found = ChannelMetadata.objects.filter(pk=current_id()).first()
    return None if found is None else channel.read(found)


def write(home: Path, shelf: Shelf, then: Callable[[], None] = lambda: None) -> None:
    """Write the channel's next version, take it into the tables as an import does, and let `then` use it.

    The file gets its name inside the transaction, last: a failure before leaves both as they were. Should the
    power go before the commit, the file is one version ahead of the tables, and is written anew with the next
    change. Raises OSError, sqlite3.Error, and what `then` raises.
    """
    shelf.version = max(shelf.version, _version_of(home, shelf.id)) + 1
    kept = paths.database_path(home / "content", shelf.id)
    passing = receiving.folder(home) / f"{shelf.id}.sqlite3"
    try:
        channel.write(shelf, passing)
        with ChannelFile(passing) as file:
            content = channel_rows.read(file)
        sizes = _here(home, shelf)
        with transaction.atomic():
            saving.save_channel(content, sizes)
            OwnChannel.objects.update_or_create(pk=OwnChannel.ONLY, defaults={"channel_id": shelf.id})
            then()
            kept.parent.mkdir(parents=True, exist_ok=True)
            os.replace(passing, kept)
            disk.sync_folders([kept.parent])
    finally:
        passing.unlink(missing_ok=True)


def _version_of(home: Path, channel_id: str) -> int:
    """Return the version of the channel's file, which may be ahead of the tables; 0 when there is none to read."""
    try:
        with ChannelFile(paths.database_path(home / "content", channel_id)) as file:
            return file.version()
    except KolibriError:
        return 0


def _here(home: Path, shelf: Shelf) -> dict[str, int]:
    sizes = {}
    for one in shelf.stored.values():
        size = disk.size_here(home, one.id, one.extension)
        if size is not None and size == one.size:
            sizes[one.id] = size
    return sizes
