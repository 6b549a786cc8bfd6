"""Which sessions open, with which certificates, and that nothing forged opens any."""

import json
import uuid

import pytest
from morango.models import Certificate
from morango.models import SyncSession
from morango.models.fields.crypto import Key

from tests.core.sync.network.conftest import Peer
from tests.schools import School


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
