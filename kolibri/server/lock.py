"""One server a home, or one of each name: a lock of the system's, so one that a crash left behind is none."""

import contextlib
import sys
from pathlib import Path
from typing import BinaryIO
from typing import Final

from kolibri.errors import Conflict
from kolibri.server.home import of_process
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FILE: Final = "run/server.lock"


class HomeLock:
    """Held from `take` until `release` or the end of the process, in whatever way it ends."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file: BinaryIO | None = None

    def take(self) -> None:
        """Take the home; does nothing when this lock has it. Raises Conflict when another server has."""
        if self._file is not None:
            return
        file = of_process(self._home, FILE).open("ab")
        try:
            if sys.platform == "win32":
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.close()
            text = _("Kolibri Desktop runs already with the folder %(folder)s. Close it first.")
            raise Conflict(sentence(text, folder=self._home), code="runs_already") from error
        self._file = file

    def release(self) -> None:
        """Let others have the home."""
        if self._file is not None:
            # A stick that was pulled out has taken the lock with it.
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
