"""How the program ends: by a signal, the close button or a wish, at any moment, within three seconds.

Python runs signal handlers between two steps of the main thread, and that thread may sit in the
window's loop, in C, for hours. So the signal's number goes through a socket to a thread of ours,
and that thread ends the program.
"""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from typing import Final

# Three seconds are promised; the rest is for leaving.
PATIENCE: Final = 2.7

_SIGNALS: Final = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")


class Ending:
    """The one wish to end. All methods may be called from any thread, except `listen_to_signals`.

    ending.do(server.stop)   # done when the end is asked for; at once if it was already
    ending.ask("close button")
    ending.finish()          # in the main thread: waits until all that is done
    """

    def __init__(self, leave: Callable[[int], object] = os._exit) -> None:
        self._leave = leave
        self._lock = threading.Lock()
        self._asked = threading.Event()
        self._finished = threading.Event()
        self._steps: list[threading.Thread] = []
        self._waiting: list[Callable[[], object]] = []
        self._deadline = 0.0
        self.why = ""
        self.patience = PATIENCE
        """Seconds from the wish to the end; longer where what was written must come onto a slow stick."""

    def listen_to_signals(self) -> None:
        """Take SIGTERM, SIGINT and their like as the wish to end. Main thread only."""
        hears, speaks = socket.socketpair()
        speaks.setblocking(False)
        signal.set_wakeup_fd(speaks.fileno(), warn_on_full_buffer=False)
        self._speaks = speaks
        threading.Thread(target=self._listen, args=(hears,), name="signals", daemon=True).start()
        for name in _SIGNALS:
            if hasattr(signal, name):
                # Does nothing itself: it only keeps the signal from killing the process.
                signal.signal(getattr(signal, name), _heard)

    @property
    def is_asked(self) -> bool:
        """Whether the program is about to end."""
        return self._asked.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until somebody asks for the end; True when so."""
        return self._asked.wait(timeout)

    def do(self, step: Callable[[], object]) -> None:
        """Have `step` done, in a thread of its own beside the others, once the end is asked for."""
        with self._lock:
            if not self._asked.is_set():
                self._waiting.append(step)
                return
            self._begin(step)

    def ask(self, why: str) -> None:
        """Begin the end; the second call does nothing. Never blocks."""
        with self._lock:
            if self._asked.is_set():
                return
            self.why = why
            self._deadline = time.monotonic() + self.patience
            self._asked.set()
            for step in self._waiting:
                self._begin(step)
        threading.Thread(target=self._insist, name="insist", daemon=True).start()

    def ask_soon(self, why: str, seconds: float = 0.3) -> None:
        """Begin the end in a moment: a request that asks for it can still be answered."""
        timer = threading.Timer(seconds, self.ask, args=(why,))
        timer.daemon = True
        timer.start()

    def finish(self) -> None:
        """Ask for the end if nobody has, and wait until its steps are done or time is up."""
        self.ask("the program's own end")
        with self._lock:
            # Each of them runs: one that was only made could not be waited for.
            steps = list(self._steps)
        for step in steps:
            step.join(max(0.0, self._deadline - time.monotonic()))
        self._finished.set()

    def _begin(self, step: Callable[[], object]) -> None:
        thread = threading.Thread(target=step, name="ending", daemon=True)
        self._steps.append(thread)
        thread.start()

    def _insist(self) -> None:
        """Leave without the main thread when it does not come back in time."""
        if not self._finished.wait(max(0.0, self._deadline - time.monotonic())):
            self._leave(0)

    def _listen(self, hears: socket.socket) -> None:
        while numbers := hears.recv(16):
            self.ask(signal.Signals(numbers[0]).name)


def _heard(_number: int, _frame: object) -> None:
    """Leave the work to the thread that listens."""


def hear_again() -> None:
    """Take back what others have set for Ctrl+C meanwhile. Main thread only."""
    signal.signal(signal.SIGINT, _heard)
