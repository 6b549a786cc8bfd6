"""One connection: what has come in but was not read, what was written but has not gone out.

cheroot lets a worker wait for slow clients in both directions. Here a connection is with a
worker only between a request that is there whole and an answer that is written; the waiting is
done by `reception.Reception` (in) and `sender.Sender` (out), for all connections at once.
"""

import contextlib
import io
import logging
import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING
from typing import Any
from typing import BinaryIO

from cheroot.server import HeaderReader
from cheroot.server import HTTPConnection
from cheroot.server import HTTPRequest

from kolibri.core.content.own import limits
from kolibri.server.plain import api_error
from kolibri.server.plain import is_api
from kolibri.server.plain import status_line

if TYPE_CHECKING:
    from kolibri.server.listener import Listener

logger = logging.getLogger(__name__)

PIECE = 128 * 1024
# So much of an answer may wait in memory before the worker waits too. Files wait on disk.
MOST_WAITING = 1024 * 1024
MOST_HEAD = 32 * 1024
# A request's body up to this size is awaited without a worker.
MOST_AWAITED_BODY = 256 * 1024

# A request's body at any address but that of people's own files; a larger one is refused before it is read.
MOST_BODY = 64 * 1024 * 1024

_BEGINNING = 256

_HEAD_END = re.compile(rb"\n\r?\n")
_LENGTH = re.compile(rb"\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*\r?\n", re.IGNORECASE)
_STREAMED = re.compile(rb"\n(?:transfer-encoding|expect):", re.IGNORECASE)


class FileBody:
    """Part of an open file as the body of an answer; on our listeners no worker waits while it is sent."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file = file
        self.remaining = size

    def read(self, most: int = PIECE) -> bytes:
        data = self.file.read(min(most, self.remaining))
        self.remaining -= len(data)
        return data

    def __iter__(self) -> Iterator[bytes]:
        while piece := self.read():
            yield piece

    def close(self) -> None:
        self.file.close()


class Incoming:
    """The readable side, in the few methods that cheroot uses, with what already arrived put in first."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self.buffer = bytearray()
        self.closed = False

    def has_data(self) -> bool:
        return bool(self.buffer)

    def read(self, size: int | None = -1) -> bytes:
        while (size is None or size < 0 or len(self.buffer) < size) and self._more():
            pass
        return self._take(len(self.buffer) if size is None or size < 0 else size)

    def readline(self, size: int | None = -1) -> bytes:
        most = None if size is None or size < 0 else size
        seen = 0
        while True:
            end = self.buffer.find(b"\n", seen, most)
            if end >= 0:
                return self._take(end + 1)
            if most is not None and len(self.buffer) >= most:
                return self._take(most)
            seen = len(self.buffer)
            if not self._more():
                return self._take(len(self.buffer))

    def close(self) -> None:
        self.closed = True
        self.buffer.clear()

    def _more(self) -> bool:
        data = self._socket.recv(65536)
        self.buffer += data
        return bool(data)

    def _take(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data


class Outgoing:
    """The writable side: sends what the system takes at once and keeps the rest for the sender."""

    def __init__(self, sock: socket.socket, patience: float) -> None:
        self._socket = sock
        self._patience = patience
        self._waiting: deque[memoryview | FileBody] = deque()
        self._size = 0

    @property
    def is_empty(self) -> bool:
        return not self._waiting

    def write(self, data: bytes) -> int:
        """Send or keep `data`. Waits only while too much is kept. Raises TimeoutError, OSError."""
        if data:
            self._waiting.append(memoryview(data))
            self._size += len(data)
            self.send_some()
        end = time.monotonic() + self._patience
        while self._size > MOST_WAITING:
            if self._wait_writable(end - time.monotonic()) and self.send_some():
                end = time.monotonic() + self._patience
        return len(data)

    def write_file(self, body: FileBody) -> None:
        """Send the body after what was written before; closes it in the end."""
        self._waiting.append(body)

    def send_some(self) -> bool:
        """Send what the system takes now, at most a piece of a file. True: something went. Raises OSError."""
        sent = 0
        self._socket.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while self._waiting and sent < PIECE:
                first = self._waiting[0]
                if isinstance(first, FileBody):
                    piece = first.read()
                    if not piece or not first.remaining:
                        self._waiting.popleft().close()  # type: ignore[union-attr]
                    if not piece and first.remaining:
                        raise ConnectionAbortedError("a file became shorter while it was sent")
                    if piece:
                        self._waiting.appendleft(memoryview(piece))
                        self._size += len(piece)
                    continue
                count = self._socket.send(first)
                sent += count
                self._size -= count
                if count == len(first):
                    self._waiting.popleft()
                else:
                    self._waiting[0] = first[count:]
        return sent > 0

    def close(self) -> None:
        for part in self._waiting:
            if isinstance(part, FileBody):
                part.close()
        self._waiting.clear()
        self._size = 0

    def _wait_writable(self, seconds: float) -> bool:
        if seconds <= 0:
            raise TimeoutError("timed out")
        # Not select.select(): on Linux it takes no socket with a number above 1023.
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_WRITE)
            return bool(selector.select(seconds))


class PlainHeaders(HeaderReader):
    """Leaves out headers with an underscore: they could pose as another one (cheroot's own class fails on bytes)."""

    def _allow_header(self, key_name: bytes) -> bool:
        return b"_" not in key_name


class Request(HTTPRequest):
    """cheroot's parser, with stricter headers, and with the API's shape for what it refuses."""

    header_reader = PlainHeaders()

    def read_request_headers(self) -> bool:
        """Read the headers; refuse a body that is too large for the address."""
        if not super().read_request_headers():  # type: ignore[no-untyped-call]
            return False
        # The view there says in words what is too large, as soon as it has looked at the headers.
        if int(self.inheaders.get(b"Content-Length", 0)) > MOST_BODY and not limits.takes_files(self.path):
            self.simple_response("413 Request Entity Too Large", "Send less at once.")
            return False
        return True

    def send_headers(self) -> None:
        """Send the headers; what the application left unread of a long body is read away first, in pieces.

        A browser reads no answer before it has sent all. cheroot would take the rest into memory as a whole.
        """
        rest = 0 if self.chunked_read else getattr(self.rfile, "remaining", 0)
        if rest > limits.MOST_SENT:
            self.close_connection = True
        elif rest > MOST_AWAITED_BODY:
            while self.rfile.remaining and self.rfile.read(PIECE):
                pass
            # A client that went away in the middle has nothing more to ask.
            self.close_connection = self.close_connection or bool(self.rfile.remaining)
        super().send_headers()

    def simple_response(self, status: Any, msg: str = "") -> None:
        """Refuse the request; in cheroot's plain text where no address of the API was asked for."""
        number = int(str(status)[:3])
        if number < 400 or not self.conn.asks_api:
            super().simple_response(status, msg)
            return
        self.close_connection = True
        accepted = self.inheaders.get(b"Accept-Language", b"").decode("latin-1")
        with contextlib.suppress(OSError):
            self.conn.wfile.write(api_refusal(number, accepted, with_body=not self.conn.is_head))


def api_refusal(status: int, accepted: str = "", *, with_body: bool = True, headers: str = "") -> bytes:
    """Return a whole answer of the API for a request that no application has seen; the connection ends with it."""
    body = api_error(status, accepted)
    head = (
        f"HTTP/1.1 {status_line(status)}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Cache-Control: no-store\r\n{headers}Connection: close\r\n\r\n"
    )
    return head.encode("ascii") + (body if with_body else b"")


class Connection(HTTPConnection):
    """A client's connection, owned at each moment by the reception, one worker or the sender."""

    RequestHandlerClass = Request

    def __init__(self, server: "Listener", sock: socket.socket) -> None:
        super().__init__(server, sock, _sides(server.timeout))
        self.began = self.last_used = time.monotonic()
        self.requests_seen = 0
        self.closes_when_sent = False
        self.is_draining = False
        self.is_long = False
        self._first_line = b""
        self._scanned = 0
        self._wanted = 0
        self._is_closed = False

    def is_whole(self) -> bool:
        """Whether a worker can go on without waiting: a request that is all here, or one that it must refuse."""
        buffer: bytearray = self.rfile.buffer
        if self._wanted:
            return len(buffer) >= self._wanted
        found = _HEAD_END.search(buffer, max(0, self._scanned - 3))
        if found is None:
            self._scanned = len(buffer)
            return len(buffer) > MOST_HEAD
        head = bytes(buffer[: found.end()])
        length = _LENGTH.search(head)
        body = int(length[1]) if length else 0
        self.is_long = body > MOST_AWAITED_BODY or _STREAMED.search(head) is not None
        if self.is_long:
            return True
        self._wanted = len(head) + body
        return len(buffer) >= self._wanted

    def look(self) -> None:
        """Keep the beginning of the request that waits: its address is wanted also when it cannot be read whole."""
        self._first_line = bytes(self.rfile.buffer[:_BEGINNING]).lstrip(b"\r\n").partition(b"\r\n")[0]

    @property
    def asks_api(self) -> bool:
        """Whether the request at hand is for an address of the API."""
        return is_api(self._first_line.partition(b" ")[2].decode("latin-1"))

    @property
    def is_head(self) -> bool:
        """Whether the request at hand wants no body."""
        return self._first_line.startswith(b"HEAD ")

    def answer(self) -> None:
        """Answer the waiting request, in a worker, and pass the connection on."""
        self.look()
        self._scanned = self._wanted = 0
        self.socket.settimeout(self.server.timeout)
        stays = bool(self.communicate())  # type: ignore[no-untyped-call]
        self.requests_seen += 1
        self.server.answered(self, stays)

    def cut(self) -> None:
        """End the connection from whatever thread: its owner gets an error and closes it."""
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close for good; the second call does nothing. Only the owner calls it."""
        if self._is_closed:
            return
        self._is_closed = True
        self.wfile.close()
        self.rfile.close()
        self.cut()
        self.socket.close()
        self.server.forget(self)


def _sides(patience: float) -> Any:
    def make(sock: socket.socket, mode: str = "rb", _size: int = io.DEFAULT_BUFFER_SIZE) -> Incoming | Outgoing:
        return Incoming(sock) if "r" in mode else Outgoing(sock, patience)

    return make
