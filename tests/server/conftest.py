"""Real listeners over a small application, and real servers in processes of their own."""

import hashlib
import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kolibri.server import control
from kolibri.server.listeners import Listeners
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    port: int,
    path: str = "/",
    *,
    method: str = "GET",
    host: str | None = None,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    seconds: float = 20,
) -> Answer:
    """One request on a connection of its own, with exactly the Host that is given."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        sent = {"Host": f"127.0.0.1:{port}" if host is None else host, **(headers or {})}
        if body is not None:
            sent["Content-Length"] = str(len(body))
        for name, value in sent.items():
            if value:
                connection.putheader(name, value)
        connection.endheaders(body)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def small_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Says how many bytes came in; `/endless` never ends, `/hang` takes long."""
    path = environ["PATH_INFO"]
    if path == "/hang":
        time.sleep(30)
    if path == "/endless":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (b"x" * 65536 for _ in iter(int, 1))
    body = json.dumps(
        {
            "path": path,
            "length": len(environ["wsgi.input"].read()),
            "listener": environ["kolibri.listener"],
            "content": environ["kolibri.content_origin"],
            "spoofed": environ.get("HTTP_X_SPOOFED", ""),
        }
    ).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def store(content: Path, data: bytes, extension: str) -> str:
    """Put a file into a content folder; returns its name."""
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    folder = content / "storage" / md5[0] / md5[1]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{md5}.{extension}").write_bytes(data)
    return f"{md5}.{extension}"


class Network:
    """The computer's addresses, as a test wants them. Loopback ones can be reached."""

    def __init__(self) -> None:
        self.addresses = ["127.0.0.1", "127.0.0.2"]
        self.told: list[list[str]] = []

    def __call__(self) -> list[str]:
        return list(self.addresses)


@pytest.fixture
def network() -> Network:
    return Network()


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path / "content"


@pytest.fixture
def listeners(content: Path, network: Network) -> Iterator[Listeners]:
    """Listeners over `small_app`, serving."""
    made = Listeners(small_app, content, on_addresses=network.told.append, addresses=network)
    made.prepare()
    made.serve()
    yield made
    made.stop()


def content_port(listeners: Listeners) -> int:
    return int(ask(listeners.port).json["content"].rpartition(":")[2])


@pytest.fixture
def connect() -> Iterator[Callable[..., socket.socket]]:
    """Make raw connections that send something and then nothing more; they end with the test."""
    made: list[socket.socket] = []

    def to(port: int, data: bytes = b"") -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        made.append(sock)
        if data:
            sock.sendall(data)
        return sock

    yield to
    for sock in made:
        sock.close()


def plain_environment() -> dict[str, str]:
    """Return this process's environment without what points the program at a home or a database."""
    ours = ("KOLIBRI", "DATABASE_URL", "REDIS_URL")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


class Process:
    """`kolibri start --foreground` in a process of its own."""

    def __init__(self, home: Path, *words: str, settings: str = "tests.server.settings") -> None:
        self.home = home
        environment = plain_environment()
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "kolibri", "start", "--foreground", "--home", str(home), *words],
            cwd=ROOT,
            env=environment | {"DJANGO_SETTINGS_MODULE": settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def server(self) -> control.Server:
        found = control.find(self.home)
        assert found is not None, "the server is not there"
        return found

    def wait(self, state: str = "ready", seconds: float = 60) -> "Process":
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = control.find(self.home)
            status = found.ask("status") if found else None
            if status and status["state"] == state:
                return self
            if self.popen.poll() is not None:
                break
            time.sleep(0.05)
        raise AssertionError(f"not {state}: {self.end()}")

    def end(self) -> str:
        self.popen.kill()
        return "".join(self.popen.communicate())


@pytest.fixture
def process() -> Iterator[Callable[..., Process]]:
    """Start servers; what a test leaves running is killed."""
    made: list[Process] = []

    def start(home: Path, *words: str, **options: str) -> Process:
        made.append(Process(home, *words, **options))
        return made[-1]

    yield start
    for one in made:
        one.end()
