"""How passwords are kept: in a form every Kolibri reads, with rounds by rights, made outside transactions."""

from __future__ import annotations

import base64
import hashlib
import json
import unicodedata

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.hashers import check_password
from django.contrib.auth.hashers import identify_hasher
from django.test import Client
from django.utils.module_loading import import_string

from kolibri.core.auth import hashers
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device import services as device_services
from kolibri.settings import base
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser
from tests.signin.conftest import Work

# Django 3.2.25, which Kolibri 0.19.5 runs on.
KOLIBRI_ROUNDS = 260_000
COMPOSED, DECOMPOSED = unicodedata.normalize("NFC", "niño café"), unicodedata.normalize("NFD", "niño café")


def as_a_peer_keeps(password: str, rounds: int, salt: str = "abcdefghijklmnopqrstuv") -> str:
    """Return a kept password as Django 3.2 writes it, by the standard library alone."""
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds)
    return f"pbkdf2_sha256${rounds}${salt}${base64.b64encode(digest).decode()}"


def a_peer_accepts(password: str, kept: str) -> bool:
    """Check a kept password as Django 3.2 does: the text as it was typed, the rounds that stand in it."""
    algorithm, rounds, salt, _digest = kept.split("$", 3)
    return algorithm == "pbkdf2_sha256" and as_a_peer_keeps(password, int(rounds), salt) == kept


def sign_in(username: str, password: str) -> int:
    return Client().post("/sign-in/", {"username": username, "password": password}).status_code


def kept(person: FacilityUser) -> str:
    return FacilityUser.objects.values_list("password", flat=True).get(pk=person.pk)


def test_the_product_is_no_weaker_than_promised() -> None:
    assert base.KOLIBRI_PASSWORD_ROUNDS["learner"] >= KOLIBRI_ROUNDS
    assert base.KOLIBRI_PASSWORD_ROUNDS["teacher"] >= 600_000
    assert base.PASSWORD_HASHERS == ["kolibri.core.auth.hashers.SchoolHasher"]
    assert import_string(base.PASSWORD_HASHERS[0]) is hashers.SchoolHasher
    assert django_settings.PASSWORD_HASHERS == base.PASSWORD_HASHERS


def test_the_docs_name_the_hasher_and_its_rounds() -> None:
    text = (base.PACKAGE.parent / "docs" / "passwords.md").read_text("utf-8")
    for rounds in base.KOLIBRI_PASSWORD_ROUNDS.values():
        assert f"{rounds:,}" in text
    assert "pbkdf2_sha256" in text


@pytest.mark.parametrize("password", ["river", "كلمة السر", "niño café", "pass word ", "x" * 128, "🐦" * 20])
def test_a_peer_reads_what_is_kept_here(settings, password: str) -> None:
    settings.KOLIBRI_PASSWORD_ROUNDS = base.KOLIBRI_PASSWORD_ROUNDS
    made = hashers.make(password, hashers.teacher_rounds())
    assert a_peer_accepts(password, made)
    assert len(made) <= 128, "the column's width, here and at peers"
    assert hashers.find(password, [made]) == 0
    assert check_password(password, made)
    assert identify_hasher(made).algorithm == "pbkdf2_sha256"


def test_what_a_peer_has_kept_lets_in_here(school: School) -> None:
    FacilityUser.objects.filter(pk=school.coach.pk).update(password=as_a_peer_keeps("old chalk", 30))
    assert sign_in("coach", "old chalk") == 302
    assert a_peer_accepts("old chalk", kept(school.coach))


def test_letters_are_the_same_however_they_were_typed(school: School) -> None:
    """A keyboard writes é as one sign or as two; a peer keeps what it was sent."""
    services.set_password(school.coach, DECOMPOSED)
    school.coach.save()
    assert a_peer_accepts(COMPOSED, school.coach.password)
    for typed in (COMPOSED, DECOMPOSED):
        assert sign_in("coach", typed) == 302
    FacilityUser.objects.filter(pk=school.coach.pk).update(password=as_a_peer_keeps(DECOMPOSED, 50))
    assert sign_in("coach", DECOMPOSED) == 302
    assert sign_in("coach", "nino cafe") == 400
    # What merely looks alike is another password.
    services.set_password(school.coach, "1２3")
    school.coach.save()
    assert sign_in("coach", "1２3") == 302
    assert sign_in("coach", "123") == 400


def test_what_is_cut_or_longer_is_another_password(school: School) -> None:
    services.set_password(school.coach, "y" * 1024)
    school.coach.save()
    assert sign_in("coach", "y" * 1024) == 302
    assert sign_in("coach", "y" * 1025) == 400
    assert sign_in("coach", "y" * 1023) == 400


def test_rounds_grow_at_the_next_sign_in_and_never_shrink(school: School) -> None:
    for person in (school.coach, school.learners[0]):
        wanted = hashers.rounds_for(person)
        for rounds, then in ((1, wanted), (wanted, wanted), (wanted + 40, wanted + 40)):
            FacilityUser.objects.filter(pk=person.pk).update(password=as_a_peer_keeps("old chalk", rounds))
            assert sign_in(person.username, "wrong") == 400
            assert hashers.rounds_of(kept(person)) == rounds
            assert sign_in(person.username, "old chalk") == 302
            assert hashers.rounds_of(kept(person)) == then
            assert a_peer_accepts("old chalk", kept(person))


def test_a_weak_salt_is_replaced(school: School) -> None:
    FacilityUser.objects.filter(pk=school.coach.pk).update(password=as_a_peer_keeps("old chalk", 50, salt="short"))
    sign_in("coach", "old chalk")
    assert len(kept(school.coach).split("$")[2]) >= 22


def test_a_learner_who_becomes_a_coach_or_runs_the_computer_gets_more_rounds(school: School) -> None:
    learner, teacher = hashers.learner_rounds(), hashers.teacher_rounds()
    amina, ben = school.learners[:2]
    for person in (amina, ben):
        services.set_password(person, "river")
        person.save()
        sign_in(person.username, "river")
        assert hashers.rounds_of(kept(person)) == learner
    services.give_role(amina, school.classroom, role_kinds.COACH)
    make_superuser(ben)
    for person in (amina, ben):
        assert sign_in(person.username, "river") == 302
        assert hashers.rounds_of(kept(person)) == teacher


def test_new_passwords_have_their_rounds_at_once(school: School) -> None:
    client = Client()
    client.force_login(school.admin)
    new = {"facility": school.facility.pk, "username": "newcoach", "full_name": "New", "password": "new chalk"}
    made = client.post("/api/facilityuser/", new, content_type="application/json")
    assert made.status_code == 201
    # Learners of this school need no password, so who is given one will teach.
    assert hashers.rounds_of(FacilityUser.objects.get(username="newcoach").password) == hashers.teacher_rounds()
    for person in (school.coach, school.learner):
        path = f"/api/facilityuser/{person.pk}/"
        assert client.patch(path, {"password": "another"}, content_type="application/json").status_code == 200
        assert hashers.rounds_of(kept(person)) == hashers.rounds_for(person)
    assert hashers.rounds_of(device_services.hash_password("first admin")) == hashers.teacher_rounds()


def test_a_grown_hash_is_sent_to_peers(school: School) -> None:
    FacilityUser.objects.filter(pk=school.coach.pk).update(
        password=as_a_peer_keeps("old chalk", 3), _morango_dirty_bit=False
    )
    sign_in("coach", "old chalk")
    coach = FacilityUser.objects.get(pk=school.coach.pk)
    assert coach._morango_dirty_bit
    assert coach.serialize()["password"] == coach.password
    assert hashers.rounds_of(coach.password) == hashers.teacher_rounds()


def test_a_password_changed_while_it_was_checked_stays_changed(school: School, monkeypatch) -> None:
    FacilityUser.objects.filter(pk=school.coach.pk).update(password=as_a_peer_keeps("old chalk", 3))
    changed = as_a_peer_keeps("new chalk", 50)
    make = hashers.make

    def meanwhile(*args: object) -> str:
        FacilityUser.objects.filter(pk=school.coach.pk).update(password=changed)
        return make(*args)

    monkeypatch.setattr("kolibri.core.auth.signing_in.hashers.make", meanwhile)
    client = Client()
    client.post("/sign-in/", {"username": "coach", "password": "old chalk"})
    assert kept(school.coach) == changed
    assert client.get("/coach/").status_code == 302, "the session of the old password is none"


def test_nothing_is_hashed_while_other_writers_wait(open_school: School, work: Work) -> None:
    """A transaction of SQLite's holds all other writers (IMMEDIATE)."""
    work.in_transaction.clear()
    FacilityUser.objects.filter(pk=open_school.coach.pk).update(password=as_a_peer_keeps("old chalk", 3))
    for username, password in (("coach", "old chalk"), ("coach", "wrong"), ("nobody", "wrong"), ("head", PASSWORD)):
        sign_in(username, password)
    for _ in range(8):
        sign_in("nobody", "wrong")
    admin = Client()
    admin.force_login(open_school.admin)
    new = {"facility": open_school.facility.pk, "username": "newcoach", "full_name": "New", "password": " new chalk "}
    assert admin.post("/api/facilityuser/", new, content_type="application/json").status_code == 201
    path = f"/api/facilityuser/{open_school.coach.pk}/"
    assert admin.patch(path, {"password": "another"}, content_type="application/json").status_code == 200
    assert sign_in("newcoach", " new chalk ") == 302
    assert sign_in("coach", "another") == 302
    assert len(work.in_transaction) >= 14
    assert not any(work.in_transaction)


@pytest.mark.parametrize("password", ["a\ud800", "a\x00b", "x" * 129, ["a"], {"a": 1}, 7.5, True])
def test_what_can_be_no_password_is_told_and_not_hashed(school: School, work: Work, password: object) -> None:
    client = Client()
    client.force_login(school.admin)
    body = json.dumps({"password": password})
    answer = client.patch(f"/api/facilityuser/{school.coach.pk}/", body, content_type="application/json")
    if answer.status_code == 200:
        assert isinstance(password, float), "numbers are taken as they are written"
        return
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "password"
    assert work.take() == 0


def test_only_who_may_give_a_password_has_it_hashed(school: School, work: Work) -> None:
    for person in (school.coach, school.learner):
        client = Client()
        client.force_login(person)
        path = f"/api/facilityuser/{school.learner.pk}/"
        answer = client.patch(path, {"password": "mine now"}, content_type="application/json")
        assert answer.status_code in (403, 404)
    assert work.take() == 0
