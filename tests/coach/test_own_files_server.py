"""Large files at the product's own listener: past the limit of other addresses, and answered when refused early."""

from __future__ import annotations

import http.client
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.test import Client

from kolibri.core.content.own import limits
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from kolibri.server.connections import MOST_BODY
from kolibri.server.listeners import Listeners
from tests.coach.lesson_editor import address
from tests.schools import School
from tests.sticks import files

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="Big.pdf"\r\n\r\n'
PIECE = bytes(1024 * 1024)


@pytest.fixture
def bare_lesson(open_school: School) -> Lesson:
    return lessons.create_lesson(open_school.coach, collection=open_school.classroom, title="Rain")


def send(listeners: Listeners, lesson: Lesson, client: Client, pieces: int, length: int = 0) -> tuple[int, str]:
    """Send a PDF of so many megabytes, or only say that it has `length`; return the answer."""
    page = client.get(address("lesson", lesson)).content.decode()
    token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0].encode()
    begin = HEAD % (b"csrfmiddlewaretoken", token) + FILE + files.pdf("Big")
    end = b"\r\n--x--\r\n"
    cookie = client.cookies.get(settings.SESSION_COOKIE_NAME)
    headers = {
        "Content-Type": "multipart/form-data; boundary=x",
        "Content-Length": str(length or len(begin) + pieces * len(PIECE) + len(end)),
        "HX-Request": "true",
        "Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie.value if cookie else ''}",
    }

    def body() -> Iterator[bytes]:
        yield begin
        for _piece in range(pieces):
            yield PIECE
        yield end

    connection = http.client.HTTPConnection("127.0.0.1", listeners.port, timeout=60)
    connection.request("POST", address("own-files", lesson), body=None if length else body(), headers=headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def test_a_file_past_the_limit_of_other_addresses(
    listeners: Listeners, bare_lesson: Lesson, open_school: School
) -> None:
    client = Client()
    client.force_login(open_school.coach)
    status, text = send(listeners, bare_lesson, client, MOST_BODY // len(PIECE) + 2)
    assert status == 200, text
    bare_lesson.refresh_from_db()
    assert len(bare_lesson.resources) == 1


def test_too_much_is_said_before_it_is_sent(listeners: Listeners, bare_lesson: Lesson, open_school: School) -> None:
    client = Client()
    client.force_login(open_school.coach)
    status, text = send(listeners, bare_lesson, client, 0, length=limits.MOST_SENT + 1)
    assert status == 422 and "At most" in text


def test_who_is_refused_early_gets_the_answer(
    listeners: Listeners, bare_lesson: Lesson, open_school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client()
    client.force_login(open_school.coach)
    monkeypatch.setattr("kolibri.core.content.disk.SPARE", 2**60)
    status, text = send(listeners, bare_lesson, client, 8)
    assert status == 422 and "are free on the computer" in text
    learner = Client()
    learner.force_login(open_school.learner)
    assert send(listeners, bare_lesson, learner, 8)[0] == 403
