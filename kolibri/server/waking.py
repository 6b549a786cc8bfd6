"""Waking a thread that sleeps in a selector."""

import contextlib
import selectors
import socket


class Waker:
    """A pair of sockets: the selector watches one end, any thread may knock at the other."""

    def __init__(self, selector: selectors.BaseSelector) -> None:
        self._inside, self._outside = socket.socketpair()
        self._inside.setblocking(False)
        self._outside.setblocking(False)
        selector.register(self._inside, selectors.EVENT_READ, self)

    def wake(self) -> None:
        """Make the selector return; never waits. A full pipe has woken it already, a closed one need not."""
        with contextlib.suppress(OSError):
            self._outside.send(b"!")

    def quiet(self) -> None:
        """Take the knocks away, in the selector's thread."""
        with contextlib.suppress(OSError):
            self._inside.recv(4096)

    def close(self) -> None:
        self._inside.close()
        self._outside.close()
