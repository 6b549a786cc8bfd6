"""A lock among this process's threads and among all processes that share a home."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO
from typing import Final

from django.conf import settings

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE: Final = "content/turn.lock"
_LOOK: Final = 0.1  # seconds between two tries for what another process holds


class Turn:
    """Used as a `threading.Lock`. The system takes it back from a process that ends, in whatever way.

    `file`: what is locked, below the home; other work than the content's has a turn of its own.
    """

    def __init__(self, file: str = FILE) -> None:
        self._name = file
        self._threads = threading.Lock()
        self._file: BinaryIO | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the turn; False when it was not to be had, at once or within `timeout` seconds."""
        end = time.monotonic() + timeout if timeout >= 0 else None
        if not self._threads.acquire(blocking, timeout):
            return False
        try:
            while not self._take():
                if not blocking or (end is not None and time.monotonic() >= end):
                    self._threads.release()
                    return False
                time.sleep(_LOOK)
        except BaseException:
            self._threads.release()
            raise
        return True

    def release(self) -> None:
        """Let the next one have it."""
        file, self._file = self._file, None
        if file is not None:
            file.close()
        self._threads.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *raised: object) -> None:
        self.release()

    def _take(self) -> bool:
        path = Path(settings.KOLIBRI_HOME) / self._name
        path.parent.mkdir(parents=True, exist_ok=True)
        file = path.open("ab")
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        self._file = file
        return True
