"""Writing to a stick so that it may be pulled out at any moment.

A file is written under a passing name, brought onto the stick, read back and compared, and only then
gets its name. What was cut short lies in one folder that the next run empties.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import shutil
import stat
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from kolibri.core.content import disk
from kolibri.core.content.problems import BadFile
from kolibri.core.content.problems import NoSpace
from kolibri.core.content.problems import StickGone
from kolibri.errors import BadInput

UNFINISHED: Final = "kolibri-unfinished"  # at the stick's root
LARGEST: Final = 2**32 - 1  # bytes; FAT32 cannot hold more, and nobody sees which system a stick has
SPARE: Final = 8 * 1024 * 1024  # left free for the lists and what the stick's own system needs
_CLUSTER: Final = 128 * 1024  # what a small file takes at most on a stick that does not say
_PART: Final = ".part"
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
_LOCKED: Final = {errno.EROFS, errno.EACCES, errno.EPERM}
_NO_FOLDER_SYNC: Final = {errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EACCES}
Tick = Callable[[int], None]


class Target:
    """The root of a stick, or a folder that stands for one. Raises BadInput (`folder`), StickGone, NoSpace."""

    def __init__(self, root: Path) -> None:
        if root.name == "KOLIBRI_DATA":
            root = root.parent
        try:
            facts = root.stat()
        except (OSError, ValueError) as error:
            raise _no_folder() from error
        if not root.is_absolute() or not stat.S_ISDIR(facts.st_mode):
            raise _no_folder()
        self.root = root
        self._drive = facts.st_dev

    @property
    def content(self) -> Path:
        """The stick's `content` folder."""
        return self.root / "KOLIBRI_DATA" / "content"

    def holds(self, path: Path) -> bool:
        """Whether a path below the root is one of the stick: no link on it, of whatever kind, leads elsewhere."""
        return path.resolve().is_relative_to(self.root.resolve())

    def check_writable(self) -> None:
        """Raise BadInput when nothing can be written here. Does not disturb a run that is going on."""
        try:
            try:
                with self._probe.open("wb") as file:
                    file.write(b"kolibri")
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                self._probe.unlink(missing_ok=True)
        except OSError as error:
            if error.errno in _FULL:
                raise _full() from error
            if error.errno in _LOCKED:
                raise locked() from error
            raise BadInput(
                _("This stick cannot be written to: %(reason)s. Use another one.")
                % {"reason": error.strerror or type(error).__name__},
                code="not_writable",
                field="folder",
            ) from error

    def check_space(self, sizes: Iterable[int]) -> None:
        """Raise NoSpace when files of these bytes do not fit, each rounded up as the stick does."""
        with self.writing():
            cluster = os.statvfs(self.root).f_frsize if os.name == "posix" else _CLUSTER
            free = shutil.disk_usage(self.root).free
        needed = sum(-(-size // cluster) * cluster for size in sizes) + SPARE
        if needed > free:
            raise NoSpace(
                _(
                    "This needs %(needed)s, but only %(free)s are free on the stick."
                    " Take fewer channels or another stick."
                )
                % {"needed": filesizeformat(needed), "free": filesizeformat(free)}
            )

    def put(self, source: Path | bytes, target: Path, tick: Tick, *, md5: str = "") -> str:
        """Write a file or these bytes to `target`, below the root, and return its SHA-256 in hex.

        With `md5` the bytes must have it. `tick` is called with the bytes of each piece and may raise
        to stop. Raises BadFile when the source cannot be had whole.
        """
        with self.writing():
            passing = self._unfinished / f"{target.name[:80]}{_PART}"
            try:
                self._unfinished.mkdir(exist_ok=True)
                target.parent.mkdir(parents=True, exist_ok=True)
                found = self._write(source, passing, tick, md5)
                if digests(passing, lambda _count: None)[1] != found:
                    raise OSError(errno.EIO, "not what was written")
                passing.replace(target)
            finally:
                with contextlib.suppress(OSError):
                    passing.unlink(missing_ok=True)
        return found

    def settle(self, folders: Iterable[Path]) -> None:
        """Bring the names in these folders onto the stick."""
        with self.writing():
            for folder in folders:
                try:
                    disk.sync_folders([folder])
                except OSError as error:  # some systems of sticks write names at once and know no such call
                    if error.errno not in _NO_FOLDER_SYNC:
                        raise

    def clear(self) -> None:
        """Remove what a run left half made, and nothing else. For who has the turn."""
        self._probe.unlink(missing_ok=True)
        if not self._unfinished.is_dir() or not self.holds(self._unfinished):
            return
        for path in self._unfinished.glob(f"*{_PART}"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # something of somebody else's is in it
            self._unfinished.rmdir()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Turn what the system says while the stick is used into a sentence."""
        self._check_there()
        try:
            yield
        except OSError as error:
            if error.errno in _FULL:
                raise _full() from error
            self._check_there()
            raise StickGone(
                _("The stick cannot be written to any more: %(reason)s. Put it in again or use another one.")
                % {"reason": error.strerror or type(error).__name__},
                code="stick_broken",
                field="folder",
            ) from error

    @property
    def _unfinished(self) -> Path:
        return self.root / UNFINISHED

    @property
    def _probe(self) -> Path:
        return self.root / f"{UNFINISHED}-probe{_PART}"

    def _check_there(self) -> None:
        # Where a stick was mounted an empty folder of this computer may be left: not to be filled.
        try:
            there = self.root.stat().st_dev == self._drive
        except OSError:
            there = False
        if not there:
            raise StickGone(
                _("The stick was taken out. Put it in again and go on: what was copied is kept."), field="folder"
            )

    def _write(self, source: Path | bytes, passing: Path, tick: Tick, md5: str) -> str:
        sha, check = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        with passing.open("wb") as file:
            for piece in [source] if isinstance(source, bytes) else _pieces(source):
                sha.update(piece)
                check.update(piece)
                file.write(piece)
                tick(len(piece))
            if md5 and check.hexdigest() != md5:
                raise BadFile("bad_checksum")
            file.flush()
            os.fsync(file.fileno())
            _forget(file)
        return sha.hexdigest()


def digests(path: Path, tick: Tick) -> tuple[str, str]:
    """Read a file through and return its MD5 and SHA-256 in hex. Raises OSError."""
    sha, md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
    with path.open("rb", buffering=0) as file:
        while piece := file.read(disk.CHUNK):
            sha.update(piece)
            md5.update(piece)
            tick(len(piece))
    return md5.hexdigest(), sha.hexdigest()


def _pieces(source: Path) -> Iterator[bytes]:
    """Yield the bytes of a file of this computer; its errors are not the stick's."""
    try:
        if not stat.S_ISREG(source.stat().st_mode):  # a pipe or a device would never end
            raise BadFile("unreadable")
        file = source.open("rb", buffering=0)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadFile("missing") from error
    except OSError as error:
        raise BadFile("unreadable") from error
    with file:
        while True:
            try:
                piece = file.read(disk.CHUNK)
            except OSError as error:
                raise BadFile("unreadable") from error
            if not piece:
                return
            yield piece


def _forget(file: BinaryIO) -> None:
    """Have the next reading come from the stick and not from memory, where the system can be told so."""
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def locked() -> BadInput:
    """Return the error for a stick that is not ours to write to."""
    return BadInput(
        _("Nothing can be written here: the stick is locked or belongs to someone else. Use another one."),
        code="read_only",
        field="folder",
    )


def _no_folder() -> BadInput:
    return BadInput(_("There is no such folder on this computer."), code="no_folder", field="folder")


def _full() -> NoSpace:
    return NoSpace(_("The stick is full. Make room on it and start again: what was copied is kept."))
