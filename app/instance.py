"""One running program a home: a second start shows the first one's window and ends."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from filelock import FileLock
from filelock import Timeout

from kolibri.server import control

LOCK: Final = "run/instance.lock"
# A first start writes its address within the first second, also on a slow computer that is busy.
PATIENCE: Final = 20.0


class Outcome(Enum):
    """What a start finds in its home."""

    FIRST = "first"
    RAISED = "raised"
    """Another one runs and has shown its window."""
    ADDRESS = "address"
    """A server runs without a window; `Taken.address` opens it in a browser, once."""
    SILENT = "silent"
    """Another one holds the home but does not answer."""


@dataclass
class Taken:
    """The home, taken or not. `lock` is held until `release`, or until the process dies in whatever way."""

    outcome: Outcome
    address: str = ""
    lock: FileLock | None = None

    def release(self) -> None:
        """Let others have the home."""
        if self.lock is not None:
            # A stick that was pulled out has taken the lock with it.
            with contextlib.suppress(OSError):
                self.lock.release()


def take(
    home: Path,
    *,
    is_over: Callable[[], bool] = lambda: False,
    patience: float = PATIENCE,
    find: Callable[[Path], control.Server | None] = control.find,
) -> Taken:
    """Take a prepared home, or ask whoever has it to show itself.

    The lock is the system's, so one that was left by a crash is none. `is_over` cuts the waiting
    short. Raises OSError when the lock cannot be made.
    """
    lock = FileLock(home / LOCK, mode=0o600, thread_local=False)
    end = time.monotonic() + patience
    while True:
        with contextlib.suppress(Timeout):
            lock.acquire(timeout=0)
        # `kolibri start` takes no lock, but says that it is there.
        other = find(home)
        if lock.is_locked and other is None:
            return Taken(Outcome.FIRST, lock=lock)
        if lock.is_locked:
            lock.release()
        if other and (taken := _ask(other)):
            return taken
        if is_over() or time.monotonic() > end:
            return Taken(Outcome.SILENT)
        time.sleep(0.05)


def _ask(other: control.Server) -> Taken | None:
    answer = other.ask("raise")
    if answer is None:
        return None
    if answer.get("raised"):
        return Taken(Outcome.RAISED)
    entrance = other.ask("enter")
    return Taken(Outcome.ADDRESS, address=str(entrance["url"])) if entrance else None
