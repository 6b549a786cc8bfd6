"""Who gets a certificate of the school, and who must be refused."""

import json

import pytest
from morango.models import Certificate

from tests.core.sync.network.conftest import Peer
from tests.core.sync.network.conftest import basic
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser


def test_an_admin_gets_a_certificate_of_the_school(peer: Peer):
    assert peer.certify().status_code == 201
    made = Certificate.objects.get(pk=peer.chain[-1]["id"])
    assert made.parent_id == peer.dataset
    assert not made.has_private_key()


@pytest.mark.parametrize(
    ("name", "password", "status"),
    [
        ("head", "wrong", 401),
        ("head", "", 401),
        ("nobody", PASSWORD, 401),
        ("coach", PASSWORD, 403),
        ("", "", 401),
    ],
)
def test_nobody_else_gets_one_for_the_school(peer: Peer, name: str, password: str, status: int):
    assert peer.certify(name, password).status_code == status
    assert Certificate.objects.count() == 1


def test_a_person_gets_one_for_himself_alone(peer: Peer):
    def asked(user_id: str) -> int:
        params = json.dumps({"dataset_id": peer.dataset, "user_id": user_id})
        return peer.certify("coach", scope_definition="single-user", scope_params=params).status_code

    assert asked(peer.school.admin.pk) == 403
    assert asked(peer.school.coach.pk) == 201


def test_who_signs_in_by_name_alone_gets_none(peer: Peer):
    settings = peer.school.facility.dataset
    settings.learner_can_edit_password = False
    settings.learner_can_login_with_no_password = True
    settings.save()
    learner = peer.school.learner
    params = json.dumps({"dataset_id": peer.dataset, "user_id": learner.pk})
    answer = peer.certify(learner.username, "", scope_definition="single-user", scope_params=params)
    assert answer.status_code == 401


def test_the_admin_of_one_school_gets_none_of_the_other(peer: Peer, other_school: School):
    params = json.dumps({"dataset_id": other_school.facility.dataset_id})
    for parent in (peer.dataset, other_school.facility.dataset_id):
        assert peer.certify(parent=parent, scope_params=params).status_code in (400, 403)
    params = json.dumps({"dataset_id": peer.dataset})
    assert peer.certify(parent=other_school.facility.dataset_id, scope_params=params).status_code == 400
    assert Certificate.objects.count() == 2


def test_who_runs_the_computer_gets_one_of_his_school(peer: Peer):
    make_superuser(peer.school.coach)
    assert peer.certify("coach").status_code == 201


def test_the_limits_of_signing_in_hold_here(peer: Peer):
    codes = [peer.certify("head", "wrong").status_code for _try in range(9)]
    assert codes[0] == 401
    assert codes[-1] == 429
    answer = peer.certify("head", PASSWORD)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(
    ("userid", "status"),
    [("head", 201), ("username=head", 201), ("username=head&facility=nope", 401), ("facility=&username=head", 201)],
)
def test_the_forms_of_naming_oneself(peer: Peer, userid: str, status: int):
    assert peer.post("certificates/", peer.request(), **basic(userid)).status_code == status


@pytest.mark.parametrize(
    "change",
    [
        {"scope_params": "[]"},
        {"scope_params": None},
        {"scope_params": "{"},
        {"scope_params": '{"dataset_id": 3}'},
        {"scope_params": '{"dataset_id": "' + "0" * 32 + '", "more": "x"}'},
        {"parent": "x"},
        {"parent": None},
        {"public_key": "nonsense"},
        {"public_key": None},
        {"scope_definition": "whole-world"},
        {"scope_version": "x"},
        {"profile": "x" * 100},
    ],
)
def test_a_damaged_request_is_refused(peer: Peer, change):
    answer = peer.certify(**change)
    assert 400 <= answer.status_code < 500
    assert answer.json()
    assert Certificate.objects.count() == 1
