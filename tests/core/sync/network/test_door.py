"""Who must be refused, and that nothing hostile gets further than a refusal."""

import gzip
import json
import uuid

import pytest
from morango.models import Buffer
from morango.models import Certificate
from morango.models import DatabaseMaxCounter
from morango.models import Store
from morango.models import SyncSession
from morango.models.fields.crypto import Key

from kolibri.core.sync.network import wire
from kolibri.core.sync.network.models import SyncDoor
from tests.core.sync.network.conftest import API
from tests.core.sync.network.conftest import CLASS
from tests.core.sync.network.conftest import Peer
from tests.core.sync.network.conftest import basic
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser

ADDRESSES = [
    "public/info/",
    "public/v1/facility/",
    "morango/v1/morangoinfo/1/",
    "morango/v1/certificates/",
    "morango/v1/buffers/",
    f"morango/v1/syncsessions/{'0' * 32}/",
    f"morango/v1/transfersessions/{'0' * 32}/",
]


@pytest.mark.parametrize("path", ADDRESSES)
def test_closed_until_the_admin_opens_it_and_never_at_the_window(client, school: School, path: str):
    assert client.get(f"/api/{path}", **CLASS).status_code == 404
    SyncDoor.set_open(True)
    assert client.get(f"/api/{path}", **CLASS).status_code in (200, 403, 404)
    assert client.get(f"/api/{path}").status_code == 404
    assert client.get(f"/api/{path}", **{"kolibri.listener": "window"}).status_code == 404
    SyncDoor.set_open(False)
    assert client.get(f"/api/{path}", **CLASS).status_code == 404


def test_nobody_is_answered_while_it_is_closed(client, school: School):
    peer = Peer(school)
    assert peer.certify().status_code == 404
    assert peer.post("nonces/", {}).status_code == 404
    assert not Certificate.objects.exclude(pk=school.facility.dataset_id).exists()


def test_the_info_says_what_kolibris_client_asks_for_and_our_own_name(peer: Peer):
    info = peer.get("public/info/", v=3).json()
    assert info["application"] == "kolibri"
    assert (info["program"], info["program_version"]) == ("kolibri-desktop", "0.1.0")
    morango = peer.get("morango/v1/morangoinfo/1/").json()
    assert morango["instance_id"] == info["instance_id"]
    assert set(morango["capabilities"]) == {"ASYNC_OPERATIONS", "GZIP_BUFFER_POST", "FSIC_V2_FORMAT"}
    # Kolibri changes data of the peer by this version: we claim none there.
    assert "kolibri" not in morango


def test_the_schools_are_listed_as_kolibris_are(peer: Peer):
    (one,) = peer.get("public/v1/facility/").json()
    assert one == {
        "id": peer.school.facility.pk,
        "dataset": peer.dataset,
        "name": "Hill School",
        "learner_can_login_with_no_password": peer.school.facility.dataset.learner_can_login_with_no_password,
        "learner_can_sign_up": peer.school.facility.dataset.learner_can_sign_up,
        "on_my_own_setup": False,
        "picture_password_settings": None,
    }


# Certificates


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


# Sessions


def test_a_session_opens_with_a_certificate(peer: Peer):
    peer.certify()
    answer = peer.session()
    assert answer.status_code == 201
    root = Certificate.objects.get(pk=peer.dataset)
    assert root.verify(f"{answer.nonce}:{answer.pk}", answer.json()["signature"])


def test_a_wrong_signature_opens_none(peer: Peer):
    peer.certify()
    assert peer.session(signature=Key().sign("x")).status_code == 403
    assert peer.session(signature="not a signature").status_code in (400, 403)
    assert not SyncSession.objects.exists()


def test_a_nonce_serves_once(peer: Peer):
    peer.certify()
    nonce = peer.post("nonces/", {}).json()["id"]
    for expected in (201, 403):
        pk = uuid.uuid4().hex
        answer = peer.session(id=pk, nonce=nonce, signature=peer.key.sign(f"{nonce}:{pk}"))
        assert answer.status_code == expected


def test_a_root_of_ones_own_opens_nothing_and_is_not_kept(peer: Peer, other_school: School):
    """morango keeps any chain, and lets a session name the stranger's own root as this computer's certificate."""
    root = _foreign_root()
    peer.key, peer.chain = root.private_key, [_said(root)]
    for server in (peer.dataset, root.pk, other_school.facility.dataset_id):
        answer = peer.session(server_certificate_id=server)
        assert answer.status_code in (400, 403)
    own = Certificate.objects.get(pk=peer.dataset)
    peer.chain = [_said(own), _said(root)]
    assert peer.session().status_code == 400
    assert not SyncSession.objects.exists()
    assert not Certificate.objects.filter(pk=root.pk).exists()


def test_a_certificate_of_one_school_opens_no_session_about_the_other(peer: Peer, other_school: School):
    peer.certify()
    assert peer.session(server_certificate_id=other_school.facility.dataset_id).status_code == 403
    session = peer.session().pk
    answer = peer.transfer(session, push=False, filter=other_school.facility.dataset_id)
    assert answer.status_code == 403


def test_the_copy_of_this_computer_is_noticed(peer: Peer):
    peer.certify()
    mine = peer.get("morango/v1/morangoinfo/1/").json()["instance_id"]
    peer.instance = mine
    answer = peer.session()
    assert answer.status_code == 409
    assert answer.json()["errors"][0]["code"] == "same_computer"


@pytest.mark.parametrize(
    "change",
    [
        {"certificate_chain": "["},
        {"certificate_chain": "[]"},
        {"certificate_chain": None},
        {"certificate_chain": 7},
        {"certificate_chain": json.dumps([{}] * 3)},
        {"certificate_chain": json.dumps([{"serialized": "{}"}])},
        {"certificate_chain": "[" * 5000},
        {"client_certificate_id": "x"},
        {"server_certificate_id": "0" * 32},
        {"instance": "7"},
        {"instance": "{}"},
        {"instance": "[" * 5000},
        {"signature": 5},
        {"connection_path": ["x"]},
    ],
)
def test_a_damaged_session_is_refused(peer: Peer, change):
    peer.certify()
    answer = peer.session(**change)
    assert 400 <= answer.status_code < 500
    assert not SyncSession.objects.exists()


# Transfers


@pytest.fixture
def session(peer: Peer) -> str:
    assert peer.certify().status_code == 201
    return str(peer.session().pk)


SQL = "' OR 1=1 --"


@pytest.mark.parametrize(
    "change",
    [
        {"filter": ""},
        {"filter": None},
        {"filter": "0" * 32},
        {"filter": "{dataset}:" + SQL.replace(" ", "/**/")},
        {"filter": "{dataset}%"},
        {"filter": "{dataset} " + "0" * 32},
        {"client_fsic": "["},
        {"client_fsic": "[" * 5000},
        {"client_fsic": '{"sub": {}}'},
        {"client_fsic": json.dumps({"sub": {"{dataset}" + SQL: {}}, "super": {}})},
        {"client_fsic": json.dumps({"sub": {}, "super": {"": {SQL: 1}}})},
        {"client_fsic": json.dumps({"sub": {}, "super": {"": {"0" * 32: "0 OR 1=1"}}})},
        {"client_fsic": json.dumps({"sub": {"": {"0" * 32: 1}}, "super": {}})},
        {"client_fsic": json.dumps({"sub": {"0" * 32: {"0" * 32: 1}}, "super": {}})},
        {"client_fsic": json.dumps({"sub": {}, "super": {"0" * 32: {"0" * 32: 1}}})},
        {"client_fsic": json.dumps({"sub": {}, "super": {"{dataset}": {"0" * 32: 1}}})},
        {"client_fsic": json.dumps({"0" * 32: -1})},
        {"client_fsic": json.dumps({"0" * 32: 2**80})},
        {"push": "yes"},
        {"records_total": 10**12, "push": True},
        {"records_total": "many", "push": True},
        {"id": "x"},
        {"sync_session_id": "x"},
    ],
)
def test_a_hostile_transfer_is_refused(peer: Peer, session: str, change):
    change = {k: v.replace("{dataset}", peer.dataset) if isinstance(v, str) else v for k, v in change.items()}
    answer = peer.transfer(session, **{"push": False, **change})
    assert answer.status_code in (400, 403), answer.content


def _record(peer: Peer, transfer: str, **changes):
    source = "lesson-1"
    pk = uuid.UUID(bytes=_sha(f"{changes.get('partition', peer.dataset)}::{source}::newmodel")).hex
    return {
        "serialized": "{}",
        "deleted": False,
        "hard_deleted": False,
        "last_saved_instance": peer.instance,
        "last_saved_counter": 1,
        "partition": peer.dataset,
        "source_id": source,
        "model_name": "newmodel",
        "conflicting_serialized_data": "",
        "model_uuid": pk,
        "transfer_session": transfer,
        "profile": "facilitydata",
        "rmcb_list": [
            {"transfer_session": transfer, "model_uuid": pk, "instance_id": peer.instance, "counter": 1},
        ],
        "_self_ref_fk": "",
        **changes,
    }


def _sha(text: str) -> bytes:
    import hashlib

    return hashlib.sha256(text.encode()).digest()[:16]


@pytest.fixture
def pushing(peer: Peer, session: str) -> str:
    answer = peer.transfer(session, push=True, records_total=1)
    assert answer.status_code in (201, 202), answer.content
    fsic = json.dumps({"sub": {peer.dataset: {peer.instance: 1}}, "super": {}})
    for stage in ("serializing", "queuing"):
        done = peer.patch(
            f"transfersessions/{answer.pk}/", {"transfer_stage": stage, "client_fsic": fsic, "records_total": 1}
        )
        assert done.status_code == 200, done.content
    return str(answer.pk)


def test_a_record_that_fits_is_taken(peer: Peer, pushing: str):
    assert peer.post("buffers/", [_record(peer, pushing)]).status_code == 201
    assert Buffer.objects.count() == 1
    for stage in ("dequeuing", "deserializing"):
        done = peer.patch(f"transfersessions/{pushing}/", {"transfer_stage": stage})
        assert done.json()["transfer_stage_status"] == "completed", done.content
    assert Store.objects.filter(model_name="newmodel", dirty_bit=True).count() == 1


# What a peer says that it holds


def _held() -> set[tuple[str, str, int]]:
    return set(DatabaseMaxCounter.objects.values_list("partition", "instance_id", "counter"))


def _push_one(peer: Peer, session: str, sub: dict[str, dict[str, int]], partition: str) -> list[int]:
    """Push one record that vouches for `sub`; returns the statuses, up to the first refusal."""
    fsic = json.dumps({"sub": sub, "super": {}})
    answer = peer.transfer(session, push=True, records_total=1, filter=partition)
    transfer = str(answer.pk)
    codes = [answer.status_code]
    for stage in ("serializing", "queuing"):
        data = {"transfer_stage": stage, "client_fsic": fsic, "records_total": 1}
        codes.append(peer.patch(f"transfersessions/{transfer}/", data).status_code)
        if codes[-1] >= 400:
            return codes
    codes.append(peer.post("buffers/", [_record(peer, transfer, partition=partition)]).status_code)
    codes += [
        peer.patch(f"transfersessions/{transfer}/", {"transfer_stage": stage}).status_code
        for stage in ("dequeuing", "deserializing")
    ]
    return codes


def test_a_person_vouches_for_nobody_elses_work(peer: Peer):
    """Else who holds a certificate of one person could keep whole computers' changes from ever coming here."""
    params = json.dumps({"dataset_id": peer.dataset, "user_id": peer.school.coach.pk})
    assert peer.certify("coach", scope_definition="single-user", scope_params=params).status_code == 201
    everybodys = f"{peer.dataset}:user-rw"
    own, other = (f"{everybodys}:{person.pk}" for person in (peer.school.coach, peer.school.learner))
    before = _held()
    for foreign in ("", "0" * 32, peer.dataset, everybodys, other, f"{own}0"):
        said = {own: {}, foreign: {"1" * 32: 1_000}}
        assert _push_one(peer, str(peer.session().pk), said, own)[-1] == 400, foreign
    assert _held() == before
    assert max(_push_one(peer, str(peer.session().pk), {own: {peer.instance: 1}, f"{own}:x": {"1" * 32: 7}}, own)) < 300
    assert {one for one in _held() - before if one[1] in (peer.instance, "1" * 32)} == {
        (own, peer.instance, 1),
        (f"{own}:x", "1" * 32, 7),
    }


def test_who_holds_less_does_not_lower_what_is_held_here(peer: Peer, session: str):
    """As morango 0.8.15 does: what came from a third computer would then be passed on to nobody."""
    third = "3" * 32
    DatabaseMaxCounter.objects.create(partition=peer.dataset, instance_id=third, counter=10)
    assert max(_push_one(peer, session, {peer.dataset: {peer.instance: 4, third: 5}}, peer.dataset)) < 300
    assert {(peer.dataset, third, 10), (peer.dataset, peer.instance, 4)} <= _held()


@pytest.mark.parametrize(
    "change",
    [
        {"partition": "0" * 32},
        {"partition": "{dataset}:" + SQL},
        {"model_uuid": "0" * 32},
        {"model_uuid": "x"},
        {"last_saved_instance": SQL},
        {"last_saved_counter": "1 OR 1=1"},
        {"last_saved_counter": -1},
        {"last_saved_counter": 2**70},
        {"deleted": "no"},
        {"serialized": None},
        {"serialized": "\x00"},
        {"source_id": "x" * 200},
        {"source_id": "another"},
        {"model_name": "x; DROP TABLE"},
        {"model_name": 5},
        {"profile": "other"},
        {"_self_ref_fk": "x"},
        {"_self_ref_fk": None},
        {"rmcb_list": None},
        {"rmcb_list": [{}]},
        {"rmcb_list": [{"transfer_session": "x", "model_uuid": "x", "instance_id": "x", "counter": 1}]},
        {"transfer_session": None},
        {"extra": 1},
    ],
)
def test_a_record_that_does_not_fit_is_refused(peer: Peer, pushing: str, change):
    change = {k: v.replace("{dataset}", peer.dataset) if isinstance(v, str) else v for k, v in change.items()}
    answer = peer.post("buffers/", [_record(peer, pushing, **change)])
    assert answer.status_code in (400, 403, 404), answer.content
    assert not Buffer.objects.exists()


@pytest.mark.parametrize("body", [[], {}, "x", 7, None, [[]], [None], [7], [{"transfer_session": []}]])
def test_no_records_at_all_are_refused(peer: Peer, pushing: str, body):
    assert peer.post("buffers/", body).status_code in (400, 404)


def test_too_many_records_are_refused(peer: Peer, pushing: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "MOST_RECORDS", 3)
    assert peer.post("buffers/", [_record(peer, pushing)] * 4).status_code == 400


def _packed(peer: Peer, data: bytes):
    return peer.client.post(f"{API}buffers/", data, content_type="application/gzip", **CLASS)


def test_what_unpacks_to_too_much_is_refused_early(peer: Peer, pushing: str):
    bomb = gzip.compress(b" " * (wire.MOST_BYTES + 1_000))
    assert len(bomb) < 100_000
    assert _packed(peer, bomb).status_code == 413


@pytest.mark.parametrize(
    "data",
    [b"", b"x", gzip.compress(b"["), gzip.compress(b"[" * 100_000), gzip.compress(b"[1]")[:-9]],
    ids=["empty", "not-packed", "cut-list", "deep", "cut-package"],
)
def test_damaged_packages_are_refused(peer: Peer, pushing: str, data: bytes):
    assert _packed(peer, data).status_code == 400


def test_a_learners_certificate_moves_nobody_elses_work(peer: Peer):
    coach = peer.school.coach
    params = json.dumps({"dataset_id": peer.dataset, "user_id": coach.pk})
    assert peer.certify("coach", scope_definition="single-user", scope_params=params).status_code == 201
    session = str(peer.session().pk)
    assert peer.transfer(session, push=False).status_code == 403
    assert peer.transfer(session, push=True).status_code == 403
    other = f"{peer.dataset}:user-rw:{peer.school.learner.pk}"
    assert peer.transfer(session, push=True, filter=other).status_code == 403
    own = f"{peer.dataset}:user-rw:{coach.pk}"
    assert peer.transfer(session, push=True, filter=own).status_code in (201, 202)


def test_a_session_that_was_closed_is_over(peer: Peer, pushing: str):
    session = SyncSession.objects.get().pk
    assert peer.client.delete(f"{API}syncsessions/{session}/", **CLASS).status_code == 204
    assert peer.post("buffers/", [_record(peer, pushing)]).status_code == 404
    assert peer.transfer(session, push=False).status_code == 400


def test_nonces_do_not_fill_the_disk(peer: Peer, monkeypatch: pytest.MonkeyPatch):
    from kolibri.core.sync.network import peers_api

    monkeypatch.setattr(peers_api, "_MOST_NONCES", 3)
    codes = [peer.post("nonces/", {}).status_code for _try in range(5)]
    assert codes == [201, 201, 201, 503, 503]


def _foreign_root() -> Certificate:
    root = Certificate(profile="facilitydata", scope_definition_id="full-facility", scope_version=1)
    root.private_key = Key()
    root.public_key = Key(public_key_string=root.private_key.get_public_key_string())
    root.id = root.calculate_uuid()
    root.scope_params = json.dumps({"dataset_id": root.id})
    root.sign_certificate(root)
    return root


def _said(certificate: Certificate) -> dict[str, str]:
    return {
        "id": certificate.pk,
        "serialized": certificate.serialized,
        "signature": certificate.signature,
    }
