"""The suite runs on SQLite and on PostgreSQL; on both an older release's data comes along."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path

import django
import pytest
import rest_framework
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from kolibri.server.home import prepare
from kolibri.settings import environment
from tests import databases
from tests.server.conftest import ROOT

# Tests of one vendor's own SQL, and what needs several processes; each file with its reason.
ASKING = {
    "tests/core/test_fields.py": "PostgreSQL plans a scan of four rows unless it is told not to",
    "tests/core/test_uuid_field.py": "what SQLite itself says of a column",
    "tests/core/database/test_line.py": "is our engine in use; its own files are SQLite's everywhere",
    "tests/core/changes/test_counters.py": "each vendor's own triggers; two writers at once, whom SQLite does not have",
    "tests/settings/test_addresses.py": "asks what the settings made of an address, on no database",
    "tests/district/conftest.py": "several processes at once, which an SQLite file does not serve",
    "tests/databases.py": "makes databases of its own",
    "tests/test_databases.py": "this file",
}


@pytest.mark.acceptance("A1", "A2")
def test_the_suite_runs_on_the_database_that_was_named(db: None) -> None:
    named = bool(environment.text("DATABASE_URL"))
    assert connection.vendor == ("postgresql" if named else "sqlite")
    if named:
        assert connection.pg_version >= 150_000
    assert django.VERSION[:2] == (5, 2)
    assert rest_framework.VERSION >= "3.16"


@pytest.mark.acceptance("A2")
def test_no_test_is_left_out_for_its_database() -> None:
    """Whoever asks for the vendor stands in the list above."""
    found = {
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if re.search(r"\.vendor\b|django\.db\.backends|\[\"ENGINE\"\]", path.read_text("utf-8"))
        # Fixtures that only build another database's file.
        and not {"tests/loss", "tests/bench"} & {"/".join(path.relative_to(ROOT).parts[:2])}
    }
    assert found - set(ASKING) == set()


@pytest.mark.acceptance("A2")
def test_the_run_on_postgresql_is_a_stage_and_leaves_out_the_desktop_alone() -> None:
    assert "stage test-postgres make test-postgres\n" in (ROOT / ".ci" / "run").read_text("utf-8")
    bootstrap = ast.parse((ROOT / "tools" / "bootstrap.py").read_text("utf-8"))
    words = {node.value for node in ast.walk(bootstrap) if isinstance(node, ast.Constant)}
    assert "not desktop" in words
    assert not {word for word in words if isinstance(word, str) and "browser" in word and "not " in word}


@pytest.mark.acceptance("J3")
def test_models_need_no_migration_on_this_database(db: None) -> None:
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("kolibri.")]
    call_command("makemigrations", *ours, check=True, dry_run=True, verbosity=0)


# The last migrations of the release whose data stands in tests/releases: what was written, as `dumpdata` gave it.
RELEASE = {
    "contenttypes": "0002_remove_content_type_name",
    "kolibriauth": "0002_certificate_scopes",
    "content": "0001_channels_and_nodes",
    "device": "0001_this_computer",
    "lessons": "0001_lessons_and_history",
    "tasks": "0001_job_rows",
    "sessions": "0001_initial",
}

LOAD = """
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
executor = MigrationExecutor(connection)
targets = list(given["release"].items())
executor.migrate(targets)
old = MigrationExecutor(connection).loader.project_state(targets).apps
with transaction.atomic():
    for row in given["rows"]:
        model = old.get_model(row["model"])
        values = {model._meta.get_field(name): value for name, value in row["fields"].items()}
        key = {model._meta.pk.attname: row["pk"]}
        made = model(**key, **{field.attname: field.to_python(value) for field, value in values.items()})
        made.save(force_insert=True)
"""

LOOK = """
from kolibri.core.auth.models import Classroom, FacilityUser, Membership, Role
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons.models import Lesson, LessonAssignment, LessonChange
fractions = Lesson.objects.get(title="Fractions 2")
answer = {
    "people": sorted(FacilityUser.objects.values_list("username", flat=True)),
    "classes": list(Classroom.objects.values_list("name", flat=True)),
    "memberships": Membership.objects.count(),
    "roles": sorted(Role.objects.values_list("kind", flat=True)),
    "school": DeviceSettings.current().default_facility.name,
    "lessons": sorted(Lesson.objects.values_list("title", flat=True)),
    "resources": len(fractions.resources),
    "recipients": LessonAssignment.objects.count(),
    "changes": LessonChange.objects.count(),
    "superuser": FacilityUser.objects.get(username="head").is_superuser,
    "password": FacilityUser.objects.get(username="coach").check_password("chalk-and-slate"),
}
"""


@pytest.mark.acceptance("J3")
def test_migrations_run_forwards_on_the_data_of_the_release_before(tmp_path: Path) -> None:
    home = prepare(tmp_path / "home")
    rows = json.loads((ROOT / "tests" / "releases" / "0.1.0.json").read_text("utf-8"))
    with databases.own_database("kolibri_release") as url:
        databases.run_python(LOAD, home, url, release=RELEASE, rows=rows)
        upgrade = (
            "from pathlib import Path; from django.conf import settings\n"
            "from kolibri.server.upgrade import prepare_database\n"
            "said = []; prepare_database(Path(settings.KOLIBRI_HOME), said.append); answer = len(said)"
        )
        said = databases.run_python(upgrade, home, url)
        assert databases.run_python(upgrade, home, url) == 0
        found = databases.run_python(LOOK, home, url)
    # A release without new migrations has nothing to say.
    assert said in (0, 1)
    assert found == {
        "people": ["amina", "ben", "carla", "coach", "david", "esi", "head"],
        "classes": ["Grade 4"],
        "memberships": 8,
        "roles": ["admin", "classroom assignable coach", "coach"],
        "school": "Hill School",
        "lessons": ["Décimaux ½", "Fractions 2"],
        "resources": 3,
        "recipients": 2,
        "changes": 3,
        "superuser": True,
        "password": True,
    }
