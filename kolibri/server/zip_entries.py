"""Entries of content zips, read in place: a few zips stay open, none unpacks more than it says."""

import threading
import time
import zipfile
from collections import OrderedDict
from collections.abc import Iterator
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

    def read(self, entry: zipfile.ZipInfo, start: int, size: int) -> Iterator[bytes]:
        """Give `size` bytes of an entry from `start`, piece by piece. Raises one of `FAULTS`."""
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

    def get(self, name: str) -> OpenZip:
        """Return the zip `<md5>.<ext>`, opened and checked.

        Raises FileNotFoundError, and BadFile when it is no zip, leads out of its folder or is a bomb.
        """
        path = self._storage / name[0] / name[1] / name
        stat = path.stat()
        changed = (stat.st_mtime_ns, stat.st_size)
        with self._lock:
            found = self._open.get(name)
            if found is not None and found.changed == changed:
                self._open.move_to_end(name)
                found.used = time.monotonic()
                return found
        fresh = self._look(path, changed)
        with self._lock:
            old = self._open.pop(name, None)
            self._open[name] = fresh
            closing = [old] if old else []
            while len(self._open) > MOST_OPEN:
                closing.append(self._open.popitem(last=False)[1])
        for zipped in closing:
            zipped.archive.close()
        return fresh

    def close_idle(self, seconds: float = IDLE_SECONDS) -> None:
        """Close what nobody has read lately: an open file cannot be deleted on Windows."""
        before = time.monotonic() - seconds
        with self._lock:
            idle = [name for name, zipped in self._open.items() if zipped.used < before]
            closing = [self._open.pop(name) for name in idle]
        for zipped in closing:
            zipped.archive.close()

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
