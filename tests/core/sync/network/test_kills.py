"""Computers that are killed in a named stage of a sync, on either side: nothing is lost, and both agree afterwards."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.core.sync.network.servers import ROOT
from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD

# Each is a computer with a home of its own.
pytestmark = [pytest.mark.desktop("servers with a home of their own")]

KILLED = 9
WAITING = """
SELECT id FROM morango_transfersession
WHERE active AND transfer_stage_status = 'pending' AND transfer_stage != 'transferring'
"""
NEW_PERSON = """
from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
services.create_person(Facility.objects.get(), username="{name}", full_name="New Ünal", password="chalk-slate")
"""
# The side that gives has its own part before the records go over, the one that takes has it after.
AT_THE_SERVER = (
    "pull:serializing:before",
    "pull:queuing:after",
    "pull:transferring:before",
    "push:transferring:after",
    "push:dequeuing:before",
    "push:dequeuing:after",
    "push:deserializing:before",
)
AT_THE_CLIENT = (
    "pull:transferring:after",
    "pull:dequeuing:after",
    "pull:deserializing:before",
    "push:serializing:before",
    "push:queuing:after",
)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Office]]:
    """The office with its school, and the desk that has joined it."""
    office = Office(tmp_path_factory.mktemp("office"))
    desk = Office(tmp_path_factory.mktemp("desk"), make="")
    office.start()
    synced(desk, office)
    yield office, desk
    office.kill()


def synced(desk: Office, office: Office) -> None:
    desk.manage("sync", "--address", office.address, "--username", "head", KOLIBRI_SYNC_PASSWORD=PASSWORD)
    assert desk.store() == office.store()
    assert not any(row[-1] for one in (desk, office) for row in one.store().values()), "some did not become rows"


def edited(both: tuple[Office, Office], side: str, place: str) -> str:
    """Make a person on the computer that gives; returns the name."""
    name = "_".join(word[:4] for word in (side, *place.split(":")))
    both[place.startswith("push")].manage("shell", "-v0", "-c", NEW_PERSON.format(name=name))
    return name


def agreed(both: tuple[Office, Office], name: str) -> None:
    """Sync once more, and expect the person on both computers."""
    office, desk = both
    synced(desk, office)
    for one in both:
        assert one.ask(f"SELECT count(*) FROM kolibriauth_facilityuser WHERE username = '{name}'") == [(1,)]
        assert one.ask("SELECT count(*) FROM morango_buffer") == [(0,)]


@pytest.mark.parametrize("place", AT_THE_SERVER)
def test_the_server_is_killed(both: tuple[Office, Office], place: str):
    office, desk = both
    name = edited(both, "server", place)
    office.stop()
    office.environment["KOLIBRI_TEST_DIE_AT"] = place
    office.start()
    command = [sys.executable, "-m", "kolibri", "manage", "sync", "--address", office.address]
    client = subprocess.Popen(
        command, env=desk.environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert office.ended() == KILLED
    del office.environment["KOLIBRI_TEST_DIE_AT"]
    waiting = office.ask(WAITING)
    # While the other side still tries.
    office.start()
    # What the other side would ask for without an end is over.
    assert not set(waiting) & set(office.ask(WAITING))
    assert waiting or "transferring" in place
    said, _nothing = client.communicate(timeout=60)
    assert "Traceback" not in said.splitlines()[-1]
    agreed(both, name)


@pytest.mark.parametrize("place", AT_THE_CLIENT)
def test_the_client_is_killed(both: tuple[Office, Office], place: str):
    office, desk = both
    name = edited(both, "client", place)
    command = [sys.executable, "-m", "tests.interop.dying", "manage", "sync", "--address", office.address]
    environment = {**desk.environment, "KOLIBRI_TEST_DIE_AT": place}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == KILLED, done.stderr
    agreed(both, name)
