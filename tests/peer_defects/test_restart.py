"""A server that is started again leaves no cover over the page, and nothing that was typed is lost."""

import socket
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import expect

from kolibri.core.lessons.models import Lesson
from kolibri.server.listeners import Listeners
from tests.schools import School
from tests.screens import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def start(computer: Path, listeners: Listeners) -> Iterator[Callable[[int], Listeners]]:
    """Start a server at a port, as often as the test likes."""
    started = []

    def start(port: int) -> Listeners:
        made = Listeners(get_wsgi_application(), computer / "content", on_worker_exit=connections.close_all)
        made.prepare(port)
        made.serve()
        started.append(made)
        return made

    yield start
    for made in started:
        made.stop()


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_restart_is_noticed_and_healed(visit: Visit, open_school: School, open_lesson: Lesson, start):
    # Its cookies are good at every port of this computer.
    page = visit("/coach/", open_school.coach)
    port = free_port()
    server = start(port)
    page.goto(f"http://127.0.0.1:{port}/coach/lesson/{open_lesson.pk}/")
    server.stop()
    page.get_by_label("Title").fill("Rain and rivers")
    expect(page.locator("#lost")).to_contain_text("does not answer")
    # No cover: whatever lies in the middle of the page is the page's own, and takes typing.
    assert page.evaluate("document.querySelector('main').contains(document.elementFromPoint(innerWidth / 2, 300))")
    page.get_by_label("Note for learners").fill("Bring a jar.")
    start(port)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#saved-state")).to_have_text("Saved")
    open_lesson.refresh_from_db()
    assert (open_lesson.title, open_lesson.description) == ("Rain and rivers", "Bring a jar.")
    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Rain and rivers")
