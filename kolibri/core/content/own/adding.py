"""Files that have arrived become resources of this computer's own channel, in one step or not at all."""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import uuid
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.auth.models import Facility
from kolibri.core.content import disk
from kolibri.core.content import paths
from kolibri.core.content import removal
from kolibri.core.content import saving
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File
from kolibri.core.content.models import LocalFile
from kolibri.core.content.own import kinds
from kolibri.core.content.own import pictures
from kolibri.core.content.own import receiving
from kolibri.core.content.own import titles
from kolibri.core.content.own import versions
from kolibri.core.content.own.channel import Shelf
from kolibri.core.content.own.channel import Stored
from kolibri.core.content.own.kinds import Kind
from kolibri.core.content.own.receiving import Received
from kolibri.errors import Conflict
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)

WAIT: Final = 20.0  # seconds for which an import or a deletion is awaited
# The same before anything is sent: as long as another's file needs to get its place. A thread of the server waits.
BRIEFLY: Final = 3.0
_SOURCE: Final = "added_from"  # in a resource's options: the MD5 of the file as it was given


@dataclass(frozen=True)
class Added:
    """A resource made of a file, or the one that was made of the same bytes before."""

    id: str
    content_id: str
    channel_id: str
    title: str


@dataclass(frozen=True)
class Left:
    """A file that was not added, as its owner named it, and the sentence that says why and what to do."""

    name: str
    sentence: str


@dataclass
class _Fresh:
    """A file that is to become a resource: `path` is what goes into the storage."""

    source: str  # MD5 of what was sent
    md5: str
    path: Path
    size: int
    kind: Kind
    title: str


def is_offered() -> bool:
    """Whether files can be added here; one query.

    All schools of a computer see all its channels: where there are several, one would see the other's files.
    """
    return len(Facility.objects.order_by().values_list("pk")[:2]) < 2


def is_shown() -> bool:
    """As `is_offered`, for a page: kept for a minute, since each opening of a lesson asks."""
    return bool(cache.get_or_set("own-files-offered", is_offered, 60))


def check_free() -> None:
    """Raise Conflict (`importing`) while channels are brought in or deleted, before much is sent for nothing.

    Waits for what takes a moment only, as another teacher's file does.
    """
    with versions.turn(BRIEFLY, _busy):
        pass


def add(
    files: Sequence[Received], *, author: str, name: str, then: Callable[[list[Added]], None]
) -> tuple[list[Added], list[Left]]:
    """Make resources of the files and return them, and what was left with its reason; both in the files' order.

    `author` is kept with each, `name` is the channel's when this makes it. `then` is called with the resources,
    if there are any, in the transaction that makes them: when it raises, nothing is kept. Raises Conflict
    (`importing`), NoSpace, KolibriError (`not_kept`).
    """
    fresh: list[_Fresh] = []
    left: list[Left] = []
    wrapped: list[Path] = []
    try:
        for file in files:
            try:
                fresh.append(_look(file, wrapped))
            except KolibriError as problem:
                left.append(Left(file.name, str(problem)))
        if not fresh:
            return [], left
        with versions.turn(WAIT, _busy):
            return _keep(fresh, author, name, then), left
    except OSError as error:
        raise receiving.refusal(error) from error
    except sqlite3.Error as error:
        # The channel's file is written by SQLite, which says a full disk in its own way.
        logger.exception("The own files' channel could not be written")
        raise receiving.refusal(OSError(str(error))) from error
    finally:
        for path in wrapped:
            path.unlink(missing_ok=True)


def _look(file: Received, wrapped: list[Path]) -> _Fresh:
    """Return what becomes of a file; a picture is put into its page, whose place is noted in `wrapped`."""
    if file.problem is not None:
        raise file.problem
    if not file.md5:
        raise receiving.cut_short()  # its end never came
    kind = kinds.kind_of(file.path)
    title = titles.title_of(file.name)
    if not kind.picture:
        return _Fresh(file.md5, file.md5, file.path, file.size, kind, title)
    page = file.path.with_suffix(".zip")
    wrapped.append(page)
    pictures.wrap(file.path, kind.picture, title, page)
    with page.open("rb+") as written:
        md5 = hashlib.file_digest(written, _md5).hexdigest()
        os.fsync(written.fileno())
    return _Fresh(file.md5, md5, page, page.stat().st_size, kind, title)


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)


def _busy() -> Conflict:
    sentence = _("Channels are being brought in or deleted just now. Add the file again when that is done.")
    return Conflict(sentence, code="importing")


def _keep(fresh: list[_Fresh], author: str, name: str, then: Callable[[list[Added]], None]) -> list[Added]:
    home = Path(settings.KOLIBRI_HOME)
    shelf = versions.current() or Shelf(uuid.uuid4().hex, name[: titles.MOST], 0, [], [], {})
    known = {(node.options or {}).get(_SOURCE): node for node in shelf.nodes if node.available}
    nodes: dict[str, ContentNode] = {}
    new: list[_Fresh] = []
    for one in fresh:
        if one.source in nodes:
            continue
        if one.source in known:
            nodes[one.source] = known[one.source]
            continue
        new.append(one)
        nodes[one.source] = _put(shelf, one, author)
    added = [Added(node.pk, node.content_id, shelf.id, node.title) for node in nodes.values()]
    if not new:
        with transaction.atomic():
            then(added)
        return added
    try:
        _store(home, shelf, new)
        versions.write(home, shelf, lambda: then(added))
    except BaseException:
        removal.forget_unused(home, [one.md5 for one in new])
        raise
    _tell_others(shelf.id, [one.md5 for one in new])
    return added


def _put(shelf: Shelf, one: _Fresh, author: str) -> ContentNode:
    """Add a resource to the shelf."""
    node = ContentNode(
        id=uuid.uuid4().hex,
        content_id=uuid.uuid4().hex,
        kind=one.kind.kind,
        title=titles.distinct(one.title, [other.title for other in shelf.nodes]),
        author=author[: titles.MOST],
        learning_activities=one.kind.activity,
    )
    node.options = {_SOURCE: one.source}
    shelf.nodes.append(node)
    # A channel that was imported may know the same bytes under another ending; one name is all that they have.
    row = LocalFile.objects.filter(pk=one.md5).first()
    shelf.stored[one.md5] = Stored(one.md5, row.extension if row else one.kind.extension, one.size)
    use = File(id=uuid.uuid4().hex, contentnode=node, preset=one.kind.preset, priority=1)
    use.local_file_id = one.md5
    shelf.uses.append(use)
    return node


def _store(home: Path, shelf: Shelf, new: Iterable[_Fresh]) -> None:
    """Bring the files into the storage, and note them: what nothing uses in the end is found by that.

    The note comes first: a file without one would lie there for ever if the power went in between.
    """
    # Before any row: what has no place in the storage must not be noted.
    places = [(one, paths.storage_path(home, one.md5, shelf.stored[one.md5].extension)) for one in new]
    rows = [LocalFile(id=one.md5, extension=shelf.stored[one.md5].extension, file_size=one.size) for one in new]
    LocalFile.objects.bulk_create(rows, ignore_conflicts=True)
    folders: set[Path] = set()
    for one, place in places:
        place.parent.mkdir(parents=True, exist_ok=True)
        if disk.size_here(home, one.md5, shelf.stored[one.md5].extension) != one.size:
            os.replace(one.path, place)
        folders |= {place.parent, place.parent.parent}
    disk.sync_folders(folders)


def _tell_others(channel_id: str, names: list[str]) -> None:
    """Work out anew the channels that waited for a file that is here now."""
    uses = File.objects.filter(local_file__in=names).exclude(contentnode__channel_id=channel_id).order_by()
    for other in uses.values_list("contentnode__channel_id", flat=True).distinct():
        saving.refresh_channel(other)
