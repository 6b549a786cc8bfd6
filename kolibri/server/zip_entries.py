"""Entries of content zips, read in place: a few zips stay open, none unpacks more than it says."""

import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Final

from kolibri.core.content.problems import BadFile
from kolibri.core.content.zips import check_zip

MOST_OPEN: Final = 16
IDLE_SECONDS: Final = 20.0
MOST_ENTRY: Final = 1024 * 1024 * 1024
PIECE: Final = 64 * 1024


@dataclass
class OpenZip:
    """A zip that was found good, with its list of entries."""

    archive: zipfile.ZipFile
    entries: dict[str, zipfile.ZipInfo]
    changed: tuple[int, int]
    used: float = field(default_factory=time.monotonic)
    # Both change under the lock of `Zips`: who closes it is the last to have it, when it is not kept any more.
    users: int = 0
    is_kept: bool = True

    def read(self, entry: zipfile.ZipInfo, start: int, size: int) -> Iterator[bytes]:
        """Give `size` bytes of an entry from `start`, piece by piece. Raises one of `FAULTS`.

        The first piece is taken while the zip is in use; what an entry has begun goes on after that, too: zipfile
        closes the file with the last entry that is read from it.
        """
        with self.archive.open(entry) as source:
            if start:
                source.seek(start)
            while size > 0 and (piece := source.read(min(PIECE, size))):
                size -= len(piece)
                self.used = time.monotonic()
                yield piece


class Zips:
    """The open zips of one storage folder, the least used closed first."""

    def __init__(self, storage: Path) -> None:
        self._storage = storage
        self._open: OrderedDict[str, OpenZip] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def use(self, name: str) -> Iterator[OpenZip]:
        """Give the zip `<md5>.<ext>`, opened and checked; nobody closes it meanwhile.

        Raises FileNotFoundError, and BadFile when it is no zip, leads out of its folder or is a bomb.
        """
        zipped = self._take(name)
        try:
            yield zipped
        finally:
            with self._lock:
                zipped.users -= 1
                is_over = not zipped.users and not zipped.is_kept
            if is_over:
                zipped.archive.close()

    def close_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Close what nobody has read lately: an open file cannot be deleted on Windows."""
        before = time.monotonic() - seconds
        with self._lock:
            idle = [name for name, zipped in self._open.items() if zipped.used < before]
            closing = self._let_go([self._open.pop(name) for name in idle])
        for zipped in closing:
            zipped.archive.close()

    def _take(self, name: str) -> OpenZip:
        path = self._storage / name[0] / name[1] / name
        stat = path.stat()
        changed = (stat.st_mtime_ns, stat.st_size)
        with self._lock:
            if found := self._kept(name, changed):
                return found
        fresh = self._look(path, changed)
        with self._lock:
            # Another thread may have opened it meanwhile, and others use that one already.
            if found := self._kept(name, changed):
                closing = [fresh]
            else:
                found = fresh
                found.users += 1
                gone = [self._open.pop(name)] if name in self._open else []
                self._open[name] = found
                while len(self._open) > MOST_OPEN:
                    gone.append(self._open.popitem(last=False)[1])
                closing = self._let_go(gone)
        for zipped in closing:
            zipped.archive.close()
        return found

    def _kept(self, name: str, changed: tuple[int, int]) -> OpenZip | None:
        """Return the open zip, with one user more; None when it is not open, or was replaced. Needs the lock."""
        found = self._open.get(name)
        if found is None or found.changed != changed:
            return None
        self._open.move_to_end(name)
        found.used = time.monotonic()
        found.users += 1
        return found

    @staticmethod
    def _let_go(zips: list[OpenZip]) -> list[OpenZip]:
        """Return those that can be closed now; the others are closed by their last user. Needs the lock."""
        for zipped in zips:
            zipped.is_kept = False
        return [zipped for zipped in zips if not zipped.users]

    @staticmethod
    def _look(path: Path, changed: tuple[int, int]) -> OpenZip:
        check_zip(path)
        try:
            archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise BadFile("not_a_zip") from error
        entries = {
            entry.filename: entry
            for entry in archive.infolist()
            if not entry.is_dir() and entry.file_size <= MOST_ENTRY
        }
        return OpenZip(archive, entries, changed)
