"""Connections that wait for an answer, give up one that never ends, and take none for whole whose head was cut off.

A socket's own time limit begins anew with each byte, and nothing of this program runs while it waits.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Final

from urllib3 import HTTPConnectionPool
from urllib3 import HTTPSConnectionPool
from urllib3 import PoolManager
from urllib3.exceptions import ProtocolError
from urllib3.util.wait import wait_for_read

# Between two looks whether somebody has stopped the sync; seconds.
_LOOK: Final = 0.25
# For the lines above an answer, from the first letter on; seconds.
HEAD: Final = 60.0


def wait_patiently(manager: PoolManager, pulse: Callable[[], None]) -> None:
    """Have the connections of `manager` call `pulse` while they wait for an answer; what it raises passes."""
    manager.pool_classes_by_scheme = {
        "http": _with(HTTPConnectionPool, pulse),
        "https": _with(HTTPSConnectionPool, pulse),
    }


def _with(pool: Any, pulse: Callable[[], None]) -> Any:
    class Patient(pool.ConnectionCls):  # type: ignore[misc]
        def getresponse(self) -> Any:
            _wait(self.sock, self.timeout, pulse)
            with _no_longer_than(HEAD, self.sock):
                answer = super().getresponse()
            if _lost_its_head(answer):
                answer.close()
                raise ProtocolError("the connection ended within the lines above the answer")
            return answer

    class Pool(pool):  # type: ignore[misc]
        ConnectionCls = Patient

    return Pool


def _lost_its_head(answer: Any) -> bool:
    """Whether the connection may have ended within the lines above the answer.

    http.client takes the end of a connection for the end of these lines: what is left then is an answer
    of any status with nothing in it. From HTTP/1.1 on, peers say how long an answer is (RFC 9112, 6.3,
    allows not to, but then nobody can tell a whole answer from a part).
    """
    return answer.version >= 11 and answer.length_remaining is None and not answer.chunked


def _wait(sock: socket.socket, seconds: float | None, pulse: Callable[[], None]) -> None:
    """Return when something of an answer is there. Raises TimeoutError, and what `pulse` raises."""
    end = time.monotonic() + seconds if seconds is not None else None
    while not wait_for_read(sock, _LOOK):
        pulse()
        if end is not None and time.monotonic() > end:
            raise TimeoutError("timed out")


@contextlib.contextmanager
def _no_longer_than(seconds: float, sock: socket.socket) -> Iterator[None]:
    """End the connection when what is done with it takes longer."""

    def end() -> None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(seconds, end)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()
