"""One address that the server listens on: cheroot's HTTP, our waiting, our way to stop."""

import errno
import logging
import socket
import sys
import threading
import time
from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import Final

from cheroot.wsgi import Gateway_10
from cheroot.wsgi import Server

from kolibri.errors import Conflict
from kolibri.server.connections import MOST_HEAD
from kolibri.server.connections import Connection
from kolibri.server.connections import FileBody
from kolibri.server.connections import api_refusal
from kolibri.server.reception import Reception
from kolibri.server.sender import Sender
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence
from kolibri.server.workers import Workers

logger = logging.getLogger(__name__)

WSGIApp = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

MOST_CONNECTIONS: Final = 400  # Windows' select() knows 512 sockets
_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"


class Gateway(Gateway_10):
    """Calls the WSGI application; a `FileBody` goes to the sender instead of through the worker."""

    def get_environ(self) -> dict[str, Any]:  # type: ignore[override]
        environ: dict[str, Any] = super().get_environ()  # type: ignore[no-untyped-call]
        environ["SERVER_NAME"] = self.req.server.bind_addr[0]
        return environ

    def respond(self) -> None:
        response = self.req.server.wsgi_app(self.env, self.start_response)
        if isinstance(response, FileBody):
            self.req.ensure_headers_sent()
            self.req.conn.wfile.write_file(response)
            return
        try:
            for chunk in response:
                if self.req.method == b"HEAD":
                    # A body would be taken for the beginning of the connection's next answer.
                    break
                if chunk:
                    self.write(chunk)
        finally:
            self.req.ensure_headers_sent()
            if hasattr(response, "close"):
                response.close()


class Listener(Server):
    """A bound port that serves one WSGI application.

    listener = Listener("window", ("127.0.0.1", 0), app, workers, sender)
    listener.prepare()      # bound: the port is known and nobody else gets it
    listener.start_serving()
    listener.stop()
    """

    def __init__(self, name: str, address: tuple[str, int], app: WSGIApp, workers: Workers, sender: Sender) -> None:
        super().__init__(address, app, request_queue_size=128, timeout=10)
        self.name = name
        self.gateway = Gateway
        self.server_name = "Kolibri"
        self.software = "Kolibri"
        self.max_request_header_size = MOST_HEAD
        self.max_request_body_size = 0  # `Request` asks: it depends on the address
        self._workers = workers
        self._sender = sender
        self._open: set[Connection] = set()
        # Those with a long body that a worker reads, or will: a set, so that none can be given back twice or never.
        self._long: set[Connection] = set()
        self._lock = threading.Lock()
        self._reception: Reception | None = None

    @property
    def port(self) -> int:
        return int(self.bind_addr[1])

    def prepare(self) -> None:
        """Bind the port. Raises Conflict when another program has it."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":
                # Windows would let two programs share a port, and share out the requests.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            elif self.bind_addr[1]:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(self.bind_addr)
            sock.listen(self.request_queue_size)
        except (OSError, OverflowError) as error:
            sock.close()
            if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL):
                raise Conflict(
                    sentence(
                        _("Another program uses port %(port)s. Close it, or start with another port."),
                        port=self.bind_addr[1],
                    ),
                    code="port_in_use",
                ) from error
            raise
        self.socket = sock
        self.bind_addr = sock.getsockname()[:2]
        self._reception = Reception(self, MOST_CONNECTIONS)
        self.ready = True

    def start_serving(self) -> None:
        """Answer requests from now on, in threads."""
        threading.Thread(target=self.serve, name=f"{self.name}-listener", daemon=True).start()

    def serve(self) -> None:
        """Accept and wait, in this thread, until `stop`."""
        if self._reception:
            self._reception.run()

    def stop(self, seconds: float = 1.0) -> None:
        """Close the port and every connection; the second call does nothing. The workers are not stopped."""
        if not self.ready or self._reception is None:
            return
        self.ready = False
        self._reception.stop(seconds)
        self.socket.close()
        with self._lock:
            left = list(self._open)
        for conn in left:
            conn.cut()
        logging.statistics.pop(f"Cheroot HTTPServer {id(self)}", None)  # type: ignore[attr-defined]

    # What Reception, Workers and Sender call.

    def remember(self, conn: Connection) -> int:
        """Count a connection in; returns how many there are."""
        with self._lock:
            self._open.add(conn)
            return len(self._open)

    def forget(self, conn: Connection) -> None:
        """Count a closed connection out, wherever it ended."""
        with self._lock:
            self._open.discard(conn)
            self._long.discard(conn)

    def process_conn(self, conn: Connection) -> None:
        """Hand a connection with a whole request to a worker."""
        if conn.is_long:
            with self._lock:
                self._long.add(conn)
                is_busy = len(self._long) > max(1, self._workers.most // 2)
            if is_busy:
                # Slow uploads must not take the last worker.
                self._refuse(conn)
                return
        self._workers.put(conn)

    def answered(self, conn: Connection, stays: bool) -> None:
        """Take a connection back from its worker."""
        if conn.is_long:
            conn.is_long = False
            with self._lock:
                self._long.discard(conn)
        if not self.ready:
            conn.close()
        elif not conn.wfile.is_empty:
            conn.closes_when_sent = not stays
            self._sender.put(conn)
        else:
            self._pass_on(conn, stays)

    def sent(self, conn: Connection) -> None:
        """Take a connection back from the sender."""
        self._pass_on(conn, stays=not conn.closes_when_sent)

    def put_conn(self, conn: Connection) -> None:
        """Let a connection wait for its next request."""
        if self.ready and self._reception is not None:
            self._reception.put(conn)
        else:
            conn.close()

    @property
    def can_add_keepalive_connection(self) -> bool:
        return bool(self.ready) and len(self._open) < MOST_CONNECTIONS

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        logger.log(level, "%s: %s", self.name, msg, exc_info=traceback)

    def _refuse(self, conn: Connection) -> None:
        conn.look()
        try:
            conn.wfile.write(api_refusal(503, headers="Retry-After: 5\r\n") if conn.asks_api else _BUSY)
        except OSError:
            # The client has gone. Nobody else holds the connection now, so nobody else would close it.
            conn.close()
            return
        self.answered(conn, stays=False)

    def _pass_on(self, conn: Connection, stays: bool) -> None:
        if not stays:
            # Closing on unread input would reset the connection and lose the answer on its way.
            conn.is_draining = True
            conn.began = time.monotonic()
            try:
                conn.socket.shutdown(socket.SHUT_WR)
            except OSError:
                conn.close()
                return
        self.put_conn(conn)
