"""A person keeps the language that they chose, on every device; the door keeps its own."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import PersonSettings
from kolibri.core.device.models import DeviceSettings
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_school
from tests.schools import make_superuser
from tests.signin.conftest import phone
from tests.signin.conftest import sign_out
from tests.signin.conftest import type_in

DOOR = "/sign-in/?with=username"


def spoken(client: Client, address: str = "/settings-of-nobody/") -> str:
    return client.get(address)["Content-Language"]


def enter(username: str, password: str = "") -> Client:
    client = phone()
    assert type_in(client, username, password) == 302
    return client


def choose(client: Client, code: str) -> None:
    assert client.post("/language/", {"language": code, "next": "/"}).status_code == 302


@pytest.fixture(autouse=True)
def computer_in_english(school: School) -> None:
    DeviceSettings.objects.update_or_create(defaults={"is_provisioned": True, "language": "en"})


def test_the_language_waits_on_every_other_device(school: School) -> None:
    at_school = enter("coach", PASSWORD)
    choose(at_school, "ar")
    assert spoken(at_school) == "ar"
    elsewhere = phone()
    assert spoken(elsewhere, DOOR) == "en"
    assert type_in(elsewhere, "coach", PASSWORD) == 302
    assert spoken(elsewhere) == "ar"
    assert '<html lang="ar" dir="rtl">' in elsewhere.get("/", follow=True).content.decode()
    assert spoken(enter("ben")) == "en"


def test_signing_out_goes_back_to_the_door_s_language(school: School) -> None:
    shared = phone()
    choose(shared, "fr")
    assert spoken(shared, DOOR) == "fr"
    type_in(shared, "amina")
    assert spoken(shared) == "fr"
    choose(shared, "sw")
    assert spoken(shared) == "sw"
    sign_out(shared)
    assert spoken(shared, DOOR) == "fr"
    type_in(shared, "ben")
    assert spoken(shared) == "fr"
    # The next one need not sign out first.
    type_in(shared, "amina")
    assert spoken(shared) == "sw"
    type_in(shared, "ben")
    assert spoken(shared) == "fr"


def test_by_the_api_it_is_the_same(school: School) -> None:
    choose(enter("amina"), "es")
    client = Client()
    client.post("/api/session/", {"username": "amina", "password": ""}, content_type="application/json")
    assert spoken(client) == "es"


def test_choosing_twice_keeps_one_record_of_the_person_s(school: School) -> None:
    client = enter("amina")
    for code in ("es", "pt", "pt", "xx", ""):
        choose(client, code)
    kept = PersonSettings.objects.get()
    assert (kept.user, kept.language) == (school.learner, "pt")
    assert kept._morango_partition == f"{school.facility.dataset_id}:user-rw:{school.learner.pk}"
    assert kept._morango_source_id == school.learner.pk
    assert PersonSettings.deserialize(kept.serialize()).serialize() == kept.serialize()


def test_a_language_of_a_peer_that_is_not_spoken_here_counts_for_nothing(school: School) -> None:
    PersonSettings.objects.create(user=school.learner, language="hi-in")
    assert spoken(enter("amina")) == "en"


def test_it_is_nobody_else_s_to_read(school: School) -> None:
    choose(enter("amina"), "es")
    other = make_school("Sea School", prefix="sea_")
    readers = {person: PersonSettings.readable_by(person).count() for person in (school.learner, school.admin)}
    assert readers == {school.learner: 1, school.admin: 0}
    kept = PersonSettings.objects.get()
    assert PersonSettings.permissions.can_write(school.learner, kept)
    assert not PersonSettings.permissions.can_write(other.admin, kept)
    runs = make_superuser(FacilityUser.objects.get(pk=other.admin.pk))
    assert PersonSettings.permissions.can_write(runs, kept)


@pytest.mark.parametrize("speaks", ["", "sw"])
def test_pages_cost_no_query_more_for_it(school: School, speaks: str) -> None:
    client = enter("coach", PASSWORD)
    if speaks:
        choose(client, speaks)
        client = enter("coach", PASSWORD)
    client.get("/coach/")
    with CaptureQueriesContext(connection) as asked:
        assert client.get("/help/").status_code == 200
    assert not [one for one in asked if "personsettings" in one["sql"]]
    assert len([one for one in asked if "django_session" in one["sql"]]) == 1
