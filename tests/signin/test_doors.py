"""Who is kept out by whose guessing: phones, routers, classes, the sign-in page and the API."""

from __future__ import annotations

import pytest
from django.test import Client

from kolibri.core.auth import services
from kolibri.core.auth.models import Guesses
from tests.schools import PASSWORD
from tests.schools import School
from tests.signin.conftest import Clock
from tests.signin.conftest import phone
from tests.signin.conftest import send
from tests.signin.conftest import sign_out
from tests.signin.conftest import type_in


@pytest.fixture
def guarded(school: School) -> School:
    """The school, where learners have passwords."""
    services.set_password(school.learner, "river")
    school.learner.save()
    dataset = school.facility.dataset
    dataset.learner_can_login_with_no_password = False
    dataset.save()
    return school


def guess_until_stopped(client: Client, username: str, most: int = 400) -> int:
    """Return how many wrong passwords were let through before the first 429."""
    for count in range(most):
        if type_in(client, username, f"wrong {count}") == 429:
            return count
    return most


def test_a_phone_that_guesses_waits(guarded: School, clock: Clock) -> None:
    naughty = phone()
    assert guess_until_stopped(naughty, "amina") == 8
    assert type_in(naughty, "amina", "river") == 429
    clock.pass_(15)
    assert type_in(naughty, "amina", "river") == 302


def test_one_learner_cannot_lock_out_another(guarded: School, clock: Clock) -> None:
    """Neither from the phone that she has used before, nor from a new one, behind one router."""
    own = phone()
    assert type_in(own, "amina", "river") == 302
    sign_out(own)
    naughty = phone()
    for _ in range(200):
        type_in(naughty, "amina", "wrong")
        clock.pass_(30)
    assert type_in(own, "amina", "river") == 302
    assert type_in(phone(), "amina", "river") == 302


def test_a_script_without_cookies_is_one_device(guarded: School, clock: Clock) -> None:
    guesses = 0
    while type_in(phone(opened=False), "amina", "wrong") == 400:
        guesses += 1
    assert guesses == 8
    assert type_in(phone(), "amina", "river") == 302


def test_a_new_cookie_for_each_guess_gains_little(guarded: School, clock: Clock) -> None:
    own = phone()
    type_in(own, "amina", "river")
    sign_out(own)
    guesses = 0
    while type_in(phone(), "amina", "wrong") == 400:
        guesses += 1
    assert guesses == 60
    # The address is full for that name; other names there, and who was here before, go on.
    assert type_in(phone(), "amina", "river") == 429
    assert type_in(own, "amina", "river") == 302
    assert type_in(phone(), "coach", PASSWORD) == 302
    assert type_in(phone("203.0.113.8"), "amina", "river") == 302


def test_all_addresses_together_have_one_ceiling_for_a_name(guarded: School, clock: Clock) -> None:
    own = phone()
    type_in(own, "amina", "river")
    sign_out(own)
    guesses = 0
    for number in range(40):
        for _ in range(5):
            guesses += send(phone(f"198.51.100.{number}", opened=False), "amina", "wrong") == 400
    assert guesses == 120
    assert type_in(phone("192.0.2.1"), "amina", "river") == 429
    assert type_in(own, "amina", "river") == 302


def test_a_class_behind_one_router_makes_its_mistakes(guarded: School, clock: Clock) -> None:
    """Fifty phones on their first day, each wrong seven times within the same minute, are all let in."""
    people = services.add_learners(guarded.classroom, [(f"Learner {n}", f"learner{n}") for n in range(50)])
    for person in people:
        services.set_password(person, f"word-{person.username}")
        person.save()
    phones = [phone() for _ in people]
    for attempt in range(7):
        for client, person in zip(phones, people, strict=True):
            assert send(client, person.username, f"oops {attempt}") == 400
    clock.pass_(60)
    for client, person in zip(phones, people, strict=True):
        assert send(client, person.username, f"word-{person.username}") == 200


def test_one_account_for_the_whole_class_stands_a_mistake_of_each(guarded: School, clock: Clock) -> None:
    phones = [phone() for _ in range(50)]
    assert [type_in(client, "amina", "riber") for client in phones] == [400] * 50
    assert [type_in(client, "amina", "river") for client in phones] == [302] * 50


def test_many_names_from_one_address_end_at_some_point(guarded: School, clock: Clock) -> None:
    guesses = 0
    while send(phone(opened=False), f"name{guesses}", "12345678") == 400:
        guesses += 1
    assert guesses == 600
    clock.pass_(3600)
    more = 0
    while send(phone(opened=False), f"more{more}", "12345678") == 400:
        more += 1
    assert more <= 400


def test_an_ipv6_network_is_one_address(guarded: School, clock: Clock) -> None:
    guesses = 0
    while type_in(phone(f"2001:db8::{guesses:x}", opened=False), "amina", "wrong") == 400:
        guesses += 1
    assert guesses == 8
    assert type_in(phone("2001:db8:1::1", opened=False), "amina", "river") == 302


def test_spellings_of_a_name_share_one_count(guarded: School, clock: Clock) -> None:
    names = ["amina", "AMINA", " Amina ", "ａｍｉｎａ", "aMina", "amiNA", "AMIna", "Amina"]
    client = phone()
    assert [type_in(client, name, "wrong") for name in names] == [400] * 8
    assert [type_in(client, name, "wrong") for name in names] == [429] * 8


def test_a_forged_cookie_names_no_device(guarded: School, clock: Clock, settings) -> None:
    own = phone()
    type_in(own, "amina", "river")
    name = settings.KOLIBRI_DEVICE_COOKIE_NAME
    value = own.cookies[name].value
    device, _, signature = value.partition(":")
    for forged in (f"{device}x:{signature}", device, f"{device}:", "", ":::", "é"):
        client = phone(opened=False)
        for _ in range(8):
            client.cookies[name] = forged
            type_in(client, "amina", "wrong")
        client.cookies[name] = forged
        assert type_in(client, "amina", "river") == 429
        Guesses.objects.all().delete()


def test_a_stolen_cookie_brings_one_lane_and_no_more(guarded: School, clock: Clock, settings) -> None:
    own = phone()
    type_in(own, "amina", "river")
    name = settings.KOLIBRI_DEVICE_COOKIE_NAME
    guesses = 0
    while True:
        thief = phone(f"198.51.100.{guesses}", opened=False)
        thief.cookies[name] = own.cookies[name].value
        if type_in(thief, "amina", "wrong") == 429:
            break
        guesses += 1
    assert guesses == 10


def test_a_tablet_that_goes_round_knows_all_who_had_it(guarded: School, clock: Clock) -> None:
    tablet = phone()
    for username, password in (("amina", "river"), ("coach", PASSWORD), ("head", PASSWORD)):
        assert type_in(tablet, username, password) == 302
        sign_out(tablet)
    for address in range(60):
        for _ in range(4):
            send(phone(f"198.51.100.{address}", opened=False), "coach", "wrong")
    assert type_in(phone("192.0.2.1"), "coach", PASSWORD) == 429
    assert type_in(tablet, "coach", PASSWORD) == 302


def test_the_device_cookie_is_for_the_server_alone(guarded: School, settings) -> None:
    client = phone()
    type_in(client, "amina", "river")
    cookie = client.cookies[settings.KOLIBRI_DEVICE_COOKIE_NAME]
    assert cookie["httponly"] and cookie["samesite"] == "Strict" and cookie["path"] == "/"
    assert "amina" not in cookie.value and len(cookie.value) < 200


def test_right_passwords_write_nothing_to_the_counts(guarded: School) -> None:
    for username, password in (("amina", "river"), ("coach", PASSWORD)):
        assert type_in(phone(), username, password) == 302
    assert not Guesses.objects.exists()


@pytest.mark.parametrize("door", ["page", "api"])
def test_the_refusal_says_when(guarded: School, clock: Clock, door: str) -> None:
    client = phone()
    guess_until_stopped(client, "amina")
    given = {"username": "amina", "password": "river"}
    if door == "page":
        answer = client.post("/sign-in/", given)
        assert "Too many wrong tries. Try again in 15 seconds." in answer.content.decode()
    else:
        answer = client.post("/api/session/", given, content_type="application/json")
        sentence = "Too many wrong tries. Try again in 15 seconds."
        assert answer.json() == {"errors": [{"code": "throttled", "field": "", "message": sentence}]}
    assert answer.status_code == 429
    assert answer["Retry-After"] == "15"


def test_page_and_api_count_together(guarded: School, clock: Clock) -> None:
    client = phone()
    statuses = []
    for _ in range(5):
        statuses.append(type_in(client, "amina", "wrong"))
        given = {"username": "amina", "password": "wrong"}
        statuses.append(client.post("/api/session/", given, content_type="application/json").status_code)
    assert statuses == [400] * 8 + [429] * 2


def test_without_the_limits_nobody_would_be_stopped(guarded: School, clock: Clock, monkeypatch) -> None:
    """The tests above can fail."""
    monkeypatch.setattr("kolibri.core.auth.signing_in_limits.Ticket.failed", lambda self: None)
    assert guess_until_stopped(phone(), "amina", most=100) == 100
