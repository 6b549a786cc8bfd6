"""Fifty phones sign in at once at the class's own listener: real sockets, threads and database."""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
import requests
from django.conf import settings as django_settings
from django.contrib.auth import hashers as django_hashers
from django.contrib.sessions.models import Session
from django.db import connection

from kolibri.core.auth import services
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Guesses
from kolibri.server.listeners import Listeners
from tests.schools import School

PHONES = 50
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Hashing:
    """How many hashes are worked on at one time, and whether any of them inside a transaction."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self.now, self.most, self.in_transaction = 0, 0, 0, False
        self._lock = threading.Lock()
        self._real = django_hashers.pbkdf2
        monkeypatch.setattr(django_hashers, "pbkdf2", self._counted)

    def _counted(self, *args: Any, **kwargs: Any) -> bytes:
        with self._lock:
            self.count += 1
            self.now += 1
            self.most = max(self.most, self.now)
            self.in_transaction |= connection.in_atomic_block
        try:
            # Long enough for another one to begin meanwhile, if nothing keeps it from that.
            time.sleep(0.05)
            return self._real(*args, **kwargs)
        finally:
            with self._lock:
                self.now -= 1


def by_page(phone: requests.Session, origin: str, username: str, password: str) -> int:
    token = TOKEN.search(phone.get(f"{origin}/sign-in/", timeout=60).text)
    assert token
    values = {"username": username, "password": password, "csrfmiddlewaretoken": token[1]}
    return phone.post(f"{origin}/sign-in/", values, allow_redirects=False, timeout=60).status_code


def by_api(phone: requests.Session, origin: str, username: str, password: str) -> int:
    values = {"username": username, "password": password}
    return phone.post(f"{origin}/api/session/", json=values, timeout=60).status_code


def all_at_once(tasks: list[Any]) -> list[Any]:
    answers: list[Any] = [None] * len(tasks)
    begin = threading.Barrier(len(tasks))

    def run(place: int) -> None:
        begin.wait()
        answers[place] = tasks[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def learners(open_school: School) -> list[FacilityUser]:
    people = services.add_learners(open_school.classroom, [(f"Learner {n}", f"learner{n}") for n in range(PHONES)])
    for person in people:
        services.set_password(person, f"word-{person.username}")
        person.save()
    return people


def test_fifty_phones_behind_one_router_sign_in_at_once(
    listeners: Listeners, learners: list[FacilityUser], monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = f"http://127.0.0.1:{listeners.share().port}"
    hashing = Hashing(monkeypatch)
    phones = [requests.Session() for _ in learners]
    tasks = [
        lambda phone=phone, person=person, way=way: way(phone, origin, person.username, f"word-{person.username}")
        for phone, person, way in zip(phones, learners, [by_page, by_api] * (PHONES // 2), strict=True)
    ]
    assert all_at_once(tasks) == [302, 200] * (PHONES // 2)
    assert hashing.count == PHONES
    assert hashing.most >= 2, "nothing makes one sign-in wait for another's hash"
    assert not hashing.in_transaction
    assert not Guesses.objects.exists()
    shown = [phone.get(f"{origin}/api/session/", timeout=60).json()["person"]["username"] for phone in phones]
    assert shown == [person.username for person in learners]
    assert len({phone.cookies[django_settings.SESSION_COOKIE_NAME] for phone in phones}) == PHONES
    assert FacilityUser.objects.filter(last_login__isnull=False).count() == PHONES


def test_fifty_guesses_at_once_are_all_counted(listeners: Listeners, learners: list[FacilityUser]) -> None:
    """Guessing in parallel is answered without an error, and is paid for afterwards."""
    origin = f"http://127.0.0.1:{listeners.share().port}"
    name = learners[0].username
    tasks = [lambda n=n: by_api(requests.Session(), origin, name, f"wrong {n}") for n in range(PHONES)]
    answers = all_at_once(tasks)
    assert set(answers) <= {400, 429}
    # Cold, at most as many get through as there are workers; warm, each is counted before it is made.
    assert answers.count(400) <= 8 + 24
    assert by_api(requests.Session(), origin, name, f"word-{name}") == 429
    # Its owner, with the page before him, is let in by another door of the same router.
    own = requests.Session()
    assert by_page(own, origin, name, f"word-{name}") == 302
    assert Session.objects.exists()


@pytest.mark.alone
def test_waiting_holds_no_worker(listeners: Listeners, learners: list[FacilityUser]) -> None:
    """Whoever has to wait is told so at once: nothing sleeps in the server."""
    origin = f"http://127.0.0.1:{listeners.share().port}"
    phone = requests.Session()
    phone.get(f"{origin}/sign-in/", timeout=60)
    while by_api(phone, origin, "learner1", "wrong") == 400:
        pass
    began = time.monotonic()
    answers = all_at_once([lambda: by_api(phone, origin, "learner1", "wrong") for _ in range(30)])
    assert answers == [429] * 30
    # Each of them has to wait for 15 s; held back, one worker in 24 would be busy all that time.
    assert time.monotonic() - began < 10
