"""The database at a start: made, found good, upgraded, put back, refused."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from kolibri.core.backup import copies
from kolibri.server.home import prepare
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment

RUN = """
import sys, django
from pathlib import Path
django.setup()
from django.conf import settings
# Never the database of a checkout that was built: it knows nothing of the app that grows here.
settings.ASSETS = Path({built!r} or settings.KOLIBRI_HOME / "nothing-built")
from kolibri.errors import KolibriError
from kolibri.server.upgrade import prepare_database
said = []
try:
    prepare_database(settings.KOLIBRI_HOME, said.append)
    print("good", "django.core.management.commands.migrate" in sys.modules, len(said))
except KolibriError as error:
    print(error.code, error)
"""

MIGRATION = """
from django.db import migrations

def run(apps, schema_editor):
    {body}

class Migration(migrations.Migration):
    initial = True
    dependencies = [{needs}]
    operations = [
        migrations.RunSQL("CREATE TABLE growing_{name} (id integer)"),
        migrations.RunPython(run, migrations.RunPython.noop),
    ]
"""


class Program:
    """The server's code with one more app, whose migrations a test writes: versions that never were."""

    def __init__(self, folder: Path) -> None:
        self.home = prepare(folder / "home")
        self.folder = folder / "code"
        self.built = ""
        (self.folder / "growing" / "migrations").mkdir(parents=True)
        for package in ("growing", "growing/migrations"):
            (self.folder / package / "__init__.py").write_text("")
        (self.folder / "growing_settings.py").write_text(
            "from kolibri.settings.desktop import *\nINSTALLED_APPS = [*INSTALLED_APPS, 'growing']\n"
        )

    @property
    def database(self) -> Path:
        return self.home / "db.sqlite3"

    def migration(self, name: str, body: str = "pass", needs: str = "") -> None:
        needed = f"('growing', {needs!r})" if needs else ""
        text = MIGRATION.format(name=name, body=body, needs=needed)
        (self.folder / "growing" / "migrations" / f"{name}.py").write_text(text)

    def forget(self, name: str) -> None:
        (self.folder / "growing" / "migrations" / f"{name}.py").unlink()

    def python(self, code: str) -> str:
        environment = plain_environment()
        environment |= {
            "DJANGO_SETTINGS_MODULE": "growing_settings",
            "KOLIBRI_HOME": str(self.home),
            "PYTHONPATH": f"{self.folder}{os.pathsep}{ROOT}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.returncode}: {done.stderr}"
        return done.stdout.strip()

    def start(self) -> str:
        return self.python(RUN.format(built=self.built))

    def build(self) -> None:
        """Make the database that first starts copy."""
        out = self.folder / "assets" / "database" / "empty.sqlite3"
        self.python(
            "import django; django.setup()\nfrom django.core.management import call_command\n"
            f"call_command('builddatabase', {str(out)!r})"
        )
        self.built = str(self.folder / "assets")

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection, connection:
            return connection.execute(sql).fetchall()

    def dump(self) -> list[str]:
        with contextlib.closing(sqlite3.connect(self.database)) as connection:
            return list(connection.iterdump())

    @property
    def copies(self) -> list[Path]:
        return sorted((self.home / "backups").iterdir())


@pytest.fixture(scope="session")
def _first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program that was started once; each test gets a copy of it."""
    made = Program(tmp_path_factory.mktemp("program"))
    made.migration("0001_first")
    assert made.start() == "good True 1"
    return made.home.parent


@pytest.fixture
def program(_first: Path, tmp_path: Path) -> Program:
    shutil.copytree(_first, tmp_path / "p", dirs_exist_ok=True)
    shutil.move(tmp_path / "p" / "code", tmp_path / "kept")
    made = Program(tmp_path / "p")
    shutil.rmtree(made.folder)
    shutil.move(tmp_path / "kept", made.folder)
    return made


def test_a_start_with_nothing_new_runs_no_migration_and_makes_no_copy(program: Program) -> None:
    assert program.start() == "good False 0"
    assert program.copies == []


def test_a_newer_program_copies_the_data_then_upgrades_it(program: Program) -> None:
    program.ask("INSERT INTO growing_0001_first VALUES (42)")
    program.migration("0002_second", needs="0001_first")
    assert program.start() == "good True 1"
    assert program.ask("SELECT name FROM sqlite_master WHERE name = 'growing_0002_second'")
    assert program.ask("SELECT id FROM growing_0001_first") == [(42,)]
    (copy,) = program.copies
    assert [stat.S_IMODE(path.stat().st_mode) for path in (copy, program.database)] == [0o600, 0o600]
    with contextlib.closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT id FROM growing_0001_first").fetchall() == [(42,)]
        assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'growing_0002_second'").fetchone()
    assert program.start() == "good False 0"


def test_a_failed_upgrade_leaves_the_data_as_it_was(program: Program) -> None:
    program.ask("INSERT INTO growing_0001_first VALUES (42)")
    before = program.dump()
    program.migration("0002_second", needs="0001_first")
    # The second is whole when the third fails, and must not stay.
    program.migration("0003_third", "raise ValueError('no room on the ark')", needs="0002_second")
    said = program.start()
    assert said.startswith("upgrade_failed") and "left as it was" in said and "no room on the ark" in said
    assert program.dump() == before
    assert [path.name for path in program.home.glob("db.sqlite3*")] == ["db.sqlite3"]
    assert len(program.copies) == 1
    program.forget("0003_third")
    assert program.start() == "good True 1"
    assert program.ask("SELECT id FROM growing_0001_first") == [(42,)]


@pytest.mark.parametrize("moment", ["in the middle", "before it takes the database's place"])
def test_a_process_that_ends_during_an_upgrade_leaves_the_data_as_it_was(program: Program, moment: str) -> None:
    program.ask("INSERT INTO growing_0001_first VALUES (42)")
    before = program.dump()
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    program.migration("0002_second", needs="0001_first")
    if moment == "in the middle":
        program.migration("0003_third", kill, needs="0002_second")
        code = RUN.format(built="")
    else:
        code = f"import os, signal\ndef kill(*names):\n    {kill}\n" + RUN.format(built="").replace(
            "said = []", "import kolibri.core.backup.copies\nkolibri.core.backup.copies.take_place = kill\nsaid = []"
        )
    with pytest.raises(AssertionError, match="-9"):
        program.python(code)
    assert program.dump() == before
    if moment == "in the middle":
        program.forget("0003_third")
    assert program.start() == "good True 1"
    assert program.ask("SELECT id FROM growing_0001_first") == [(42,)]
    assert program.ask("SELECT name FROM sqlite_master WHERE name = 'growing_0002_second'")


def test_an_upgraded_database_and_its_copy_count_under_different_ids(program: Program) -> None:
    program.ask(
        "INSERT INTO morango_databaseidmodel (id, current, date_generated, initial_instance_id) "
        "VALUES ('a1', 1, '2026-01-01', '')"
    )
    program.migration("0002_second", needs="0001_first")
    assert program.start() == "good True 1"
    old, new = program.ask("SELECT id, current FROM morango_databaseidmodel ORDER BY current")
    assert old == ("a1", 0)
    assert new[1] == 1 and len(str(new[0])) == 32
    with contextlib.closing(sqlite3.connect(program.copies[0])) as copy:
        assert copy.execute("SELECT id, current FROM morango_databaseidmodel").fetchall() == [("a1", 1)]
    # morango itself reads it so.
    code = (
        "import django; django.setup()\nfrom morango.models.core import DatabaseIDModel\n"
        "print(DatabaseIDModel.get_or_create_current_database_id().id)"
    )
    assert program.python(code) == new[0]


def test_a_newer_versions_data_is_refused_and_left_alone(program: Program) -> None:
    program.migration("0002_second", needs="0001_first")
    program.start()
    for copy in program.copies:
        copy.unlink()
    program.forget("0002_second")
    before = program.dump()
    said = program.start()
    assert said.startswith("newer_database") and "newer version" in said
    assert program.dump() == before
    assert program.copies == []


def test_three_copies_are_kept(program: Program) -> None:
    for number in range(2, 7):
        program.migration(f"000{number}_more", needs="0001_first" if number == 2 else f"000{number - 1}_more")
        assert program.start() == "good True 1"
    assert len(program.copies) == 3
    with contextlib.closing(sqlite3.connect(program.copies[-1])) as newest:
        assert newest.execute("SELECT 1 FROM sqlite_master WHERE name = 'growing_0005_more'").fetchone()


def test_a_damaged_database_is_not_upgraded(program: Program) -> None:
    program.ask("PRAGMA journal_mode=WAL")  # as every start has it
    program.ask("CREATE TABLE filler (text)")
    program.ask("INSERT INTO filler SELECT hex(randomblob(2000)) FROM django_migrations")
    program.migration("0002_second", needs="0001_first")
    with program.database.open("r+b") as file:
        file.seek(-3 * 4096, os.SEEK_END)
        file.write(os.urandom(2 * 4096))
    before = program.database.read_bytes()
    assert program.start().startswith("no_backup")
    assert program.database.read_bytes() == before
    assert program.copies == []


def test_what_is_no_database_is_named(program: Program) -> None:
    program.database.write_bytes(b"not a database, whatever its name says" * 200)
    said = program.start()
    assert said.startswith("no_data") and str(program.database) in said


def test_a_first_start_copies_the_built_database(program: Program) -> None:
    program.build()
    program.database.unlink()
    assert program.start() == "good False 0"
    assert program.ask("SELECT 1 FROM sqlite_master WHERE name = 'growing_0001_first'")
    assert program.ask("SELECT count(*) FROM morango_databaseidmodel") == [(0,)]


def test_a_built_database_holds_nothing_of_an_installation(program: Program) -> None:
    program.build()
    program.database.unlink()
    program.start()
    for table in ("django_session", "morango_instanceidmodel", "morango_certificate", "device_devicesettings"):
        assert program.ask(f"SELECT count(*) FROM {table}") == [(0,)]


@pytest.mark.parametrize("left", ["older", "broken"])
def test_a_built_database_that_does_not_fit_is_no_hindrance(program: Program, left: str) -> None:
    program.build()
    if left == "older":
        program.migration("0002_second", needs="0001_first")
    else:
        (Path(program.built) / "database" / "empty.sqlite3").write_bytes(b"half" * 5000)
    program.database.unlink()
    assert program.start().startswith("good True")
    assert program.ask("SELECT 1 FROM sqlite_master WHERE name = 'growing_0001_first'")


@pytest.mark.parametrize("beside", ["wal", "journal"])
def test_the_log_of_a_database_that_is_gone_is_not_applied(program: Program, beside: str) -> None:
    program.build()
    program.database.unlink()
    Path(f"{program.database}-{beside}").write_bytes(os.urandom(5000))
    assert program.start() == "good False 0"
    assert [path.name for path in program.copies] == [f"db.sqlite3-{beside}-left"]


def test_a_full_disk_stops_before_anything_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "db.sqlite3")) as connection:
        connection.execute("CREATE TABLE a (b)")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage._replace(free=1000))
    with pytest.raises(copies.NoCopy, match="too little space"):
        copies.back_up(tmp_path / "db.sqlite3", tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []
