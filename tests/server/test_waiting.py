"""Slow and silent clients cost sockets, not threads and not other people's time."""

import fcntl
import selectors
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from kolibri.server import connections
from kolibri.server import listener
from kolibri.server import reception
from kolibri.server import sender
from kolibri.server.connections import Connection
from kolibri.server.connections import Outgoing
from kolibri.server.listener import Listener
from kolibri.server.listeners import Listeners
from kolibri.server.listeners import _allow_many_files
from kolibri.server.sender import Sender
from kolibri.server.workers import Workers
from tests.patience import PATIENCE
from tests.patience import until
from tests.server.conftest import Process
from tests.server.conftest import ask
from tests.server.conftest import small_app
from tests.server.conftest import store

Connect = Callable[..., socket.socket]

HALF_HEAD = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/ht"
HALF_BODY = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\n\r\nname="


@pytest.mark.alone
@pytest.mark.parametrize("sent", [b"", HALF_HEAD, HALF_BODY], ids=["silent", "half a head", "half a body"])
def test_200_silent_connections_delay_nobody(
    process: Callable[..., Process], tmp_path: Path, connect: Connect, sent: bytes
) -> None:
    served = process(tmp_path / "home").wait()
    port = served.server.port
    ask(port)
    for _count in range(200):
        connect(port, sent)
    for _count in range(3):
        began = time.monotonic()
        assert ask(port).status == 200
        assert time.monotonic() - began < 0.5
    assert psutil.Process(served.popen.pid).num_threads() <= 80


@pytest.mark.alone
def test_clients_that_do_not_take_their_file_hold_no_worker(
    listeners: Listeners, content: Path, connect: Connect
) -> None:
    name = store(content, b"v" * 8_000_000, "webm")
    path = f"/content/storage/{name[0]}/{name[1]}/{name}"
    for _count in range(100):
        connect(listeners.port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{listeners.port}\r\n\r\n".encode())
    began = time.monotonic()
    assert len(ask(listeners.port, path).body) == 8_000_000
    assert ask(listeners.port).status == 200
    assert time.monotonic() - began < 5


def test_too_many_connections_push_out_the_longest_silent(
    content: Path, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kolibri.server.listener.MOST_CONNECTIONS", 20)
    listeners = Listeners(small_app, content)
    listeners.prepare()
    listeners.serve()
    try:
        held = [connect(listeners.port) for _count in range(40)]
        assert ask(listeners.port).status == 200
        held[0].settimeout(5)
        assert held[0].recv(1) == b""
        held[-1].sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{listeners.port}\r\n\r\n".encode())
        assert held[-1].recv(12) == b"HTTP/1.1 200"
    finally:
        listeners.stop()


def test_a_half_sent_request_is_given_up(
    listeners: Listeners, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reception, "REQUEST_PATIENCE", 0.2)
    half, silent = connect(listeners.port, HALF_HEAD), connect(listeners.port)
    half.settimeout(5)
    assert half.recv(1) == b""
    silent.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{listeners.port}\r\n\r\n".encode())
    assert silent.recv(12) == b"HTTP/1.1 200"


def test_requests_sent_one_behind_the_other_are_all_answered(listeners: Listeners, connect: Connect) -> None:
    request = f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{listeners.port}\r\n\r\n".encode()
    sock = connect(listeners.port, request + request + request[:20])
    received = b""
    while received.count(b"200 OK") < 2:
        received += sock.recv(65536)
    sock.sendall(request[20:])
    while received.count(b"200 OK") < 3:
        received += sock.recv(65536)


@pytest.mark.parametrize("size", [0, 1, connections.MOST_AWAITED_BODY, connections.MOST_AWAITED_BODY + 1, 3_000_000])
def test_a_body_arrives_whole(listeners: Listeners, size: int) -> None:
    assert ask(listeners.port, method="POST", body=b"b" * size).json["length"] == size


def test_a_chunked_body_arrives_whole(listeners: Listeners, connect: Connect) -> None:
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{listeners.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    sock = connect(listeners.port, head.encode() + b"3\r\nabc\r\n")
    sock.sendall(b"2\r\nde\r\n0\r\n\r\n")
    received = b""
    while b"}" not in received:
        received += sock.recv(65536)
    assert b'"length": 5' in received


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", b"413"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\nHost: a\n\n", b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\n\n", b"400"),
    ],
    ids=["head", "address", "body", "length", "nonsense", "bare newlines", "tls"],
)
def test_a_bad_request_is_refused_at_once(
    listeners: Listeners, connect: Connect, request_: bytes, status: bytes
) -> None:
    sock = connect(listeners.port, request_)
    assert sock.recv(65536).split()[1] == status


def test_an_upload_that_is_refused_still_hears_why(listeners: Listeners, connect: Connect) -> None:
    sock = connect(listeners.port, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 999999999999\r\n\r\n")
    time.sleep(0.2)
    sock.sendall(b"b" * 500_000)
    assert sock.recv(65536).startswith(b"HTTP/1.1 413")


@pytest.mark.alone
def test_slow_uploads_leave_workers_for_others(listeners: Listeners, connect: Connect) -> None:
    head = f"POST / HTTP/1.1\r\nHost: 127.0.0.1:{listeners.port}\r\nContent-Length: 5000000\r\n\r\n".encode()
    for _count in range(20):
        connect(listeners.port, head + b"b" * 1000)
    began = time.monotonic()
    assert ask(listeners.port).status == 200
    assert time.monotonic() - began < 2


@pytest.fixture
def window(listeners: Listeners, monkeypatch: pytest.MonkeyPatch) -> Listener:
    """The window's listener, with one upload at a time."""
    assert listeners._window is not None
    monkeypatch.setattr(listeners._window._workers, "most", 2)
    return listeners._window


UPLOAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 400000\r\n\r\n"


def test_uploads_that_go_away_before_they_are_refused_are_forgotten(
    window: Listener, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused: list[bytes] = []
    write = Outgoing.write

    def write_to_nobody(self: Outgoing, data: bytes) -> int:
        if data is listener._BUSY:
            refused.append(data)
            raise ConnectionResetError("the client has gone")
        return write(self, data)

    monkeypatch.setattr(Outgoing, "write", write_to_nobody)
    slow = connect(window.port, UPLOAD.replace(b"127.0.0.1", f"127.0.0.1:{window.port}".encode()))
    until(lambda: window._long, "the upload that keeps its worker")
    for count in range(5):
        assert connect(window.port, UPLOAD).recv(1) == b""
        assert len(refused) == count + 1
    slow.sendall(b"b" * 400_000)
    assert slow.recv(12) == b"HTTP/1.1 200"
    slow.close()
    until(lambda: not window._open, "the end of all connections")
    assert not window._long
    assert ask(window.port, method="POST", body=b"b" * 400_000).status == 200


def test_uploads_whose_worker_fails_are_forgotten(
    window: Listener, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Connection, "communicate", lambda _self: 1 / 0)
        for _count in range(3):
            assert connect(window.port, UPLOAD).recv(1) == b""
            # The client hears of the end a moment before the listener counts it.
            until(lambda: not window._open, "the end of the connection")
            assert not window._long
    assert ask(window.port, method="POST", body=b"b" * 400_000).status == 200


WAITING = 600_000


class SmallSelector(selectors.SelectSelector):
    """Waits for so many sockets and for none above, as select() does on Windows with 512."""

    most = 0
    calls = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        type(self).calls += 1
        if len(self.get_map()) > self.most:
            raise ValueError("too many file descriptors in select()")
        return super().select(timeout)


@pytest.fixture
def small_sender(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Sender]]:
    """Start a sender whose system can wait for `most` clients."""
    made: list[Sender] = []

    def start(most: int) -> Sender:
        # Its own pair of sockets, that it is woken with, is one more.
        small = type("Small", (SmallSelector,), {"most": most + 1})
        monkeypatch.setattr(
            sender, "selectors", SimpleNamespace(DefaultSelector=small, EVENT_WRITE=selectors.EVENT_WRITE)
        )
        made.append(Sender())
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop(PATIENCE)


@pytest.fixture
def slow_client() -> Iterator[Callable[[Sender], tuple[socket.socket, Connection]]]:
    """Make clients that have taken only the beginning of their answer; the connection ends behind it."""
    ends: list[socket.socket] = []

    def make(one: Sender) -> tuple[socket.socket, Connection]:
        here, there = socket.socketpair()
        there.settimeout(PATIENCE)
        ends.append(there)
        conn = Connection(Listener("test", ("127.0.0.1", 0), small_app, Workers("test", 1), one), here)
        conn.wfile.write(b"b" * WAITING)
        assert not conn.wfile.is_empty
        one.put(conn)
        return there, conn

    yield make
    for there in ends:
        there.close()


def rest_of(client: socket.socket) -> int:
    """Return how many bytes still come until the end."""
    return sum(len(piece) for piece in iter(lambda: client.recv(65536), b""))


def test_of_too_many_slow_clients_the_one_that_stands_still_goes(
    small_sender: Callable[[int], Sender],
    slow_client: Callable[[Sender], tuple[socket.socket, Connection]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "MOST_HELD", 3)
    one = small_sender(3)
    clients = [slow_client(one) for _count in range(3)]
    until(lambda: len(one._selector.get_map()) == 4, "the sender to have all three")
    # The first came first, but it goes on: now the second has stood still for longest.
    # It takes one byte more than its socket held: the sender has sent something, and is not through by far.
    (first, conn), before, taken = clients[0], clients[0][1].last_used, 0
    in_socket = WAITING - conn.wfile._size
    while taken <= in_socket:
        taken += len(first.recv(min(4096, in_socket + 1 - taken)))
    until(lambda: conn.last_used != before, "the sender to note that the first goes on")
    assert not conn.wfile.is_empty
    last = slow_client(one)
    assert rest_of(clients[1][0]) < WAITING
    assert taken + rest_of(first) == WAITING
    assert rest_of(clients[2][0]) == rest_of(last[0]) == WAITING


def test_patience_ends_also_while_nothing_can_be_sent(
    small_sender: Callable[[int], Sender],
    slow_client: Callable[[Sender], tuple[socket.socket, Connection]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sender, "PATIENCE", 0.0)
    began = time.monotonic()
    one = small_sender(0)
    client, _conn = slow_client(one)
    assert rest_of(client) < WAITING
    one.stop(PATIENCE)
    # It rests a second after each turn that failed: however slow this computer is, there were not more turns.
    assert one._selector.calls <= time.monotonic() - began + 3  # type: ignore[attr-defined]


def test_a_socket_with_a_high_number_is_waited_for() -> None:
    _allow_many_files()
    here, there = socket.socketpair()
    high = socket.socket(fileno=fcntl.fcntl(here, fcntl.F_DUPFD, 1100))
    with here, there, high:
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(there.recv(5_000_000, socket.MSG_WAITALL)), daemon=True)
        reader.start()
        outgoing = connections.Outgoing(high, PATIENCE)
        assert outgoing.write(b"b" * 5_000_000) == 5_000_000
        while not outgoing.is_empty:
            outgoing.send_some()
        reader.join(PATIENCE)
        assert len(got[0]) == 5_000_000


def test_a_header_cannot_pose_as_another(listeners: Listeners) -> None:
    assert ask(listeners.port, headers={"X_Spoofed": "1"}).json["spoofed"] == ""
    assert ask(listeners.port, headers={"X-Spoofed": "1"}).json["spoofed"] == "1"
