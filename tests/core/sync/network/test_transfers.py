"""What may be moved in a session, and that no hostile transfer or record gets further than a refusal."""

import gzip
import json
import uuid

import pytest
from morango.models import Buffer
from morango.models import DatabaseMaxCounter
from morango.models import Store
from morango.models import SyncSession

from kolibri.core.sync.network import parsers
from kolibri.core.sync.network import wire
from tests.core.sync.network.conftest import API
from tests.core.sync.network.conftest import CLASS
from tests.core.sync.network.conftest import Peer

SQL = "' OR 1=1 --"


@pytest.fixture
def session(peer: Peer) -> str:
    assert peer.certify().status_code == 201
    return str(peer.session().pk)


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


@pytest.mark.parametrize("unit", [b"[],", b"{},", b'"",', b"1,", b'{"a":1},'])
def test_what_would_take_a_gigabyte_once_read_is_refused_unread(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, unit: bytes
):
    bomb = gzip.compress(b"[" + unit * wire.MOST_VALUES + b"1]")
    assert len(bomb) < 100_000
    monkeypatch.setattr(parsers, "json", None)
    assert _packed(peer, bomb).status_code == 413


def test_texts_with_many_signs_are_no_values(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(wire, "MOST_VALUES", 20)
    assert not wire.has_too_many_values(json.dumps([json.dumps([["a", "b"]] * 100)] * 5).encode())
    assert wire.has_too_many_values(json.dumps([["a", "b"]] * 10).encode())
    assert wire.has_too_many_values(json.dumps(["\u2200", [1] * 30], ensure_ascii=False).encode("utf-16"))
    # Over soon also where no text ends.
    assert not wire.has_too_many_values(b"[" + rb"\"" * 1_000_000)


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
