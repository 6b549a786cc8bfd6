"""Schools' SQLite files come to the district's PostgreSQL: nothing lost, nothing changed."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kolibri.server.home import prepare
from tests.databases import own_database
from tests.databases import run_python
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment

pytestmark = [pytest.mark.timeout(300), pytest.mark.acceptance("A2")]

MAKE = """
from tests.schools import make_school, make_superuser
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DeviceSettings
from kolibri.core.fields import local_now
from kolibri.core.lessons.services import create_lesson, delete_lesson
school = make_school(given["name"], prefix=given["prefix"])
make_superuser(school.admin)
create_lesson(school.coach, collection=school.classroom, title="Décimaux ½ “”", is_active=True,
              resources=[{"contentnode_id": "a" * 32, "content_id": "b" * 32, "channel_id": "c" * 32}])
gone = create_lesson(school.coach, collection=school.classroom, title="Fractions", learner_ids=[school.learner.pk])
delete_lesson(gone, school.coach)
school.learners[-1].date_deleted = local_now()
school.learners[-1].save()
DeviceSettings(is_provisioned=True, default_facility=school.facility, language="sw").save()
"""

OWN = """
from kolibri.core.auth.models import Facility
from kolibri.core.device.models import DeviceSettings
DeviceSettings.objects.update(default_facility=Facility.objects.get())
"""

LOOK = """
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DevicePermissions, DeviceSettings
from kolibri.core.lessons.models import Lesson
from morango.models import Certificate
coach = FacilityUser.objects.get(username="v_coach")
settings = DeviceSettings.current()
answer = {
    "password": coach.check_password("chalk-and-slate"),
    "school": coach.facility.name,
    "lessons": Lesson.objects.count(),
    "superusers": sorted(DevicePermissions.objects.filter(is_superuser=True).values_list("user__username", flat=True)),
    "set up": [settings.is_provisioned, settings.language, settings.default_facility_id],
    "owned": Certificate.objects.get(pk=coach.dataset_id).has_private_key(),
    "trees": Certificate.objects.values("tree_id").distinct().count(),
}
"""


def manage(home: Path, url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    ours = {"KOLIBRI_HOME": str(home), "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "kolibri.settings.server"}
    return subprocess.run(
        [sys.executable, "-m", "kolibri", "manage", *words],
        cwd=ROOT,
        env=plain_environment() | ours,
        capture_output=True,
        text=True,
        check=False,
    )


def rows(home: Path, url: str) -> list[str]:
    """Return everything that a school is, a line for each row."""
    dumped = manage(home, url, "dumpdata", "kolibriauth", "lessons", "logger", "--all", "-e", "kolibriauth.guesses")
    assert dumped.returncode == 0, dumped.stderr
    found = json.loads(dumped.stdout)
    assert found
    return sorted(json.dumps(row, sort_keys=True) for row in found)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home as `Valley School` has it."""
    made = prepare(tmp_path / "valley")
    assert manage(made, "", "migrate").returncode == 0
    run_python(MAKE, made, "", name="Valley School", prefix="v_")
    return made


def test_two_schools_move_in(tmp_path, home):
    server = prepare(tmp_path / "server")
    hill = prepare(tmp_path / "hill")
    assert manage(hill, "", "migrate").returncode == 0
    run_python(MAKE, hill, "", name="Hill School", prefix="")
    with own_database("kolibri_moving") as url:
        assert manage(server, url, "migrate").returncode == 0
        for number, one in enumerate((hill, home)):
            before = (one / "db.sqlite3").read_bytes()
            brought = manage(server, url, "bringschool", str(one))
            assert brought.returncode == 0, brought.stderr
            assert (one / "db.sqlite3").read_bytes() == before
            if number == 0:
                # As the wizard would have it: a server of one school.
                run_python(OWN, server, url)
        assert rows(server, url) == sorted(rows(hill, "") + rows(home, ""))
        assert run_python(LOOK, server, url) == {
            "password": True,
            "school": "Valley School",
            "lessons": 2,
            # Who runs the first school's computer runs the server; the second school's people do not.
            "superusers": ["head"],
            "set up": [True, "sw", None],
            "owned": True,
            "trees": 2,
        }
        again = manage(server, url, "bringschool", str(hill))
        assert again.returncode == 1
        assert "has it already: Hill School" in again.stderr
        assert len(rows(server, url)) == len(rows(hill, "")) + len(rows(home, ""))


def test_what_cannot_be_brought_is_said_and_changes_nothing(tmp_path, home):
    server = prepare(tmp_path / "server")
    empty = prepare(tmp_path / "empty")
    assert manage(empty, "", "migrate").returncode == 0
    with own_database("kolibri_moving") as url:
        assert manage(server, url, "migrate").returncode == 0
        for path, sentence in ((tmp_path / "nothing", "is not the home"), (empty, "no school in this home")):
            refused = manage(server, url, "bringschool", str(path))
            assert (refused.returncode, sentence in refused.stderr) == (1, True), refused.stderr
        run_python(
            "from django.db import connection\nwith connection.cursor() as cursor:\n"
            "    cursor.execute(\"DELETE FROM django_migrations WHERE app = 'lessons' AND name LIKE '0002%'\")",
            home,
            "",
        )
        refused = manage(server, url, "bringschool", str(home))
        assert refused.returncode == 1
        assert "of an older version" in refused.stderr
        assert (
            run_python(
                "from kolibri.core.auth.models import FacilityDataset; answer = FacilityDataset.objects.count()",
                server,
                url,
            )
            == 0
        )
