"""Connections that are cut: nothing is lost, and both agree afterwards."""

from __future__ import annotations

import pytest
from django.db import transaction
from morango.models import Certificate

from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.sync.network import peers
from kolibri.core.sync.network import session
from kolibri.core.sync.network import syncing
from kolibri.core.sync.network.models import Ending
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.problems import ConnectionLost
from kolibri.core.sync.network.problems import SyncProblem
from tests.core.sync.network.desk import agrees
from tests.core.sync.network.desk import joined
from tests.core.sync.network.desk import store
from tests.core.sync.network.servers import BadNetwork
from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.desktop("servers with a home of their own")]

# Of each direction.
POINTS = 13


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "_PAUSE", 0.001)


def through(partner: Partner, network: BadNetwork) -> None:
    partner.address = network.address
    try:
        syncing.sync(partner)
    finally:
        network.close()


_lengths: dict[str, int] = {}


def length(office: Office, name: str) -> int:
    """Return the bytes of the whole sync, measured once in each process by a computer that is then forgotten."""
    if name not in _lengths:
        with transaction.atomic():
            partner = joined(office)
            for which in ("pull", "push"):
                network = BadNetwork(office.address, None)
                through(partner, network)
                _lengths[which] = network.passed
                services.create_person(
                    Facility.objects.get(), username=f"measured{which}", full_name="Measured", password=PASSWORD
                )
            transaction.set_rollback(True)
        assert _lengths["pull"] > 10_000
    return _lengths[name]


@pytest.mark.parametrize("share", [0.02, 0.2, 0.4, 0.6, 0.8, 0.97])
def test_a_connection_cut_while_this_computer_joins(office: Office, share: float):
    """No half of a certificate is kept, and the password is taken once more."""
    dataset_id = peers.find(office.address).schools[0].dataset_id

    def join(network: BadNetwork) -> None:
        try:
            syncing.get_to_know(peers.find(network.address), dataset_id, "head", PASSWORD)
        finally:
            network.close()

    if "join" not in _lengths:
        whole = BadNetwork(office.address, None)
        join(whole)
        _lengths["join"] = whole.passed
        Certificate.objects.all().delete()
        Partner.objects.all().delete()
    with pytest.raises(SyncProblem):
        join(BadNetwork(office.address, int(_lengths["join"] * share)))
    assert not Certificate.objects.exclude(_private_key=None).exists()
    assert not Partner.objects.exists()
    syncing.sync(syncing.get_to_know(peers.find(office.address), dataset_id, "head", PASSWORD))
    agrees(office)


@pytest.mark.parametrize("point", range(1, POINTS))
def test_a_connection_cut_while_everything_comes_here(office: Office, point: int):
    whole = length(office, "pull")
    partner = joined(office)
    with pytest.raises(ConnectionLost):
        through(partner, BadNetwork(office.address, whole * point // POINTS))
    assert partner.ending == Ending.CUT and "next sync goes on" in partner.sentence
    partner.address = office.address
    syncing.sync(partner)
    assert partner.ending == Ending.DONE
    agrees(office)
    assert not any(dirty for *_rest, dirty in store().values())
    assert FacilityUser.objects.exists()


@pytest.mark.parametrize("point", range(1, POINTS))
def test_a_connection_cut_while_something_goes_there(office: Office, point: int):
    whole = length(office, "push")
    partner = joined(office)
    syncing.sync(partner)
    name = f"new{point}"
    services.create_person(Facility.objects.get(), username=name, full_name="New Ünal", password=PASSWORD)
    with pytest.raises(ConnectionLost):
        through(partner, BadNetwork(office.address, whole * point // POINTS))
    partner.address = office.address
    syncing.sync(partner)
    agrees(office)
    assert len(office.ask(f"SELECT id FROM kolibriauth_facilityuser WHERE username = '{name}'")) == 1


def test_a_network_that_blinks_is_not_noticed(office: Office):
    """Every connection is lost after some bytes; a new one is there at once."""
    whole = length(office, "pull")
    partner = joined(office)
    network = BadNetwork(office.address, whole * 2 // 3, blinks=True)
    through(partner, network)
    assert network.blinked
    assert partner.ending == Ending.DONE
    agrees(office)
