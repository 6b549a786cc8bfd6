"""One thread that sends what slow clients have not taken yet, for all listeners together."""

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
        self._stopping = False

    def put(self, conn: Connection) -> None:
        """Take over a connection with waiting output."""
        self._arrivals.append(conn)
        self._waker.wake()

    def stop(self, seconds: float) -> None:
        """Stop sending and close what is left."""
        self._stopping = True
        self._waker.wake()
        if self.ident is not None:
            self.join(seconds)

    def run(self) -> None:
        next_look = time.monotonic() + 1
        while not self._stopping:
            try:
                for key, _events in self._selector.select(1.0):
                    if isinstance(key.data, Connection):
                        self._send(key.data)
                    else:
                        self._waker.quiet()
                while self._arrivals:
                    self._take(self._arrivals.popleft())
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + 1
                    self._look()
            except Exception:
                logger.exception("The sender met something unexpected and goes on.")
        for conn in [*self._held(), *self._arrivals]:
            conn.close()
        self._waker.close()
        self._selector.close()

    def _take(self, conn: Connection) -> None:
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
            self._selector.unregister(conn.socket)
            conn.close()
            return
        if conn.wfile.is_empty:
            self._selector.unregister(conn.socket)
            conn.server.sent(conn)

    def _look(self) -> None:
        before = time.monotonic() - PATIENCE
        for conn in self._held():
            if conn.last_used < before:
                self._selector.unregister(conn.socket)
                conn.close()
        if self._tick:
            self._tick()

    def _held(self) -> list[Connection]:
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, Connection)]
