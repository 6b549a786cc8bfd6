"""What else is guessed at: the code on paper, the window's one-time key, the end of the wizard."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from kolibri.core.device import recovery
from kolibri.core.device import window_key
from kolibri.core.device.models import DeviceSettings
from kolibri.errors import TooOften
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser
from tests.signin.conftest import Clock

NEW = "seven goats on a hill"


@pytest.fixture
def code(school: School) -> str:
    """The recovery code of the school's superuser, `head`."""
    make_superuser(school.admin)
    code = recovery.new_code()
    DeviceSettings.objects.update(recovery_code=recovery.hash_code(code))
    return code


def recover(code: str, address: str = "10.0.0.7", username: str = "head"):
    values = {"username": username, "code": code, "password": NEW}
    return Client(REMOTE_ADDR=address).post("/setup/recover/", values)


def test_codes_are_guessed_slowly_also_after_a_restart(code: str, clock: Clock) -> None:
    for _ in range(5):
        assert recover(recovery.new_code()).status_code == 400
    cache.clear()
    answer = recover(code)
    assert answer.status_code == 429
    assert answer["Retry-After"] == "60"
    assert "Too many wrong tries. Try again in 60 seconds." in answer.content.decode()
    clock.pass_(60)
    assert recover(code).status_code == 302


def test_a_day_of_codes_is_about_a_hundred(code: str, clock: Clock) -> None:
    tried, ends = 0, clock.now + 24 * 3600
    while clock.now < ends:
        try:
            ticket = recovery.limits.enter([recovery.lane("10.0.0.7")])
        except TooOften as error:
            clock.pass_(error.wait)
            continue
        ticket.failed()
        tried += 1
    assert tried < 110


def test_nobody_keeps_the_owner_from_the_code_elsewhere(code: str, clock: Clock) -> None:
    for number in range(200):
        recover(recovery.new_code(), f"10.0.{number}.1")
        recover(recovery.new_code(), "10.0.0.7")
    assert recover(code, "127.0.0.1").status_code == 302


def test_the_code_opens_a_session_under_a_new_key_and_ends_the_old_ones(code: str, school: School) -> None:
    old = Client()
    old.force_login(school.admin)
    assert old.get("/api/session/").json()["person"]
    client = Client(REMOTE_ADDR="10.0.0.8")
    planted = client.session
    planted["a"] = 1
    planted.save()
    before = planted.session_key
    client.post("/setup/recover/", {"username": "head", "code": code, "password": NEW})
    assert client.session.session_key != before
    assert client.get("/api/session/").json()["person"]["username"] == "head"
    assert old.get("/api/session/").json()["person"] is None
    assert not FacilityUser.objects.get(username="head").check_password(PASSWORD)


def test_guessing_keys_neither_opens_the_window_nor_locks_it() -> None:
    """256 bits need no limit; one that counted wrong keys would let any page in a browser lock the window."""
    key = window_key.issue()
    assert not any(window_key.redeem(f"guess {number}") for number in range(10_000))
    assert window_key.redeem(key)
    assert not window_key.redeem(key)
    assert len(key) >= 43


def test_a_wrong_key_at_the_door_is_refused(school: School) -> None:
    client = Client(**{"kolibri.listener": "window"})
    for _ in range(20):
        assert client.get("/window/enter?key=guess").status_code == 403
    key = window_key.issue()
    assert Client(**{"kolibri.listener": "class"}).get(f"/window/enter?key={key}").status_code == 403
    assert client.get(f"/window/enter?key={key}").status_code == 302


def test_the_end_of_the_wizard_signs_in_no_other_session(school: School) -> None:
    cache.set("setup:guessed", object(), 60)
    client = Client()
    session = client.session
    session["setup"] = "another mark"
    session.save()
    client.get("/setup/finish/")
    assert client.get("/api/session/").json()["person"] is None
