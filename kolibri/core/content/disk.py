"""Putting files safely into the storage: checked while they are copied, on the disk before they get their name."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import os
import shutil
import stat
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from kolibri.core.content import constants
from kolibri.core.content import paths
from kolibri.core.content.channel_rows import Wanted
from kolibri.core.content.problems import BadFile
from kolibri.core.content.problems import NoSpace
from kolibri.core.content.zips import check_zip

CHUNK: Final = 1024 * 1024
SPARE: Final = 64 * 1024 * 1024  # left free for the database and the system
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
Tick = Callable[[int], None]


def check_space(home: Path, needed: int) -> None:
    """Raise NoSpace when `needed` bytes do not fit on the home's disk with some to spare."""
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free
    if needed + SPARE > free:
        raise NoSpace(
            _("This needs %(needed)s, but only %(free)s are free on this computer. Make room and import again.")
            % {"needed": filesizeformat(needed + SPARE), "free": filesizeformat(free)}
        )


def fetch(stick: Path, home: Path, wanted: Wanted, tick: Tick) -> int:
    """Bring one file from a stick's `content` folder into the home's storage and return its bytes.

    A file that is in place already is read through and kept when it is right. `tick` is called with
    the bytes of each piece and may raise to stop. Raises BadFile for a file that cannot be had whole,
    NoSpace when the disk is full; nothing is left behind then.
    """
    target = paths.storage_path(home, wanted.id, wanted.extension)
    if target.exists():
        with contextlib.suppress(OSError):
            if _digest(target, tick) == wanted.id:
                _refuse_bad_zip(target, wanted)
                return target.stat().st_size
    passing = incoming(home) / wanted.name
    try:
        passing.parent.mkdir(parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        size = _copy(paths.stored(stick, wanted.id, wanted.extension), passing, wanted, tick)
        _refuse_bad_zip(passing, wanted)
        passing.replace(target)
    except OSError as error:
        if error.errno in FULL:
            raise NoSpace(_("This computer's disk is full. Make room and import again.")) from error
        raise
    finally:
        passing.unlink(missing_ok=True)
    return size


def copy_database(source: Path, home: Path, channel_id: str, check: Callable[[], None]) -> Path:
    """Copy a channel's database into the home's incoming folder and return its place there.

    From then on nothing depends on the stick staying in. Raises OSError, NoSpace.
    """
    target = incoming(home) / f"{channel_id}.sqlite3"
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with source.open("rb") as read, target.open("wb") as write:
            while piece := read.read(CHUNK):
                check()
                write.write(piece)
            write.flush()
            os.fsync(write.fileno())
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in FULL:
            raise NoSpace(_("This computer's disk is full. Make room and import again.")) from error
        raise
    return target


def incoming(home: Path) -> Path:
    """Return the folder for files that are not whole yet."""
    return home / "content" / "incoming"


def clear_incoming(home: Path) -> None:
    """Remove what an import that was killed left half made."""
    shutil.rmtree(incoming(home), ignore_errors=True)


def sync_folders(folders: Iterable[Path]) -> None:
    """Bring the names in these folders onto the disk; Windows does so by itself."""
    if os.name == "nt":
        return
    for folder in folders:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def size_here(home: Path, local_file_id: str, extension: str) -> int | None:
    """Return the bytes of a stored file, or None when it is not there."""
    try:
        facts = paths.storage_path(home, local_file_id, extension).stat()
    except OSError:
        return None
    return facts.st_size if stat.S_ISREG(facts.st_mode) else None


def _copy(source: Path, target: Path, wanted: Wanted, tick: Tick) -> int:
    try:
        facts = source.lstat()
        if not stat.S_ISREG(facts.st_mode):  # a pipe or a device would never end
            raise BadFile("unreadable")
        read = source.open("rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadFile("missing") from error
    except OSError as error:
        raise BadFile("unreadable") from error
    digest = hashlib.md5(usedforsecurity=False)
    size = 0
    with read, target.open("wb") as write:
        while piece := _read(read):
            size += len(piece)
            if size > facts.st_size:
                raise BadFile("bad_checksum")
            digest.update(piece)
            write.write(piece)
            tick(len(piece))
        if digest.hexdigest() != wanted.id:
            raise BadFile("short" if size < wanted.size else "bad_checksum")
        write.flush()
        os.fsync(write.fileno())
    return size


def _read(file: io.RawIOBase | io.FileIO) -> bytes:
    try:
        return file.read(CHUNK) or b""
    except OSError as error:
        raise BadFile("unreadable") from error


def _digest(path: Path, tick: Tick) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with path.open("rb") as file:
        while piece := file.read(CHUNK):
            digest.update(piece)
            tick(len(piece))
    return digest.hexdigest()


def _refuse_bad_zip(path: Path, wanted: Wanted) -> None:
    if wanted.extension in constants.ZIPS:
        check_zip(path)
