"""One thread that sends what slow clients have not taken yet, for all listeners together."""

import contextlib
import logging
import selectors
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from kolibri.server.connections import Connection
from kolibri.server.waking import Waker

logger = logging.getLogger(__name__)

# A paused video takes nothing more; its browser asks again when it goes on.
PATIENCE: Final = 60.0
# All listeners' clients together. Python's select() on Windows knows 512 sockets (FD_SETSIZE in its selectmodule.c)
# and waits for none when there are more.
MOST_HELD: Final = 480
# The rest after a turn that could not wait.
_REST: Final = 1.0


class Sender(threading.Thread):
    """Empties connections' waiting output. A thousand slow phones cost one thread.

    `tick` is called about once a second, for small duties that need no thread of their own.
    """

    def __init__(self, tick: Callable[[], None] | None = None) -> None:
        super().__init__(name="sender", daemon=True)
        self._tick = tick
        self._arrivals: deque[Connection] = deque()
        self._selector = selectors.DefaultSelector()
        self._waker = Waker(self._selector)
        self._stopping = threading.Event()

    def put(self, conn: Connection) -> None:
        """Take over a connection with waiting output."""
        self._arrivals.append(conn)
        self._waker.wake()

    def stop(self, seconds: float) -> None:
        """Stop sending and close what is left."""
        self._stopping.set()
        self._waker.wake()
        if self.is_alive():
            self.join(seconds)

    def run(self) -> None:
        next_look = time.monotonic() + 1
        while not self._stopping.is_set():
            if not self._done(self._send_what_goes):
                # What went wrong may do so at each turn: without a rest that is a busy core and a full log.
                self._stopping.wait(_REST)
            self._done(self._take_arrivals)
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + 1
                # Whatever keeps the sender from sending, patience ends all the same.
                self._done(self._look)
        for conn in [*self._held(), *self._arrivals]:
            conn.close()
        self._waker.close()
        self._selector.close()

    @staticmethod
    def _done(step: Callable[[], None]) -> bool:
        try:
            step()
        except Exception:
            logger.exception("The sender met something unexpected and goes on.")
            return False
        return True

    def _send_what_goes(self) -> None:
        for key, _events in self._selector.select(1.0):
            if isinstance(key.data, Connection):
                self._send(key.data)
            else:
                self._waker.quiet()

    def _take_arrivals(self) -> None:
        while self._arrivals:
            self._take(self._arrivals.popleft())

    def _take(self, conn: Connection) -> None:
        # The waker is held, too.
        if len(self._selector.get_map()) > MOST_HELD:
            self._drop(min(self._held(), key=lambda one: one.last_used))
        conn.last_used = time.monotonic()
        try:
            self._selector.register(conn.socket, selectors.EVENT_WRITE, conn)
        except (OSError, ValueError):
            conn.close()

    def _send(self, conn: Connection) -> None:
        try:
            if conn.wfile.send_some():
                conn.last_used = time.monotonic()
        except Exception as error:
            if not isinstance(error, OSError):
                logger.exception("An answer could not be sent.")
            self._drop(conn)
            return
        if conn.wfile.is_empty:
            self._selector.unregister(conn.socket)
            conn.server.sent(conn)

    def _look(self) -> None:
        before = time.monotonic() - PATIENCE
        for conn in self._held():
            if conn.last_used < before:
                self._drop(conn)
        if self._tick:
            self._tick()

    def _drop(self, conn: Connection) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(conn.socket)
        conn.close()

    def _held(self) -> list[Connection]:
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, Connection)]
