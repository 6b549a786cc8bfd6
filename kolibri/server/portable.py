"""A home that is carried about, beside the program: on a stick that is locked, full, or pulled out in the middle.

check(home)                   # before anything is typed
Presence(home, on_gone)       # while it runs
settle(home)                  # in the end: now it may be taken out
"""

import contextlib
import ctypes
import errno
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kolibri.server.home import MARK
from kolibri.server.home import HomeProblem
from kolibri.server.home import prepare
from kolibri.server.home import problem_of
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence

logger = logging.getLogger(__name__)

# A class's first weeks; less would be full in the middle of a lesson.
LEAST_FREE: Final = 20 * 1024 * 1024
LOOK_EVERY: Final = 1.0  # seconds; a look reads nothing from the drive
_PROBE: Final = ".still-there"
# What a drive answers that is there and refuses; one that is gone fails in other ways.
_LOCKED: Final = (errno.EROFS, errno.EACCES, errno.EPERM)


def check(folder: Path) -> Path:
    """Do as `home.prepare` does, for a folder beside the program. Raises HomeProblem, which speaks of the stick."""
    home = folder.absolute()
    if not home.parent.is_dir():
        # Never a new home in what is left where the stick was.
        raise HomeProblem(gone(), code="home_gone")
    try:
        prepare(home)
        free = shutil.disk_usage(home).free
    except HomeProblem as problem:
        if problem.code == "home_full":
            raise _full(home) from problem
        if problem.code != "home_read_only":
            raise
        text = _(
            "Nothing can be written beside the program, in %(folder)s: the stick is locked or belongs to someone else. "
            "Copy the program's folder to this computer and start it there, or unlock the stick, then try again."
        )
        raise HomeProblem(sentence(text, folder=home.parent), code="home_read_only") from problem
    if free < LEAST_FREE:
        raise _full(home)
    return home


def _full(home: Path) -> HomeProblem:
    text = _(
        "The stick has too little space left: %(least)s MB must be free in %(folder)s. "
        "Remove something from it, then try again."
    )
    return HomeProblem(sentence(text, folder=home.parent, least=LEAST_FREE // 1024 // 1024), code="home_full")


def gone() -> str:
    """Return what to say when the stick was pulled out while the program ran."""
    return sentence(
        _(
            "The stick with the program was taken out. Everything that was shown as saved is on it. "
            "Close this window, put the stick in again and start the program from it."
        )
    )


def locked() -> str:
    """Return what to say when the stick let itself be written at first, and then no more."""
    return sentence(
        _(
            "The stick cannot be written to any more. Everything that was shown as saved is on it. "
            "Close this window and copy the program's folder to another stick or to this computer."
        )
    )


class Presence:
    """Watches, in a thread of its own, whether the home's drive is still there.

    `on_gone` is called once, with a sentence, when it is not, or can no longer be written.
    """

    def __init__(self, home: Path, on_gone: Callable[[str], object], every: float = LOOK_EVERY) -> None:
        self._home = home
        self._on_gone = on_gone
        self._every = every
        self._drive = (home / MARK).stat().st_dev
        self._wake = threading.Event()
        self._ended = False
        self._doubts = False
        threading.Thread(target=self._watch, name="presence", daemon=True).start()

    def doubt(self) -> None:
        """Look at once, and closer: something could not be read or written. From any thread."""
        self._doubts = True
        self._wake.set()

    def stop(self) -> None:
        """Watch no longer."""
        self._ended = True
        self._wake.set()

    def _watch(self) -> None:
        while True:
            self._wake.wait(self._every)
            self._wake.clear()
            if self._ended:
                return
            doubts, self._doubts = self._doubts, False
            if not self._is_here():
                self._on_gone(gone())
                return
            # The system may still remember the names of a drive that is no more; it cannot write to one.
            if doubts and (trouble := _trouble_at(self._home / "run" / _PROBE)):
                self._on_gone(trouble)
                return

    def _is_here(self) -> bool:
        try:
            return (self._home / MARK).stat().st_dev == self._drive
        except OSError:
            return False


def _trouble_at(path: Path) -> str:
    """Return what to say of a drive that a small file does not come onto; nothing for a full one, which is there."""
    try:
        with path.open("wb") as file:
            file.write(b"kolibri")
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
    except OSError as error:
        with contextlib.suppress(OSError):
            path.unlink()
        if problem_of(path.parent, error).code == "home_full":
            return ""
        return locked() if error.errno in _LOCKED else gone()
    return ""


def settle(home: Path) -> bool:
    """Bring all that was written onto the drive, and say whether it is there. Blocks as long as that takes."""
    try:
        if sys.platform == "linux":
            _sync_drive(home)
        elif os.name == "posix":
            os.sync()
        # Windows keeps nothing back from a stick, unless its owner has asked for that.
        return (home / MARK).is_file()
    except OSError:
        logger.exception("Not everything could be written to the drive of %s.", home)
        return False


def _sync_drive(home: Path) -> None:
    folder = os.open(home, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(folder):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    finally:
        os.close(folder)
