"""A clock that is years off, and a disk that is full: nothing is lost, and both agree afterwards."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD

pytestmark = [pytest.mark.desktop("servers with a home of their own")]

FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
NEW_PERSON = """
from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
services.create_person(Facility.objects.get(), username="{name}", full_name="New Ünal", password="chalk-slate")
"""
FILL = """
import os
from kolibri.core.auth.models import Facility
from kolibri.core.lessons.services import create_lesson
from kolibri.core.auth.models import Classroom, FacilityUser
head, room = FacilityUser.objects.get(username="head"), Classroom.objects.first()
for number in range(400):
    create_lesson(head, collection=room, title=f"Lesson {number}", description=os.urandom(2_000).hex())
"""


def sync(desk: Office, office: Office) -> str:
    return desk.manage("sync", "--address", office.address, "--username", "head", KOLIBRI_SYNC_PASSWORD=PASSWORD)


@pytest.fixture
def offices(tmp_path: Path) -> Iterator[Callable[..., Office]]:
    made: list[Office] = []

    def make(name: str, **options: str) -> Office:
        made.append(Office(tmp_path / name, **options))
        return made[-1]

    yield make
    for one in made:
        one.kill()


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not here: apt-get install faketime")
@pytest.mark.parametrize(("there", "here"), [("+5y", ""), ("", "+5y"), ("-5y", "+5y")])
def test_a_clock_that_is_five_years_off(offices, there: str, here: str):
    office, desk = offices("office"), offices("desk", make="")
    for one, shift in ((office, there), (desk, here)):
        if shift:
            one.environment |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift}
    year = int(desk.manage("shell", "-v0", "-c", "import datetime; print(datetime.date.today().year)"))
    office.start()
    sync(desk, office)
    office.manage("shell", "-v0", "-c", NEW_PERSON.format(name="there"))
    desk.manage("shell", "-v0", "-c", NEW_PERSON.format(name="here"))
    sync(desk, office)
    assert desk.store() == office.store()
    for one in (office, desk):
        assert one.ask("SELECT count(*) FROM kolibriauth_facilityuser WHERE username IN ('here', 'there')") == [(2,)]
    plain = int(subprocess.run(["date", "+%Y"], capture_output=True, text=True, check=True).stdout)
    assert year == plain + (5 if here else 0)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MB."""
    place = tmp_path / "small disk"
    place.mkdir()
    if not shutil.which("mount") or os.geteuid():
        pytest.skip("only root can mount")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", place], capture_output=True)
    if mounted.returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_that_is_full_while_a_school_arrives(offices, small_disk: Path):
    office = offices("office")
    office.manage("shell", "-v0", "-c", FILL)
    office.start()
    desk = Office(small_disk / "desk", make="")
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(shutil.disk_usage(small_disk).free - 1_200_000))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        sync(desk, office)
    *_log, said = refused.value.stderr.strip().splitlines()
    assert said.startswith("CommandError: This computer's disk is full."), said
    ballast.unlink()
    sync(desk, office)
    assert desk.store() == office.store()
    assert desk.ask("SELECT count(*) FROM lessons_lesson") == [(400,)]
    assert desk.ask("PRAGMA integrity_check") == [("ok",)]


def test_the_servers_disk_is_full_while_a_school_is_sent(offices, small_disk: Path):
    """Who asks is told whose disk it is, and why; afterwards both hold the same."""
    office = Office(small_disk / "office")
    desk = offices("desk", make="")
    office.start()
    sync(desk, office)
    desk.manage("shell", "-v0", "-c", FILL)
    ballast = small_disk / "ballast"
    with ballast.open("wb") as file:
        file.write(bytes(shutil.disk_usage(small_disk).free - 1_200_000))
    with pytest.raises(subprocess.CalledProcessError) as refused:
        sync(desk, office)
    *_log, said = refused.value.stderr.strip().splitlines()
    assert said.startswith("CommandError: The other computer's disk is full."), refused.value.stderr
    assert desk.ask("SELECT ending, open_session FROM syncnetwork_partner") == [("failed", "")]
    ballast.unlink()
    sync(desk, office)
    assert desk.store() == office.store()
    assert office.ask("SELECT count(*) FROM lessons_lesson") == [(400,)]
    assert office.ask("PRAGMA integrity_check") == [("ok",)]
    office.kill()
