"""Where connections wait until there is a whole request on them."""

import contextlib
import errno
import logging
import selectors
import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING
from typing import Final

from kolibri.server.connections import Connection
from kolibri.server.waking import Waker

if TYPE_CHECKING:
    from kolibri.server.listener import Listener

logger = logging.getLogger(__name__)

# Browsers open connections ahead and keep used ones: patience costs a socket, not a thread.
IDLE_PATIENCE: Final = 60.0
# From a request's first byte to its last. Slow Wi-Fi needs seconds, not minutes.
REQUEST_PATIENCE: Final = 20.0
DRAIN_PATIENCE: Final = 2.0


class Reception:
    """Accepts, waits and hands over; takes the place of cheroot's ConnectionManager.

    One thread reads for all of the listener's connections. A silent one, or one whose request
    stops half way, holds a socket and nothing else; the longest silent goes when there are too many.
    """

    def __init__(self, listener: "Listener", most: int) -> None:
        self._listener = listener
        self._most = most
        self._selector = selectors.DefaultSelector()
        self._waker = Waker(self._selector)
        self._arrivals: deque[Connection] = deque()
        self._stopping = False
        self._ended = threading.Event()
        self._running = False
        listener.socket.setblocking(False)
        self._selector.register(listener.socket, selectors.EVENT_READ, listener)

    def put(self, conn: Connection) -> None:
        """Take a connection back to wait for its next request; from any thread."""
        self._arrivals.append(conn)
        if self._ended.is_set():
            # Nobody takes it from here any more.
            self._close_arrivals()
            return
        self._waker.wake()

    def run(self) -> None:
        """Wait for connections and requests until `stop`."""
        self._running = True
        next_look = time.monotonic() + 1
        while not self._stopping:
            try:
                for key, _events in self._selector.select(1.0):
                    if isinstance(key.data, Connection):
                        self._read(key.data)
                    elif key.data is self._waker:
                        self._waker.quiet()
                    else:
                        self._accept()
                while self._arrivals:
                    self._wait_on(self._arrivals.popleft())
                if time.monotonic() >= next_look:
                    next_look = time.monotonic() + 1
                    self._expire()
            except Exception:
                logger.exception("A listener met something unexpected and goes on.")
        self._close()

    def stop(self, seconds: float) -> None:
        """End the thread and close what waits; from any thread, also when it never ran."""
        self._stopping = True
        self._waker.wake()
        if not self._running:
            self._close()
        self._ended.wait(seconds)

    def _close(self) -> None:
        for conn in self._held():
            conn.close()
        self._selector.close()
        self._waker.close()
        self._ended.set()
        # What comes from now on is closed by who brings it.
        self._close_arrivals()

    def _close_arrivals(self) -> None:
        with contextlib.suppress(IndexError):
            while True:
                self._arrivals.popleft().close()

    def _accept(self) -> None:
        for _count in range(64):
            try:
                sock, address = self._listener.socket.accept()
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno in (errno.EMFILE, errno.ENFILE):
                    self._evict()
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            conn = Connection(self._listener, sock)
            conn.remote_addr, conn.remote_port = address[:2]
            if self._listener.remember(conn) > self._most:
                self._evict()
            self._wait_on(conn)

    def _wait_on(self, conn: Connection) -> None:
        conn.began = conn.last_used = time.monotonic()
        try:
            conn.socket.setblocking(False)
            # A client may have sent the next request behind the last one.
            if conn.rfile.has_data() and not conn.is_draining and conn.is_whole():
                self._listener.process_conn(conn)
            else:
                self._selector.register(conn.socket, selectors.EVENT_READ, conn)
        except (OSError, ValueError):
            conn.close()

    def _read(self, conn: Connection) -> None:
        try:
            data = conn.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(conn)
            return
        if conn.is_draining:
            return
        conn.last_used = time.monotonic()
        if not conn.rfile.has_data():
            conn.began = conn.last_used
        conn.rfile.buffer += data
        if conn.is_whole():
            self._selector.unregister(conn.socket)
            self._listener.process_conn(conn)

    def _expire(self) -> None:
        now = time.monotonic()
        for conn in self._held():
            if conn.is_draining:
                is_over = now - conn.began > DRAIN_PATIENCE
            elif conn.rfile.has_data():
                is_over = now - conn.began > REQUEST_PATIENCE
            else:
                is_over = now - conn.last_used > IDLE_PATIENCE
            if is_over:
                self._drop(conn)

    def _evict(self) -> None:
        if held := self._held():
            self._drop(min(held, key=lambda conn: conn.last_used))
        else:
            time.sleep(0.05)  # all are busy; do not turn in circles meanwhile

    def _drop(self, conn: Connection) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(conn.socket)
        conn.close()

    def _held(self) -> list[Connection]:
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, Connection)]
