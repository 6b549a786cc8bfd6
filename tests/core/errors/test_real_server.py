"""The one shape over real sockets: what Django answers, and what is refused before Django is reached."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.test import Client

from kolibri.core.device.middleware import LanguageMiddleware
from kolibri.core.lessons.api import LessonViewset
from kolibri.server.connections import MOST_AWAITED_BODY
from kolibri.server.connections import MOST_BODY
from kolibri.server.listeners import Listeners
from kolibri.server.public import PublicDoor
from kolibri.server.starting import Front
from kolibri.settings.addresses import Origin
from tests.core.errors.shape import problems
from tests.patience import PATIENCE
from tests.schools import School
from tests.server.conftest import Answer
from tests.server.conftest import ask
from tests.server.conftest import small_app

LESSONS = "/api/lesson/"
JSON = {"Content-Type": "application/json"}

Serve = Callable[[Any], Listeners]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    made: list[Listeners] = []

    def start(app: Any) -> Listeners:
        found = Listeners(
            app, tmp_path / "content", addresses=lambda: ["127.0.0.1"], on_worker_exit=connections.close_all
        )
        made.append(found)
        found.prepare()
        found.serve()
        return found

    yield start
    for one in made:
        one.stop()


@pytest.fixture
def site(serve: Serve, transactional_db: None, school: School) -> Listeners:
    """Django itself, with its middleware, behind the window's listener."""
    return serve(WSGIHandler())


def cookie_of(school: School) -> str:
    client = Client()
    client.force_login(school.coach)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def told(answer: Answer) -> tuple[int, str]:
    """Return status and code of an answer's one error."""
    (one,) = problems(answer.headers["Content-Type"], answer.body)
    assert one["field"] == ""
    return answer.status, one["code"]


def raw(port: int, data: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send bytes as they are; return status, headers and body of what comes before the connection ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as sock:
        sock.sendall(data)
        answer = http.client.HTTPResponse(sock)
        answer.begin()
        return answer.status, dict(answer.getheaders()), answer.read()


def boom(*_args: Any, **_kwargs: Any) -> Any:
    raise ValueError("the secret")


def test_django_says_it_in_the_shape(site: Listeners, school: School) -> None:
    person = {"Cookie": cookie_of(school)}
    for sent, expected in (
        ({"path": LESSONS}, (403, "not_authenticated")),
        ({"path": LESSONS, "method": "POST", "headers": {**person, **JSON}, "body": b"{}"}, (403, "csrf_failed")),
        ({"path": "/api/nothing/"}, (404, "not_found")),
        ({"path": LESSONS, "headers": {**person, "Accept": "text/html"}}, (406, "not_acceptable")),
        ({"path": "/api/session/", "method": "PUT", "headers": JSON, "body": b"{}"}, (405, "method_not_allowed")),
        ({"path": "/api/session/", "method": "POST", "headers": JSON, "body": b"{"}, (400, "invalid")),
        (
            {"path": "/api/session/", "method": "POST", "headers": {"Content-Type": "text/plain"}, "body": b"x"},
            (415, "unsupported_media_type"),
        ),
        (
            {"path": "/api/session/", "method": "POST", "headers": JSON, "body": b" " * 5_300_000},
            (413, "too_large"),
        ),
    ):
        assert told(ask(site.port, **sent)) == expected


def test_a_fault_leaves_the_server_without_its_trace(
    site: Listeners, school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = {"Cookie": cookie_of(school)}
    monkeypatch.setattr(LessonViewset, "get_queryset", boom)
    assert told(ask(site.port, LESSONS, headers=person)) == (500, "failed")
    monkeypatch.setattr(LanguageMiddleware, "_language", boom)
    assert told(ask(site.port, LESSONS)) == (500, "failed")


def test_an_error_to_head_has_no_body_and_the_connection_goes_on(site: Listeners, school: School) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
    try:
        for path, status in (("/api/nothing/", 404), (LESSONS, 403), ("/api/session/", 200), ("/nothing/", 404)):
            connection.request("HEAD", path)
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (status, b"")
            connection.request("GET", path)
            answer = connection.getresponse()
            assert (answer.status, bool(answer.read())) == (status, True)
    finally:
        connection.close()


def test_an_application_that_fails_before_django_is_a_fault(serve: Serve) -> None:
    served = serve(boom)
    answer = ask(served.port, LESSONS)
    assert told(answer) == (500, "failed")
    head = ask(served.port, LESSONS, method="HEAD")
    assert (head.status, head.body) == (500, b"")
    assert ask(served.port, "/learn/").headers["Content-Type"] == "text/plain"


def test_another_name_than_the_servers(serve: Serve) -> None:
    served = serve(small_app)
    answer = ask(served.port, LESSONS, host="evil.example", headers={"Accept-Language": "fr-CA, en;q=0.5"})
    assert told(answer) == (400, "invalid")
    assert answer.json["errors"][0]["message"] == "Cette adresse n’est pas celle de ce serveur."
    english = ask(served.port, LESSONS, host="evil.example", headers={"Accept-Language": "xx, en"})
    assert english.json["errors"][0]["message"] == "This address is not this server's."
    head = ask(served.port, LESSONS, host="evil.example", method="HEAD")
    assert (head.status, head.body) == (400, b"")
    assert ask(served.port, "/learn/", host="evil.example").headers["Content-Type"] == "text/plain; charset=utf-8"


def test_another_name_at_a_districts_door() -> None:
    door = PublicDoor(("127.0.0.1", 1), (Origin("https", "school.example", None),), None)
    sent: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]]) -> None:
        sent.update(dict(headers), status=status)

    over = door.over(pages=boom, files=boom, resources=boom)
    body = b"".join(over({"HTTP_HOST": "evil.example", "PATH_INFO": LESSONS, "REQUEST_METHOD": "GET"}, start_response))
    assert sent["status"] == "400 Bad Request"
    assert [one["code"] for one in problems(sent["Content-Type"], body)] == ["invalid"]


def test_a_body_that_nobody_would_read(serve: Serve) -> None:
    served = serve(small_app)
    head = f"POST {LESSONS} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Length: {MOST_BODY + 1}\r\n\r\n"
    status, headers, body = raw(served.port, head.encode())
    assert status == 413
    assert [one["code"] for one in problems(headers["Content-Type"], body)] == ["too_large"]
    assert headers["Connection"] == "close"
    _status, headers, _body = raw(served.port, head.replace(LESSONS, "/learn/").encode())
    assert headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("request_of", "status", "code"),
    [
        (lambda port: f"GET {LESSONS}?{'a' * 40_000} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 414, "too_large"),
        (lambda port: f"GET {LESSONS} HTTP/1.1\r\nHost: x\r\nA: {'a' * 40_000}\r\n\r\n", 413, "too_large"),
        (lambda port: f"GET {LESSONS} HTTP/1.1\r\nno header at all\r\n\r\n", 400, "invalid"),
        (lambda port: f"get {LESSONS} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n", 400, "invalid"),
        (lambda port: f"GET {LESSONS} HTTP/9.9\r\nHost: 127.0.0.1:{port}\r\n\r\n", 505, "failed"),
    ],
)
def test_what_cannot_be_read_as_http(serve: Serve, request_of: Callable[[int], str], status: int, code: str) -> None:
    served = serve(small_app)
    found, headers, body = raw(served.port, request_of(served.port).encode())
    assert (found, [one["code"] for one in problems(headers["Content-Type"], body)]) == (status, [code])


def test_while_it_starts(serve: Serve) -> None:
    front = Front(lambda: None)
    served = serve(front)
    answer = ask(served.port, LESSONS)
    assert told(answer) == (503, "not_now")
    assert answer.headers["Retry-After"] == "1"
    assert ask(served.port, "/").headers["Content-Type"] == "text/html; charset=utf-8"
    front.failed("no room", None)
    assert told(ask(served.port, LESSONS)) == (503, "not_now")


def test_when_long_uploads_hold_all_the_workers_they_may(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    served = serve(small_app)
    assert served._window is not None
    monkeypatch.setattr(served._window, "_long", set(range(1_000)))
    length = MOST_AWAITED_BODY + 1
    for path in (LESSONS, "/learn/"):
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Length: {length}\r\n\r\n"
        status, headers, body = raw(served.port, head.encode())
        assert (status, headers["Retry-After"]) == (503, "5")
        if path == LESSONS:
            assert [one["code"] for one in problems(headers["Content-Type"], body)] == ["not_now"]
        else:
            assert body == b""
