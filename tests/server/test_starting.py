"""What the window shows before the server is ready, and when it could not become so."""

import re
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from kolibri.core.backup.remedies import Remedy
from kolibri.server.listeners import Listeners
from kolibri.server.starting import Front
from tests.server.conftest import Network
from tests.server.conftest import ask
from tests.server.conftest import small_app


class Begun:
    """A front behind real listeners, and how often its button was pressed."""

    def __init__(self, content: Path, network: Network) -> None:
        self.pressed = 0
        self.front = Front(self.press)
        self.listeners = Listeners(self.front, content, addresses=network)
        self.listeners.prepare()
        self.listeners.serve()

    def press(self, first: Callable[[], None] | None = None) -> None:
        self.pressed += 1
        if first:
            first()
        self.front.starting()


@pytest.fixture
def begun(content: Path, network: Network) -> Iterator[Begun]:
    made = Begun(content, network)
    yield made
    made.listeners.stop()


def test_an_early_request_gets_a_page_that_asks_again(begun: Begun) -> None:
    answer = ask(begun.listeners.port, "/window/enter?key=k")
    assert answer.status == 200
    assert b'http-equiv="refresh"' in answer.body
    assert b"starting" in answer.body
    assert b"key" not in answer.body
    assert ask(begun.listeners.port, method="POST", body=b"").status == 503
    begun.front.ready(small_app)
    assert ask(begun.listeners.port, "/later").json["path"] == "/later"


def test_a_long_step_is_named(begun: Begun) -> None:
    begun.front.starting("Your data is being upgraded.")
    assert b"Your data is being upgraded." in ask(begun.listeners.port).body


def test_a_failure_gives_reason_place_and_button(begun: Begun, tmp_path: Path) -> None:
    begun.front.failed("The disk <b>is</b> full.", tmp_path / "kolibri.log")
    page = ask(begun.listeners.port).body.decode()
    assert "The disk &lt;b&gt;is&lt;/b&gt; full." in page
    assert str(tmp_path / "kolibri.log") in page
    (button,) = re.findall(r'action="([^"]+)"', page)
    assert ask(begun.listeners.port, "/start/retry/guess", method="POST", body=b"").status == 503
    assert begun.pressed == 0
    answer = ask(begun.listeners.port, button, method="POST", body=b"")
    assert (answer.status, answer.headers["Location"], begun.pressed) == (303, "/", 1)
    assert "starting" in ask(begun.listeners.port).body.decode()
    assert ask(begun.listeners.port, button, method="POST", body=b"").status in (303, 503)
    assert begun.pressed == 1


def test_what_can_be_done_has_a_button_each(begun: Begun) -> None:
    done = []
    remedies = [Remedy("Bring <it> back", lambda: done.append("back")), Remedy("Begin", lambda: done.append("anew"))]
    begun.front.failed("Your data is missing.", None, remedies)
    page = ask(begun.listeners.port).body.decode()
    assert re.findall(r">([^<]+)</button>", page) == ["Bring &lt;it&gt; back", "Begin", "Try again"]
    first, second, again = re.findall(r'action="([^"]+)"', page)
    ask(begun.listeners.port, second, method="POST", body=b"")
    assert (done, begun.pressed) == (["anew"], 1)
    begun.front.failed("Your data is missing.", None, remedies)
    ask(begun.listeners.port, again, method="POST", body=b"")
    begun.front.failed("Your data is missing.", None)
    ask(begun.listeners.port, first, method="POST", body=b"")
    assert (done, begun.pressed) == (["anew"], 3), "what is not offered any more is not done"


def test_the_class_learns_nothing_of_a_failure(begun: Begun, tmp_path: Path) -> None:
    begun.front.failed("secret reason", tmp_path)
    shared = begun.listeners.share()
    answer = ask(shared.port)
    assert answer.status == 503
    assert b"secret" not in answer.body
