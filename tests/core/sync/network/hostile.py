"""A server that answers as the computer behind it does, but for what a test has it change."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field
from http.server import BaseHTTPRequestHandler
from http.server import ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

_DROPPED = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"}


@dataclass
class Answer:
    """What goes back; `said` is its JSON. With `pieces` the body is these, without an end that is known."""

    status: int
    headers: dict[str, str]
    body: bytes
    pieces: Callable[[], Any] | None = None

    @property
    def said(self) -> Any:
        return json.loads(self.body)

    @said.setter
    def said(self, value: Any) -> None:
        self.body = json.dumps(value).encode()


Change = Callable[[Answer], None]


@dataclass
class Rule:
    """Where to change the answer: the method (empty: any), and what stands in the address."""

    method: str
    path: str
    change: Change
    # Before anything is answered; with it nobody else is asked.
    takes_over: Callable[[socket.socket], None] | None = None


@dataclass
class HostileServer:
    """At `address` once it is made; `rule` may be set at any time."""

    behind: str
    rule: Rule | None = None
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        hostile = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (OSError, ValueError):
                    # Whoever asked has gone.
                    self.close_connection = True

            def log_message(self, *args: Any) -> None:
                pass

            def _pass(self) -> None:
                hostile.asked.append(f"{self.command} {self.path}")
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                rule = hostile.rule
                is_meant = rule is not None and rule.method in ("", self.command) and rule.path in self.path
                if rule is not None and is_meant and rule.takes_over:
                    self.close_connection = True
                    rule.takes_over(self.connection)
                    return
                answer = self._real(body)
                if rule is not None and is_meant:
                    rule.change(answer)
                self._answer(answer)

            do_GET = do_POST = do_PATCH = do_DELETE = _pass

            def _real(self, body: bytes) -> Answer:
                real = urlsplit(hostile.behind)
                line = http.client.HTTPConnection(real.hostname or "", real.port, timeout=60)
                headers = {**self.headers, "Host": real.netloc, "Accept-Encoding": "identity"}
                line.request(self.command, self.path, body, headers)
                got = line.getresponse()
                kept = {name: value for name, value in got.getheaders() if name.lower() not in _DROPPED}
                answer = Answer(got.status, kept, got.read())
                line.close()
                return answer

            def _answer(self, answer: Answer) -> None:
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                if answer.pieces is None:
                    self.send_header("Content-Length", str(len(answer.body)))
                    self.end_headers()
                    self.wfile.write(answer.body)
                    return
                self.send_header("Connection", "close")
                self.end_headers()
                self.close_connection = True
                for piece in answer.pieces():
                    self.wfile.write(piece)

        return Handler
