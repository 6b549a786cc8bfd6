"""Nothing tells who exists: one sentence, one status, the same work for every refusal, at every door."""

from __future__ import annotations

import pytest
from django.test import Client

from kolibri.core.auth import hashers
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device import recovery
from kolibri.core.device.models import DeviceSettings
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser
from tests.signin.conftest import Work

LEARNER, TEACHER = 20, 50
# Who is named, and with which password it is refused.
REFUSED = [
    ("nobody", "wrong"),
    ("nobody", ""),
    ("coach", "wrong"),
    ("coach", ""),
    ("head", "wrong"),
    # A learner with a password, one without, one who is gone.
    ("ben", "wrong"),
    ("amina", "wrong"),
    ("carla", PASSWORD),
    ("", ""),
    ("x" * 300, "wrong"),
    ("coach", "w" * 2000),
    ("coach", PASSWORD + " "),
    ("coach", PASSWORD.upper()),
]


@pytest.fixture
def people(school: School) -> School:
    amina, ben, carla, *_rest = school.learners
    services.set_password(ben, "mountain")
    ben.save()
    services.set_password(carla, PASSWORD)
    carla.date_deleted = carla.date_joined
    carla.save()
    assert hashers.rounds_of(ben.password) == LEARNER
    assert hashers.rounds_of(school.coach.password) == TEACHER
    return school


def allow_names_alone(school: School, allowed: bool) -> None:
    dataset = school.facility.dataset
    dataset.learner_can_login_with_no_password = allowed
    dataset.save()


@pytest.mark.parametrize("names_alone", [True, False])
def test_every_refusal_of_the_page_is_the_same(people: School, work: Work, names_alone: bool) -> None:
    allow_names_alone(people, names_alone)
    seen = set()
    for username, password in REFUSED:
        client = Client()
        client.get("/sign-in/")
        work.take()
        answer = client.post("/sign-in/", {"username": username, "password": password})
        text = answer.content.decode().partition('role="alert">')[2].partition("<")[0]
        seen.add((answer.status_code, text, len(answer.cookies), work.take()))
    sentence = "This name and password do not belong together. Check both, and try again."
    assert seen == {(400, sentence, 0, TEACHER)}


@pytest.mark.parametrize("names_alone", [True, False])
def test_every_refusal_of_the_api_is_the_same(people: School, work: Work, names_alone: bool) -> None:
    allow_names_alone(people, names_alone)
    seen = set()
    for username, password in REFUSED:
        if not 0 < len(username) <= 254:
            continue
        given = {"username": username, "password": password}
        answer = Client().post("/api/session/", given, content_type="application/json")
        headers = {name: value for name, value in answer.headers.items() if name != "Set-Cookie"}
        seen.add((answer.status_code, answer.content, str(sorted(headers.items())), work.take()))
    assert len(seen) == 1
    ((status, body, _headers, rounds),) = seen
    assert (status, rounds) == (400, TEACHER)
    assert b'"code":"invalid_credentials"' in body


def test_a_school_that_is_not_here_is_only_wrong(people: School, work: Work) -> None:
    given = {"username": "coach", "password": PASSWORD, "facility": "0" * 32}
    answer = Client().post("/api/session/", given, content_type="application/json")
    assert answer.json()["errors"][0]["code"] == "invalid_credentials"
    assert work.take() == TEACHER


def test_several_learners_of_one_name_cost_what_one_does(people: School, work: Work) -> None:
    """Duplicates come by sync."""
    twin = people.learners[3]
    FacilityUser.objects.filter(pk=twin.pk).update(username="ben", password=people.learners[1].password)
    assert Client().post("/sign-in/", {"username": "ben", "password": "wrong"}).status_code == 400
    assert work.take() == TEACHER


def test_letters_in_another_form_cost_twice_for_everybody(people: School, work: Work) -> None:
    for username in ("coach", "ben", "amina", "nobody"):
        Client().post("/sign-in/", {"username": username, "password": "cafe\u0301"})
        assert work.take() == 2 * TEACHER


def test_the_right_password_costs_its_own_rounds_only(people: School, work: Work) -> None:
    Client().post("/sign-in/", {"username": "ben", "password": "mountain"})
    assert work.take() == LEARNER
    Client().post("/sign-in/", {"username": "coach", "password": PASSWORD})
    assert work.take() == TEACHER
    allow_names_alone(people, True)
    Client().post("/sign-in/", {"username": "amina", "password": ""})
    assert work.take() == 0


def test_who_has_to_wait_costs_no_work_whoever_is_named(people: School, work: Work) -> None:
    for username in ("coach", "nobody", "amina"):
        client = Client()
        client.get("/sign-in/")
        for _ in range(8):
            client.post("/sign-in/", {"username": username, "password": "wrong"})
        work.take()
        assert client.post("/sign-in/", {"username": username, "password": "wrong"}).status_code == 429
        assert work.take() == 0


def test_the_recovery_page_tells_nothing(people: School, work: Work) -> None:
    make_superuser(people.admin)
    code = recovery.new_code()
    given = [("head", recovery.new_code()), ("nobody", recovery.new_code()), ("nobody", code), ("coach", code)]
    seen = set()
    for kept in (recovery.hash_code(code), ""):
        DeviceSettings.objects.update(recovery_code=kept)
        for username, tried in given:
            work.take()
            values = {"username": username, "code": tried, "password": "seven goats on a hill"}
            answer = Client(REMOTE_ADDR=f"10.0.{len(kept)}.{len(seen)}").post("/setup/recover/", values)
            text = answer.content.decode().partition('id="error-code"')[2].partition("</")[0]
            seen.add((answer.status_code, text, work.take()))
    assert len(seen) == 1
    assert next(iter(seen))[::2] == (400, TEACHER)


def test_nobody_signs_up_or_asks_for_a_name_unsigned(people: School) -> None:
    """There is no door that says whether a username is free, but for those who make people."""
    client = Client()
    for path in ("/api/facilityuser/", "/api/facilityuser/?username=amina", f"/api/facilityuser/{people.learner.pk}/"):
        assert client.get(path).status_code == 403
    given = {"facility": people.facility.pk, "username": "amina"}
    assert client.post("/api/facilityuser/", given, content_type="application/json").status_code == 403


def test_with_rights_a_password_is_always_asked_for(people: School) -> None:
    allow_names_alone(people, True)
    amina = people.learner
    assert Client().post("/sign-in/", {"username": "amina"}).status_code == 302
    for username in ("coach", "head"):
        assert Client().post("/sign-in/", {"username": username}).status_code == 400
    services.give_role(amina, people.classroom, role_kinds.COACH)
    assert Client().post("/sign-in/", {"username": "amina"}).status_code == 400
    make_superuser(people.learners[3])
    assert Client().post("/sign-in/", {"username": "david"}).status_code == 400


def test_a_wrong_password_is_never_let_in_even_where_none_is_needed(people: School) -> None:
    allow_names_alone(people, True)
    for username in ("amina", "ben"):
        assert Client().post("/sign-in/", {"username": username, "password": "wrong"}).status_code == 400
    for text in ("NOT_SPECIFIED", "!", "pbkdf2_sha256", " "):
        assert Client().post("/sign-in/", {"username": "amina", "password": text}).status_code == 400


@pytest.mark.parametrize(
    "kept",
    ["", "NOT_SPECIFIED", "!unusable", "wrong", "md5$a$0cc175b9c0f1b6a831c399e269772661", "pbkdf2_sha256$x$y$z"]
    + ["pbkdf2_sha256$0$salt$aGFzaA==", "pbkdf2_sha256$-5$s$h", "pbkdf2_sha256$99999999999$s$h", "pbkdf2_sha256$5$s"],
)
def test_what_is_no_kept_password_is_nobodys(people: School, work: Work, kept: str) -> None:
    FacilityUser.objects.filter(pk=people.coach.pk).update(password=kept)
    for typed in (PASSWORD, kept, "wrong", ""):
        assert Client().post("/sign-in/", {"username": "coach", "password": typed}).status_code == 400
        assert work.take() == TEACHER
