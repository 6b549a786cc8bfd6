"""`/api/session/`: who am I, sign in, sign out."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from kolibri.core.auth.constants import role_kinds
from tests.schools import PASSWORD
from tests.schools import School

PATH = "/api/session/"


def post(client: Client, values: object, **more: object):
    body = values if isinstance(values, str) else json.dumps(values)
    return client.post(PATH, body, content_type="application/json", **more)


def test_a_session_from_begin_to_end(school: School) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.get(PATH).json() == {"person": None, "csrf_token": ""}
    answer = post(client, {"username": "Coach", "password": PASSWORD})
    assert answer.status_code == 200
    shown = answer.json()
    roles = shown["person"].pop("roles")
    assert {(role["kind"], role["collection"]) for role in roles} == {
        (role_kinds.COACH, school.classroom.pk),
        (role_kinds.ASSIGNABLE_COACH, school.facility.pk),
    }
    assert shown["person"] == {
        "id": school.coach.pk,
        "username": "coach",
        "full_name": "Class Coach",
        "facility": school.facility.pk,
        "is_superuser": False,
    }
    assert answer["Cache-Control"] == "no-store"
    assert client.get(PATH).json()["person"]["id"] == school.coach.pk
    assert client.delete(PATH).status_code == 403
    token = client.get(PATH).json()["csrf_token"]
    ended = client.delete(PATH, headers={"X-CSRFToken": token})
    assert (ended.status_code, ended.content) == (204, b"")
    assert client.get(PATH).json()["person"] is None


def test_the_token_of_the_answer_is_good_for_writes(school: School) -> None:
    client = Client(enforce_csrf_checks=True)
    token = post(client, {"username": "head", "password": PASSWORD}).json()["csrf_token"]
    new = json.dumps({"name": "Grade 5", "parent": school.facility.pk})
    path = "/api/classroom/"
    assert client.post(path, new, content_type="application/json").status_code == 403
    made = client.post(path, new, content_type="application/json", headers={"X-CSRFToken": token})
    assert made.status_code == 201


def test_another_site_can_sign_nobody_in(school: School) -> None:
    """Its forms cannot send JSON, and its scripts may not ask."""
    client = Client(enforce_csrf_checks=True)
    values = {"username": "coach", "password": PASSWORD}
    assert client.post(PATH, values).status_code == 415
    assert client.post(PATH, json.dumps(values), content_type="text/plain").status_code == 415
    assert client.get(PATH).json()["person"] is None
    post(client, values)
    # Whoever is signed in is not made somebody else without a token.
    assert post(client, {"username": "head", "password": PASSWORD}).status_code == 403
    assert client.get(PATH).json()["person"]["username"] == "coach"


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({}, "required", "username"),
        ({"username": ""}, "blank", "username"),
        ({"username": None}, "null", "username"),
        ({"username": ["coach"]}, "invalid", "username"),
        ({"username": "x" * 255}, "max_length", "username"),
        ({"username": "a\x00b"}, "null_characters_not_allowed", "username"),
        ({"username": "coach", "password": {"a": 1}}, "invalid", "password"),
        ({"username": "coach", "password": None}, "null", "password"),
        ({"username": "coach", "password": "a\ud800"}, "surrogate_characters_not_allowed", "password"),
        ({"username": "coach", "facility": "nope"}, "invalid", "facility"),
        ({"username": "coach", "stay": "perhaps"}, "invalid", "stay"),
        ([], "invalid", ""),
        ("{", "invalid", ""),
        ("null", "null", ""),
        ({"username": "coach"}, "invalid_credentials", ""),
        ({"username": "coach", "password": "wrong"}, "invalid_credentials", ""),
    ],
)
def test_what_is_wrong_is_named(school: School, values: object, code: str, field: str) -> None:
    answer = post(Client(), values)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["code"], error["field"]) == (code, field)
    assert error["message"]


def test_no_answer_holds_a_password_or_a_hash(school: School) -> None:
    client = Client()
    for values in ({"username": "coach", "password": PASSWORD}, {"username": "coach", "password": "wrong-one"}):
        text = post(client, values).content.decode()
        assert PASSWORD not in text and "wrong-one" not in text and "pbkdf2" not in text


def test_a_learner_signs_in_by_name_alone(school: School) -> None:
    assert post(Client(), {"username": "amina"}).json()["person"]["username"] == "amina"
    assert post(Client(), {"username": "amina", "password": ""}).status_code == 200


def test_the_school_may_be_named(school: School, other_school: School) -> None:
    values = {"username": "v_coach", "password": PASSWORD}
    assert post(Client(), values).status_code == 400
    answer = post(Client(), {**values, "facility": other_school.facility.pk})
    assert answer.json()["person"]["facility"] == other_school.facility.pk
    assert post(Client(), {**values, "facility": school.facility.pk}).status_code == 400


@pytest.mark.parametrize("method", ["put", "patch"])
def test_other_methods_are_none(school: School, method: str) -> None:
    assert getattr(Client(), method)(PATH, "{}", content_type="application/json").status_code == 405


def test_the_language_is_the_requests(school: School) -> None:
    client = Client()
    client.post("/language/", {"language": "fr", "next": "/sign-in/"})
    answer = post(client, {"username": "coach", "password": "wrong"})
    assert answer.json()["errors"][0]["message"].startswith("Ce nom")


def test_who_am_i_costs_a_session_a_person_and_their_roles(school: School, django_assert_num_queries) -> None:
    client = Client()
    post(client, {"username": "coach", "password": PASSWORD})
    client.get(PATH)
    with django_assert_num_queries(3):
        client.get(PATH)
    with django_assert_num_queries(0):
        Client().get(PATH)
