"""Who finds the door to other computers open, and what it says of this one to everybody."""

import pytest
from morango.models import Certificate

from kolibri.core.sync.network.models import SyncDoor
from tests.core.sync.network.conftest import CLASS
from tests.core.sync.network.conftest import Peer
from tests.schools import School

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
