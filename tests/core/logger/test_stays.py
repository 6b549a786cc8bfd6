"""Each sign-in is a stay, which lasts as long as its person does something."""

import datetime

import pytest
from django.core.cache import cache
from django.db import DatabaseError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.fields import local_now
from kolibri.core.logger import stays
from kolibri.core.logger.models import UserSessionLog
from tests.schools import PASSWORD

TABLET = "Mozilla/5.0 (Linux; Android 13; SM-T500) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"


def at_door(username: str, password: str = "") -> Client:
    client = Client(headers={"User-Agent": TABLET})
    assert client.post("/sign-in/", {"username": username, "password": password}).status_code == 302
    return client


def later(stay: UserSessionLog, **time: int) -> None:
    """Let the time pass since the stay was written last."""
    moment = stay.last_interaction_timestamp - datetime.timedelta(**time)
    UserSessionLog.objects.filter(pk=stay.pk).update(last_interaction_timestamp=moment)
    cache.clear()


def test_a_sign_in_is_a_stay_as_the_schema_has_it(school):
    before = local_now()
    at_door("amina")
    stay = UserSessionLog.objects.get()
    assert stay.user == school.learner and stay.device_info == "Android,13/Chrome,126"
    assert before <= stay.start_timestamp == stay.last_interaction_timestamp
    assert (stay.channels, stay.pages) == ("", "")
    assert stay._morango_partition == f"{school.facility.dataset_id}:user-rw:{school.learner.pk}"
    # Nobody who is refused, and nobody who only looks, has been here.
    Client().post("/sign-in/", {"username": "coach", "password": "wrong"})
    Client().get("/sign-in/")
    assert UserSessionLog.objects.count() == 1


def test_what_people_do_makes_it_longer_but_not_at_each_request(school):
    client = at_door("coach", PASSWORD)
    stay = UserSessionLog.objects.get()
    with CaptureQueriesContext(connection) as queries:
        client.get("/coach/?stay")
    assert not [query for query in queries if "usersessionlog" in query["sql"]]
    later(stay, minutes=3)
    client.get("/coach/?stay")
    stay.refresh_from_db()
    assert local_now() - stay.last_interaction_timestamp < datetime.timedelta(minutes=1)
    assert UserSessionLog.objects.count() == 1


def test_after_a_pause_it_is_another_one(school):
    client = at_door("coach", PASSWORD)
    first = UserSessionLog.objects.get()
    later(first, minutes=6)
    client.get("/coach/?stay")
    second = UserSessionLog.objects.exclude(pk=first.pk).get()
    later(second, minutes=2)
    client.get("/coach/?stay")
    assert UserSessionLog.objects.count() == 2


def test_a_page_that_looks_for_news_by_itself_is_nobody(school):
    client = at_door("coach", PASSWORD)
    stay = UserSessionLog.objects.get()
    later(stay, minutes=3)
    client.get("/coach/?stay", headers={"HX-Request": "true"})
    client.get("/static/nothing.css")
    assert local_now() - UserSessionLog.objects.get().last_interaction_timestamp > datetime.timedelta(minutes=2)


def test_who_has_signed_out_is_not_here(school):
    client = at_door("amina")
    later(UserSessionLog.objects.get(), minutes=3)
    client.post("/sign-out/")
    client.get("/sign-in/")
    assert local_now() - UserSessionLog.objects.get().last_interaction_timestamp > datetime.timedelta(minutes=2)


def test_a_stay_that_cannot_be_written_spoils_no_page(school, monkeypatch):
    client = at_door("coach", PASSWORD)
    later(UserSessionLog.objects.get(), minutes=3)

    def full(*args: object) -> None:
        raise DatabaseError("disk full")

    monkeypatch.setattr(stays, "_write", full)
    assert client.get("/coach/?stay", follow=True).status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "told"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0", "Windows,10/Firefox,128"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Edg/120.0", "Linux,/Edge,120"),
        ("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) Version/16.6 Mobile/15E148 Safari/604.1", "iOS,16/Safari,16"),
        ("", ",/,"),
        ("x" * 100_000, ",/,"),
    ],
)
def test_a_device_is_told_as_peers_tell_it(user_agent, told):
    assert stays.device_info(user_agent) == told
