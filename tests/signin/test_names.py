"""Usernames as people type them: without regard to case and to how a letter was put together."""

from __future__ import annotations

import unicodedata

import pytest
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from tests.schools import PASSWORD
from tests.schools import School


def signs_in(username: str) -> bool:
    return Client().post("/sign-in/", {"username": username, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize(
    ("kept", "typed"),
    [
        ("coach", "COACH"),
        ("coach", "  coach "),
        ("coach", "ｃｏａｃｈ"),
        ("Élodie", "élodie"),
        ("élodie", "ÉLODIE"),
        ("José", unicodedata.normalize("NFD", "josé")),
        (unicodedata.normalize("NFD", "josé"), "JOSÉ"),
        ("أحمد", "أحمد"),
        ("a_b", "A_B"),
        ("Weiß", "weiß"),
    ],
)
def test_a_name_is_found(school: School, kept: str, typed: str) -> None:
    FacilityUser.objects.filter(pk=school.coach.pk).update(username=kept)
    assert signs_in(typed)


@pytest.mark.parametrize(
    ("kept", "typed"),
    [("a_b", "axb"), ("a_b", "a%"), ("coach", "coach%"), ("coach", "co ach"), ("coach", "cóach"), ("aida", "aıda")],
)
def test_another_name_is_not(school: School, kept: str, typed: str) -> None:
    FacilityUser.objects.filter(pk=school.coach.pk).update(username=kept)
    assert not signs_in(typed)


def test_of_two_with_one_name_the_password_says_who(school: School) -> None:
    """Peers may bring a second one."""
    from kolibri.core.auth import hashers

    first, second = school.coach, school.learner
    FacilityUser.objects.filter(pk=second.pk).update(username="Coach", password=hashers.make("another"))
    for password, person in ((PASSWORD, first), ("another", second)):
        client = Client()
        assert client.post("/sign-in/", {"username": "coach", "password": password}).status_code == 302
        assert client.get("/api/session/").json()["person"]["id"] == person.pk
    assert Client().post("/sign-in/", {"username": "coach", "password": "neither"}).status_code == 400
