"""Syncing with a real server of ours in a process of its own."""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.core.management import call_command
from morango.models import Certificate
from morango.models import Store
from morango.models import SyncSession
from requests import Response

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import local_now
from kolibri.core.sync import turn
from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.network import nearby
from kolibri.core.sync.network import partners
from kolibri.core.sync.network import peers
from kolibri.core.sync.network import problems
from kolibri.core.sync.network import session
from kolibri.core.sync.network import syncing
from kolibri.core.sync.network import tasks
from kolibri.core.sync.network.models import Ending
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.peers import Peer
from kolibri.core.sync.network.session import PeerSession
from kolibri.core.sync.network.stages import PLACE
from kolibri.core.sync.network.tasks import SyncDue
from kolibri.core.sync.network.tasks import SyncWithPartner
from kolibri.core.sync.network.tasks import sync_now
from kolibri.core.tasks import engine
from kolibri.core.tasks.job import JobCanceled
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from tests.schools import PASSWORD
from tests.schools import make_school

# Of a sync that has nothing to do.
MOST_ASKED = 18
ROOT = Path(__file__).resolve().parents[4]
MAKE = """
from kolibri.core.device.models import DeviceSettings
from tests.schools import make_school
made = make_school()
DeviceSettings(is_provisioned=True, default_facility=made.facility, language="en", name="The office").save()
"""

# Each makes a home with its own database: of the desktop.
pytestmark = [pytest.mark.django_db, pytest.mark.desktop("a server with a home of its own")]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a computer with a school."""
    home = tmp_path_factory.mktemp("office")
    environment = {**os.environ, "KOLIBRI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop"}
    for words in (["migrate", "-v0"], ["shell", "-v0", "-c", MAKE]):
        subprocess.run([sys.executable, "-m", "kolibri", "manage", *words], env=environment, cwd=ROOT, check=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.interop.serve", str(home)],
        env=environment,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None and process.stdout is not None
    yield json.loads(process.stdout.readline())["address"]
    process.communicate()


@pytest.fixture
def peer(address: str) -> Peer:
    return peers.find(address)


@pytest.fixture
def partner(peer: Peer) -> Partner:
    return syncing.get_to_know(peer, peer.schools[0].dataset_id, "head", PASSWORD)


def test_who_answers_is_known_by_name_and_program(peer: Peer, address: str):
    assert (peer.name, peer.program, peer.address) == ("The office", "kolibri-desktop 0.1.0", address)
    assert [school.name for school in peer.schools] == ["Hill School"]


def test_a_school_comes_here_and_changes_go_there(partner: Partner):
    outcome = syncing.sync(partner)
    assert outcome.pull.records > 15 and outcome.push.records == 0
    assert Facility.objects.get().name == "Hill School"
    assert not Store.objects.filter(dirty_bit=True).exists()
    assert FacilityUser.objects.get(username="head").roles_held
    assert (partner.ending, partner.open_session) == (Ending.DONE, "")
    made = Classroom.objects.create(name="Grade 9", parent=Facility.objects.get())
    assert syncing.sync(partner).push.records == 1
    made.name = "Grade 10"
    made.save()
    assert syncing.sync(partner).push.records == 1


def test_a_sync_with_nothing_to_do_asks_little(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    """How long that takes is measured by `make bench ARGS=sync`: a second each way at most."""
    syncing.sync(partner)
    asked: list[str] = []
    request = PeerSession.request

    def counted(self: PeerSession, method: str, url: str, **options: Any) -> Response:
        answer = request(self, method, url, **options)
        asked.append(f"{method} {url} {len(answer.content)}")
        return answer

    monkeypatch.setattr(PeerSession, "request", counted)
    outcome = syncing.sync(partner)
    assert outcome.pull.records == outcome.push.records == 0
    # How often one looks whether the other has got ready depends on how quick it is.
    asked = [one for one in asked if not one.startswith("GET") or "/transfersessions/" not in one]
    assert len(asked) <= MOST_ASKED, asked
    assert sum(int(one.rpartition(" ")[2]) for one in asked) < 20_000, asked


def test_the_password_is_asked_for_once_and_not_kept(peer: Peer, partner: Partner):
    again = syncing.get_to_know(peer, partner.dataset_id)
    assert again.pk == partner.pk
    assert partners.is_joined(partner.dataset_id)
    assert PASSWORD not in str(Partner.objects.values())


@pytest.mark.parametrize(
    ("name", "password", "problem"),
    [
        ("head", "wrong", problems.WrongPassword),
        ("coach", PASSWORD, problems.WrongPassword),
        ("ünbekannt&x=", "wr\u00f6ng", problems.WrongPassword),
        ("", "", problems.NeedsPassword),
    ],
)
def test_who_is_no_admin_there_does_not_join(peer: Peer, name: str, password: str, problem: type[Exception]):
    with pytest.raises(problem):
        syncing.get_to_know(peer, peer.schools[0].dataset_id, name, password)
    assert not Certificate.objects.exclude(_private_key=None).exists()
    assert not Partner.objects.exists()


def test_a_peer_of_another_school_is_refused(peer: Peer, partner: Partner):
    mine = make_school("Valley School", prefix="v_").facility.dataset_id
    with pytest.raises(problems.OtherSchool):
        syncing.get_to_know(peer, mine)
    stray = Partner.objects.create(dataset_id=mine, address=peer.address)
    with pytest.raises(problems.OtherSchool):
        syncing.sync(stray)
    assert stray.ending == Ending.REFUSED and "does not have this school" in stray.sentence
    assert not Store.objects.filter(partition__startswith=partner.dataset_id).exists()


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "http://", "127.0.0.1:1", "127.0.0.1:99999", "a b", "x" * 500, "[::1"]
)
def test_what_is_no_address_is_said(typed: str):
    with pytest.raises(problems.NotReached) as caught:
        peers.find(typed)
    assert caught.value.field == "address"


def test_an_address_is_typed_in_many_ways():
    assert peers.candidates("192.168.1.20")[:2] == ["http://192.168.1.20:8088/", "http://192.168.1.20:8080/"]
    assert peers.candidates(" http://192.168.1.20:8090/ ") == ["http://192.168.1.20:8090/"]
    assert peers.candidates("https://kolibri.example/school") == ["https://kolibri.example/school/"]


def test_a_sync_can_be_stopped_and_goes_on(partner: Partner):
    calls = []

    def pulse() -> None:
        calls.append(1)
        if len(calls) > 20:
            raise JobCanceled

    with pytest.raises(JobCanceled):
        syncing.sync(partner, pulse=pulse)
    assert partner.ending == Ending.CANCELED
    assert partner.open_session
    session = partner.open_session
    outcome = syncing.sync(partner)
    assert outcome.pull.records > 15
    assert SyncSession.objects.get().pk == session


def test_a_job_syncs_and_tells(partner: Partner):
    job = sync_now(partner, "")
    assert sync_now(partner).job_id == job.job_id
    engine.run_queued()
    job.refresh()
    assert job.state == State.COMPLETED
    assert job.result["received"] > 15
    assert SyncWithPartner.find(dataset_id=partner.dataset_id)


def test_the_command(peer: Peer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(CommandError, match="admins"):
        call_command("sync", address=peer.address)
    monkeypatch.setenv("KOLIBRI_SYNC_PASSWORD", PASSWORD)
    call_command("sync", address=peer.address, username="head")
    monkeypatch.delenv("KOLIBRI_SYNC_PASSWORD")
    call_command("sync", address=peer.address)
    assert "Hill School: " in capsys.readouterr().out
    with pytest.raises(CommandError, match="--school"):
        call_command("sync", address=peer.address, school="Valley")


def test_a_sync_waits_for_another_one_of_this_computer(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    calls = []
    with turn.taken():
        monkeypatch.setattr(syncing, "_PATIENCE", 1.0)
        with pytest.raises(turn.Syncing):
            syncing.sync(partner, pulse=lambda: calls.append(1))
    assert calls and partner.ending == Ending.FAILED
    assert syncing.sync(partner).pull.records


def test_making_rows_is_told_and_can_be_stopped(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    """A school of years takes minutes to become rows: the bar moves on, and who stops it does not wait."""
    monkeypatch.setattr(settling, "BATCH", 2)
    told: list[tuple[str, int, int]] = []

    def pulse() -> None:
        if told and told[-1][0] == PLACE and told[-1][1] > 4:
            raise JobCanceled

    with pytest.raises(JobCanceled):
        syncing.sync(partner, pulse=pulse, progress=lambda *what: told.append(what))
    assert partner.ending == Ending.CANCELED
    placed = [done for direction, done, _total in told if direction == PLACE]
    assert placed == sorted(placed) and 4 < placed[-1] < told[-1][2]
    assert settling.is_unsettled()
    syncing.sync(partner)
    assert not settling.is_unsettled()
    assert FacilityUser.objects.get(username="head").roles_held


def test_the_bar_of_a_job_never_goes_back(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    shares: list[float] = []
    monkeypatch.setattr(
        SyncWithPartner, "update_progress", lambda self, done, total, **more: shares.append(done / total)
    )
    sync_now(partner)
    engine.run_queued()
    assert len(set(shares)) > 3
    assert shares == sorted(shares)


def test_a_partner_that_is_switched_off_is_said_to_be(partner: Partner):
    """Nothing was lost on the way: nothing was on its way."""
    note = "No computer that syncs answers at http://127.0.0.1:1/"
    address, partner.address = partner.address, "http://127.0.0.1:1/"
    partner.open_session = "1" * 32
    with pytest.raises(problems.NotReached) as caught:
        syncing.sync(partner)
    assert str(caught.value).startswith(note) and partner.sentence == str(caught.value)
    assert partner.open_session
    partner.address = address
    assert syncing.sync(partner).pull.records


def test_the_schedule_goes_on_after_a_sync_that_failed(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tasks, "_PAUSES", ())
    monkeypatch.setattr(session, "_PAUSE", 0.001)
    partners.set_schedule(partner, 15)
    for address, expected in (("http://127.0.0.1:1/", State.FAILED), (partner.address, State.COMPLETED)):
        Partner.objects.filter(pk=partner.pk).update(address=address)
        # As the engine does when the time has come.
        assert JobRow.objects.filter(state=State.SCHEDULED).update(state=State.QUEUED) == 1
        engine.run_queued()
        assert SyncWithPartner.find(dataset_id=partner.dataset_id)[0].state == expected
        (due,) = SyncDue.find(unfinished=True)
        assert due.arguments == {"partner_id": partner.pk} and due.scheduled_for is not None
        assert datetime.timedelta(minutes=14) < due.scheduled_for - local_now() <= datetime.timedelta(minutes=15)
    partners.set_schedule(partner, 0)
    assert not SyncDue.find(unfinished=True)


def found(monkeypatch: pytest.MonkeyPatch, address: str, instance_id: str) -> None:
    one = nearby.Found(address, instance_id, "The office", "kolibri-desktop 0.1.0")
    monkeypatch.setattr(nearby.search, "found", lambda: [one])


def test_a_partner_whose_address_changed_is_found_again(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    address, gone = partner.address, "http://127.0.0.1:1/"
    partners.note(partner, address=gone)
    # Somebody else had that address before.
    other = Partner.objects.create(dataset_id=partner.dataset_id, address=address, instance_id="cd" * 16)
    found(monkeypatch, "http://127.0.0.1:2/", "ab" * 16)
    with pytest.raises(problems.NotReached):
        syncing.sync(partner)
    found(monkeypatch, address, str(partner.instance_id))
    assert syncing.sync(partner).pull.records
    partner.refresh_from_db()
    other.refresh_from_db()
    assert (partner.address, other.address, partner.ending) == (address, gone, Ending.DONE)


def test_who_only_says_to_be_a_partner_does_not_get_its_place(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    partners.note(partner, address="http://127.0.0.1:1/")
    found(monkeypatch, "http://127.0.0.1:2/", str(partner.instance_id))
    with pytest.raises(problems.NotReached):
        syncing.sync(partner)
    assert Partner.objects.get().address == "http://127.0.0.1:1/"


def test_another_computer_at_a_partners_address_is_not_taken_for_it(partner: Partner, monkeypatch: pytest.MonkeyPatch):
    office = str(partner.instance_id)
    partners.note(partner, instance_id="ab" * 16)
    found(monkeypatch, "http://127.0.0.1:1/", "ab" * 16)
    with pytest.raises(problems.NotReached):
        syncing.sync(partner)
    assert Partner.objects.get().instance_id == "ab" * 16
    # Found nowhere else, it is the same computer with a new database.
    monkeypatch.setattr(nearby.search, "found", list)
    syncing.sync(partner)
    assert Partner.objects.get().instance_id == office
