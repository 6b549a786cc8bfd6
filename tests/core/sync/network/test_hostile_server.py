"""A server that lies: refused within seconds in a sentence, nothing of it is kept, and the next sync is whole."""

from __future__ import annotations

import functools
import gzip
import itertools
import json
import socket
import time
import uuid
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any

import pytest
from morango.models import Buffer
from morango.models import Certificate
from morango.models import DatabaseMaxCounter
from morango.models import InstanceIDModel
from morango.models import RecordMaxCounter
from morango.models import Store
from morango.models.fields.crypto import Key

from kolibri.core.sync.network import patience
from kolibri.core.sync.network import peers
from kolibri.core.sync.network import problems
from kolibri.core.sync.network import session
from kolibri.core.sync.network import stages
from kolibri.core.sync.network import syncing
from kolibri.core.sync.network import wire
from kolibri.core.tasks.job import JobCanceled
from kolibri.errors import KolibriError
from tests.core.sync.network.desk import joined
from tests.core.sync.network.desk import store
from tests.core.sync.network.hostile import Answer
from tests.core.sync.network.hostile import Change
from tests.core.sync.network.hostile import HostileServer
from tests.core.sync.network.hostile import Rule
from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.desktop("a server with a home of its own")]

STRANGER = "1" * 32
# How long a lie may take; what it takes when nothing ends it is minutes, or for ever.
SECONDS = 60


@pytest.fixture
def server(office: Office) -> Iterator[HostileServer]:
    made = HostileServer(office.address)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSE", 0.001)
    monkeypatch.setattr(patience, "HEAD", 1.5)
    monkeypatch.setattr(stages, "PATIENCE", 1.5)


def everything() -> tuple[object, ...]:
    """What a lie must not change."""
    return (
        store(),
        set(DatabaseMaxCounter.objects.values_list("partition", "instance_id", "counter")),
        RecordMaxCounter.objects.count(),
        set(Certificate.objects.values_list("pk", flat=True)),
        Buffer.objects.filter(transfer_session__active=False).count(),
    )


def lied_to(office: Office, server: HostileServer, rule: Rule) -> KolibriError:
    """Sync with the server that lies, and then with the honest one; returns what the first sync said."""
    partner = joined(office)
    before = everything()
    server.rule = rule
    partner.address = server.address
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as hurried, pytest.raises(KolibriError) as refused:
        hurried.setattr(session, "ANSWER", 3.0)
        syncing.sync(partner)
    assert time.monotonic() - began < SECONDS
    assert str(refused.value) and partner.sentence == str(refused.value)
    assert everything() == before
    partner.address = office.address
    syncing.sync(partner)
    assert store() == office.store()
    return refused.value


def first(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change the first of the records."""

    def changed(answer: Answer) -> None:
        said = answer.said
        change(said["results"][0])
        answer.said = said

    return changed


def fields(**changes: Any) -> Change:
    """Change these of what is said."""

    def changed(answer: Answer) -> None:
        answer.said = {**answer.said, **changes}

    return changed


def body(data: bytes, kind: str = "application/json") -> Change:
    def changed(answer: Answer) -> None:
        answer.body = data
        answer.headers["Content-Type"] = kind

    return changed


def pages(change: Callable[[list[Any]], list[Any]]) -> Change:
    def changed(answer: Answer) -> None:
        answer.said = {**answer.said, "results": change(answer.said["results"])}

    return changed


def the_same_again() -> Change:
    """Answer each question for records with the first one."""
    kept: list[Any] = []

    def one(found: list[Any]) -> list[Any]:
        kept[:] = kept or found[:1]
        return kept

    return pages(one)


def fsic(sub: dict[str, Any], beyond: dict[str, Any] | None = None) -> Change:
    return fields(server_fsic=json.dumps({"sub": sub, "super": beyond or {}}))


def status(number: int) -> Change:
    def changed(answer: Answer) -> None:
        answer.status = number

    return changed


DEEP = b"[" * 200_000
FOREIGN = {STRANGER: 2_000_000}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(pages(lambda found: []), id="nothing"),
        pytest.param(pages(lambda found: found * 2), id="twice"),
        pytest.param(the_same_again(), id="the-same-again"),
        pytest.param(pages(lambda found: found + [found[0]] * wire.MOST_RECORDS), id="too-many"),
        pytest.param(pages(lambda found: [7]), id="no-records"),
        pytest.param(fields(results=None), id="none"),
        pytest.param(body(b"[]"), id="empty-list"),
        pytest.param(body(DEEP), id="deep"),
        pytest.param(body(b"<html>Welcome</html>", "text/html"), id="a-page"),
        pytest.param(body(b'{"results": [{"model_uuid": 1e999}]}'), id="infinite"),
        pytest.param(first(lambda one: one.update(partition=STRANGER)), id="another-school"),
        pytest.param(first(lambda one: one.update(partition=one["partition"][:32] + "0:x")), id="a-like-school"),
        pytest.param(first(lambda one: one.update(model_uuid=STRANGER)), id="wrong-id"),
        pytest.param(first(lambda one: one.update(transfer_session=STRANGER)), id="another-transfer"),
        pytest.param(first(lambda one: one.update(last_saved_counter=2**63)), id="huge-counter"),
        pytest.param(first(lambda one: one.update(last_saved_instance="' OR 1=1 --")), id="sql"),
        pytest.param(first(lambda one: one.update(serialized="\ud800")), id="half-a-letter"),
        pytest.param(first(lambda one: one["rmcb_list"][0].update(model_uuid=STRANGER)), id="anothers-counter"),
        pytest.param(status(500), id="500"),
        pytest.param(status(404), id="404"),
    ],
)
def test_records_that_do_not_fit(office: Office, server: HostileServer, change: Change):
    lied_to(office, server, Rule("GET", "/buffers/", change))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(fields(records_total=10**12), id="huge-count"),
        pytest.param(fields(records_total=-1), id="below-nothing"),
        pytest.param(fields(records_total=wire.MOST_OF_A_TRANSFER), id="more-than-comes"),
        pytest.param(fields(records_total="1"), id="text"),
        pytest.param(fsic({"": FOREIGN}), id="of-all"),
        pytest.param(fsic({STRANGER: FOREIGN}), id="of-another-school"),
        pytest.param(fsic({}, {STRANGER: FOREIGN}), id="above-another-school"),
        pytest.param(fields(server_fsic="[" * 100_000), id="deep"),
        pytest.param(fields(transfer_stage="teleporting"), id="no-stage"),
        pytest.param(fields(transfer_stage_status="errored"), id="errored"),
        pytest.param(fields(transfer_stage_status=None), id="no-status"),
        pytest.param(body(b"null"), id="null"),
        pytest.param(body(b"7"), id="a-number"),
    ],
)
def test_a_transfer_that_does_not_fit(office: Office, server: HostileServer, change: Change):
    lied_to(office, server, Rule("PATCH", "/transfersessions/", change))


def test_a_stage_that_is_never_done(office: Office, server: HostileServer):
    """As at a computer that was killed in the middle of it, and does not know."""

    def pending(answer: Answer) -> None:
        if answer.body:
            answer.said = {**answer.said, "transfer_stage": "queuing", "transfer_stage_status": "pending"}

    assert isinstance(lied_to(office, server, Rule("", "/transfersessions/", pending)), problems.PeerFailed)


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/syncsessions/", fields(signature=Key().sign("something"))),
        ("/syncsessions/", fields(signature="none")),
        ("/syncsessions/", fields(signature=None)),
        ("/syncsessions/", fields(server_instance="[" * 5_000)),
        ("/nonces/", fields(id="' OR 1=1 --")),
        ("/nonces/", body(b"[]")),
    ],
    ids=["wrong-signature", "no-signature", "null-signature", "deep-instance", "sql-nonce", "no-nonce"],
)
def test_a_session_that_does_not_fit(office: Office, server: HostileServer, path: str, change: Change):
    lied_to(office, server, Rule("POST", path, change))


def endless(answer: Answer) -> None:
    answer.pieces = lambda: itertools.repeat(b" " * 1_000_000)


@functools.cache
def packed() -> bytes:
    return gzip.compress(b" " * (wire.MOST_BYTES * 4), compresslevel=1)


def bomb(answer: Answer) -> None:
    answer.body = packed()
    answer.headers["Content-Encoding"] = "gzip"


def heavy(answer: Answer) -> None:
    """A gigabyte once it is read."""
    answer.body = gzip.compress(b"[" + b"[]," * (wire.MOST_BYTES // 3 - 1) + b"1]")
    answer.headers["Content-Encoding"] = "gzip"


def dripping(answer: Answer) -> None:
    def pieces() -> Iterator[bytes]:
        while True:
            time.sleep(0.2)
            yield b" "

    answer.pieces = pieces


def drip_head(line: socket.socket) -> None:
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        time.sleep(0.2)
        line.sendall(b"a")


def silence(line: socket.socket) -> None:
    time.sleep(30)


def nonsense(line: socket.socket) -> None:
    line.sendall(b"\x00\x01 this is no answer\r\n\r\n" * 100)


@pytest.mark.parametrize("change", [endless, bomb, dripping], ids=["endless", "bomb", "dripping"])
def test_an_answer_without_an_end(office: Office, server: HostileServer, change: Change):
    # Made before the clock runs.
    assert len(packed()) < wire.MOST_BYTES / 10
    lied_to(office, server, Rule("GET", "/buffers/", change))


def test_an_answer_that_would_take_a_gigabyte_once_read(office: Office, server: HostileServer):
    assert lied_to(office, server, Rule("GET", "/buffers/", heavy)).field == "answer"


@pytest.mark.parametrize("say", [drip_head, nonsense])
def test_no_answer_at_all(office: Office, server: HostileServer, say: Callable[[socket.socket], None]):
    lied_to(office, server, Rule("POST", "/nonces/", lambda answer: None, say))


def test_who_is_waited_for_can_be_left(office: Office, server: HostileServer):
    """A peer that makes rows of what it got is silent for minutes; the sync can be stopped meanwhile."""
    partner = joined(office)
    server.rule = Rule("PATCH", "/transfersessions/", lambda answer: None, silence)
    partner.address = server.address
    began = time.monotonic()

    def pulse() -> None:
        if time.monotonic() - began > 1.5 and any("PATCH" in one for one in server.asked):
            raise JobCanceled

    with pytest.raises(JobCanceled):
        syncing.sync(partner, pulse=pulse)
    assert time.monotonic() - began < 10


def test_nobody_is_sent_elsewhere(office: Office, server: HostileServer):
    other = HostileServer(office.address)

    def elsewhere(answer: Answer) -> None:
        answer.status, answer.body = 307, b""
        answer.headers["Location"] = f"{other.address}api/morango/v1/nonces/"

    try:
        lied_to(office, server, Rule("POST", "/nonces/", elsewhere))
    finally:
        other.close()
    assert other.asked == []


# Certificates


def other_root(change: Callable[[list[dict[str, str]]], None] = lambda chain: None) -> Change:
    """Answer with the chain of a school of one's own."""
    key = Key()
    root = Certificate(profile="facilitydata", scope_definition_id="full-facility", scope_version=1)
    root.private_key, root.public_key = key, Key(public_key_string=key.get_public_key_string())
    root.id = root.calculate_uuid()
    root.scope_params = json.dumps({"dataset_id": root.id})
    root.sign_certificate(root)

    def changed(answer: Answer) -> None:
        answer.said = [{"id": root.pk, "serialized": root.serialized, "signature": root.signature}]

    return changed


def inside(change: Callable[[dict[str, Any]], None]) -> Change:
    """Change what is written in a certificate, or in the last of several; its signature then does not hold."""

    def changed(answer: Answer) -> None:
        said = answer.said
        one = said[-1] if isinstance(said, list) else said
        written = json.loads(one["serialized"])
        change(written)
        one["serialized"] = json.dumps(written)
        answer.said = said

    return changed


def strange_key(written: dict[str, Any]) -> None:
    written["public_key_string"] = Key().get_public_key_string()


def last_signature(answer: Answer) -> None:
    said = answer.said
    one = said[-1] if isinstance(said, list) else said
    one["signature"] = Key().sign(one["serialized"])
    answer.said = said


CHAIN = [
    pytest.param("GET", other_root(), id="another-root"),
    pytest.param("GET", inside(strange_key), id="another-key"),
    pytest.param("GET", inside(lambda one: one.update(id=STRANGER)), id="another-id"),
    pytest.param("GET", inside(lambda one: one.update(scope_params='{"dataset_id": "' + STRANGER + '"}')), id="scope"),
    pytest.param("GET", inside(lambda one: one.update(parent_id=STRANGER)), id="another-parent"),
    pytest.param("GET", last_signature, id="another-signature"),
    pytest.param("GET", body(b"[]"), id="none"),
    pytest.param("GET", body(b"{}"), id="no-list"),
    pytest.param("GET", body(DEEP), id="deep"),
    pytest.param("GET", body(json.dumps([{"serialized": "[" * 9_000, "signature": "x"}]).encode()), id="deep-inside"),
    pytest.param("POST", inside(strange_key), id="made-for-another-key"),
    pytest.param("POST", inside(lambda one: one.update(scope_definition_id="single-user")), id="made-for-less"),
    pytest.param("POST", last_signature, id="made-by-another"),
    pytest.param("POST", fields(signature=None), id="made-by-nobody"),
    pytest.param("POST", body(b"null"), id="made-of-nothing"),
    pytest.param("POST", body(DEEP), id="made-deep"),
]


@pytest.mark.parametrize(("method", "change"), CHAIN)
def test_certificates_that_do_not_fit(office: Office, server: HostileServer, method: str, change: Change):
    server.rule = Rule(method, "/certificates/", change)
    peer = peers.find(server.address)
    with pytest.raises(KolibriError) as refused:
        syncing.get_to_know(peer, peer.schools[0].dataset_id, "head", PASSWORD)
    assert str(refused.value)
    assert not Certificate.objects.exclude(_private_key=None).exists()
    assert not Certificate.objects.exclude(tree_id__in=_trees(peer.schools[0].dataset_id)).exists()


def _trees(dataset_id: str) -> list[int]:
    return list(Certificate.objects.filter(pk=dataset_id).values_list("tree_id", flat=True))


# Who it is


def test_who_has_a_copy_of_this_computers_database(office: Office, server: HostileServer):
    own = InstanceIDModel.get_or_create_current_instance()[0].id
    error = lied_to(office, server, Rule("GET", "/morangoinfo/", fields(instance_id=own)))
    assert isinstance(error, problems.SameComputer)


@pytest.mark.parametrize(
    "change",
    [
        fields(capabilities=[{}]),
        fields(capabilities="all"),
        fields(instance_id="../etc"),
        body(b"[]"),
        body(DEEP),
        body(b"<html>", "text/html"),
        status(503),
        status(404),
    ],
)
def test_who_does_not_say_who_he_is(office: Office, server: HostileServer, change: Change):
    lied_to(office, server, Rule("GET", "/morangoinfo/", change))


@pytest.mark.parametrize("path", ["/public/info/", "/public/v1/facility/"])
@pytest.mark.parametrize(
    "change",
    [body(b"<html>"), body(DEEP), body(b"null"), status(500), endless, other_root(), body(b'[{"id": "\\ud800"}]')],
)
def test_an_address_where_something_else_answers(server: HostileServer, path: str, change: Change):
    server.rule = Rule("GET", path, change)
    with pytest.raises(problems.NotReached):
        peers.find(server.address)
    assert Store.objects.count() == 0


def test_the_name_of_a_computer_that_cannot_be_kept(server: HostileServer):
    server.rule = Rule("GET", "/public/info/", fields(device_name="\ud800"))
    with pytest.raises(problems.NotReached):
        peers.find(server.address)
    server.rule = Rule("GET", "/public/info/", fields(device_name="x" * 150, instance_id=uuid.uuid4().hex))
    assert len(peers.find(server.address).name) == 100
