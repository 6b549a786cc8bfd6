"""The one door of a district's server: which request goes where, and what is believed of the proxy."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kolibri.errors import Conflict
from kolibri.server.listeners import Listeners
from kolibri.server.public import PublicDoor
from kolibri.settings.addresses import Origin
from tests.server.conftest import Network
from tests.server.conftest import ask
from tests.server.conftest import small_app
from tests.server.conftest import store

SCHOOL = Origin("https", "school.example", None)
CONTENT = Origin("https", "content.school.example", None)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port(listeners: Listeners) -> Iterator[int]:
    """The port of a door that is open."""
    free = free_port()
    listeners.publish(PublicDoor(("127.0.0.1", free), (SCHOOL,), CONTENT))
    yield free


def test_pages_come_under_the_schools_name(port):
    found = ask(port, "/learn/", host="school.example")
    assert found.json["listener"] == "class"
    assert found.json["content"] == "https://content.school.example"


@pytest.mark.parametrize("host", ["", "127.0.0.1", "stranger.example", "school.example:8443", "school.example.evil"])
def test_other_names_are_refused(port, host):
    assert ask(port, host=host).status == 400


def test_a_name_is_the_same_in_capitals(port):
    assert ask(port, host="School.Example").status == 200


def test_the_window_is_not_to_be_had_here(port, listeners):
    assert ask(port, "/window/enter?key=x", host=f"127.0.0.1:{listeners.port}").status == 400
    assert ask(port, host="school.example").json["listener"] == "class"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("10.1.1.1, 192.0.2.7", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("nonsense", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_the_client_is_who_the_proxy_saw_last(content: Path, network: Network, forwarded: str, client: str):
    seen: list[str] = []

    def app(environ, start_response):
        seen.append(f"{environ['REMOTE_ADDR']} {environ['HTTP_X_FORWARDED_PROTO']}")
        return small_app(environ, start_response)

    made = Listeners(app, content, addresses=network)
    made.prepare()
    made.serve()
    try:
        port = free_port()
        made.publish(PublicDoor(("127.0.0.1", port), (SCHOOL,), None))
        # Whatever comes in: the scheme is the one that the settings name.
        ask(port, host="school.example", headers={"X-Forwarded-For": forwarded, "X-Forwarded-Proto": "http"})
        assert seen == [f"{client} https"]
    finally:
        made.stop()


def test_media_come_with_ranges(port, content):
    name = store(content, b"0123456789", "mp4")
    path = f"/content/storage/{name[0]}/{name[1]}/{name}"
    found = ask(port, path, host="school.example", headers={"Range": "bytes=2-4"})
    assert (found.status, found.body, found.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")


def test_html5_resources_come_under_their_own_name_alone(port):
    shim = ask(port, "/shim/storage.js", host="content.school.example")
    assert shim.status == 200
    # The browser speaks https with the proxy: a policy that says http would let nothing load.
    assert "https://content.school.example" in shim.headers["Content-Security-Policy"]
    assert ask(port, "/", host="content.school.example").status == 404
    assert ask(port, "/shim/storage.js", host="school.example").json["path"] == "/shim/storage.js"


def test_without_a_name_for_html5_resources_there_are_none(content, network):
    made = Listeners(small_app, content, addresses=network)
    made.prepare()
    made.serve()
    try:
        port = free_port()
        made.publish(PublicDoor(("127.0.0.1", port), (SCHOOL,), None))
        assert ask(port, host="school.example").json["content"] == ""
        assert ask(port, "/shim/storage.js", host="content.school.example").status == 400
    finally:
        made.stop()


def test_a_taken_port_is_said(listeners):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Conflict):
            listeners.publish(PublicDoor(other.getsockname(), (SCHOOL,), None))


def test_it_closes_with_the_server(listeners, port):
    listeners.stop()
    with pytest.raises(OSError):
        ask(port, host="school.example", seconds=2)
