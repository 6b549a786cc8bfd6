"""An answer that was cut is never taken for a whole one, wherever that was."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable
from collections.abc import Iterator

import pytest
from requests.exceptions import RequestException

from kolibri.core.sync.network import session
from kolibri.core.sync.network.session import PeerSession

SAID = {"id": "a" * 32, "records_total": 7}
_HEAD = b"HTTP/1.1 200 OK\r\nServer: cheroot\r\nContent-Type: application/json\r\nVary: Cookie\r\n"
_PLAIN = json.dumps(SAID).encode()
_PACKED = gzip.compress(_PLAIN)
ANSWERS = {
    "with its length": _HEAD + b"Content-Length: %d\r\nAge: 0\r\n\r\n" % len(_PLAIN) + _PLAIN,
    "packed": _HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_PACKED) + _PACKED,
    "in pieces": _HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(_PLAIN) + _PLAIN + b"\r\n0\r\n\r\n",
}
# Without these the answer is still whole: no length begins with a nought.
_SPARE = {"in pieces": len(b"\r\n\r\n")}


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSE", 0)


@pytest.fixture
def serve() -> Iterator[Callable[[Iterator[bytes]], str]]:
    """Return what serves the given answers, one for each connection, and gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def work(answers: Iterator[bytes]) -> None:
        for answer in answers:
            try:
                line, _from = listener.accept()
            except OSError:
                return
            with line:
                line.recv(65_536)
                line.sendall(answer)

    def begin(answers: Iterator[bytes]) -> str:
        threading.Thread(target=work, args=(answers,), daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    yield begin
    # A thread that waits in accept() is woken by this, not by close().
    with listener:
        socket.create_connection(listener.getsockname()).close()


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_cut_answer_is_a_lost_connection(kind: str, serve: Callable[[Iterator[bytes]], str]):
    whole = ANSWERS[kind]
    points = range(len(whole) - _SPARE.get(kind, 0))
    address = serve(iter([*(whole[:point] for point in points), whole]))
    asked = PeerSession(lambda: None)
    for point in points:
        with pytest.raises(RequestException):
            pytest.fail(f"after {point} bytes: {asked.get(address).content!r}")
    assert asked.get(address).json() == SAID


@pytest.mark.parametrize("kind", ANSWERS)
def test_what_may_be_asked_again_is(kind: str, serve: Callable[[Iterator[bytes]], str]):
    """A connection that blinks is not noticed, in whichever byte it does."""
    whole = ANSWERS[kind]
    points = range(len(whole) - _SPARE.get(kind, 0))
    address = serve(answer for point in points for answer in (whole[:point], whole))
    asked = PeerSession(lambda: None)
    for point in points:
        assert asked.get(address, is_retryable=True).json() == SAID, point


def test_an_old_peer_may_end_its_answer_with_the_connection(serve: Callable[[Iterator[bytes]], str]):
    address = serve(iter([b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + _PLAIN]))
    assert PeerSession(lambda: None).get(address).json() == SAID


def test_an_answer_without_anything_is_whole(serve: Callable[[Iterator[bytes]], str]):
    address = serve(iter([b"HTTP/1.1 204 No Content\r\nVary: Cookie\r\n\r\n"]))
    assert PeerSession(lambda: None).delete(address).status_code == 204
