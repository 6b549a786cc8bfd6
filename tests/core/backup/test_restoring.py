"""A backup in the place of the database: what it brings, what it keeps, and that it may be cut off at any moment."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.backup import restoring
from tests.core.backup.program import damage
from tests.core.backup.program import manage
from tests.core.backup.program import run


@pytest.fixture
def backup(home: Path) -> Path:
    """A backup of Hill School, whose name was changed since."""
    run(home, "school", "plan", "due")
    (made,) = (home / "backups").glob("daily-*.sqlite3")
    run(home, "rename")
    return made


def schools(home: Path, kind: str) -> list[tuple[str, ...]]:
    return [contents.read(one).schools for one in sorted((home / "backups").glob(f"{kind}-*.sqlite3"))]


def test_it_is_there_after_the_next_start_and_can_be_undone(home: Path, backup: Path) -> None:
    before = run(home, f"restore:{backup}")
    assert before["schools"] == ["River School"], "nothing happens while the program runs"
    after = run(home)
    assert after["schools"] == ["Hill School"]
    assert (after["sessions"], after["jobs"]) == (0, []), "whoever was signed in then is not now"
    assert len(after["database"]) == 1 and after["database"] != before["database"], "or peers would lose records"
    assert schools(home, "replaced") == [("River School",)]
    assert run(home)["database"] == after["database"], "it is done once"
    (replaced,) = (home / "backups").glob("replaced-*.sqlite3")
    run(home, f"restore:{replaced}")
    assert run(home)["schools"] == ["River School"]
    assert backup.exists()


def test_it_can_be_thought_over(home: Path, backup: Path) -> None:
    run(home, f"restore:{backup}", "forget")
    assert run(home)["schools"] == ["River School"]
    assert not list(home.glob("restoring*"))


def test_cut_off_at_any_moment_the_next_start_does_it_again(home: Path, backup: Path) -> None:
    run(home, f"restore:{backup}")
    cuts = 0
    while not run(home, f"cut:{cuts}"):
        assert contents.read(home / "db.sqlite3").schools in {("River School",), ("Hill School",)}
        cuts += 1
    assert cuts > 8
    assert run(home)["schools"] == ["Hill School"]
    assert ("River School",) in schools(home, "replaced")
    assert not list(home.glob("*restoring*"))


def test_a_damaged_database_is_kept_as_it_is(home: Path, backup: Path) -> None:
    damage(home / "db.sqlite3")
    damaged = (home / "db.sqlite3").read_bytes()
    copies.copy_database(backup, home / "restoring.sqlite3")
    assert run(home)["schools"] == ["Hill School"]
    (aside,) = (home / "backups").glob("damaged-*.sqlite3")
    assert aside.read_bytes() == damaged


def test_what_is_no_good_backup_is_refused(home: Path, backup: Path, tmp_path: Path) -> None:
    torn, text, newer = (tmp_path / name for name in ("torn.sqlite3", "text.sqlite3", "newer.sqlite3"))
    torn.write_bytes(backup.read_bytes())
    damage(torn)
    text.write_text("a letter to the head teacher")
    newer.write_bytes(backup.read_bytes())
    with contextlib.closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('lessons', '9999_later', '')")
    assert run(home, f"restore:{torn}") == {"refused": "bad_backup"}
    assert run(home, f"restore:{text}") == {"refused": "bad_backup"}
    assert run(home, f"restore:{tmp_path / 'gone.sqlite3'}") == {"refused": "bad_backup"}
    assert run(home, f"restore:{newer}") == {"refused": "newer_database"}
    assert run(home)["schools"] == ["River School"]
    assert not list(home.glob("restoring*"))


def test_nothing_is_written_beside_a_backup(home: Path, backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may lie on a stick that is locked, where SQLite cannot make the log that such a file wants."""
    opened: list[str] = []
    connect = sqlite3.connect

    def noting(database: object, **options: object) -> sqlite3.Connection:
        opened.append(str(database))
        return connect(database, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(sqlite3, "connect", noting)
    assert restoring.ask(backup, home).schools == ("Hill School",)
    mine = [one for one in opened if backup.name in one]
    assert mine and all(one.endswith("?mode=ro&immutable=1") for one in mine)


def test_the_command_lists_backups_and_brings_one_back(home: Path, backup: Path) -> None:
    def command(*words: str) -> str:
        done = manage(home, "restorebackup", *words)
        return done.stdout + done.stderr

    (home / "backups/daily-torn.sqlite3").write_text("torn")
    listed = command().splitlines()
    assert f"{backup.name}  " in listed[0] and listed[0].endswith("Hill School: 1 classes, 0 people, 0 lessons")
    assert "daily-torn.sqlite3" in listed[1] and "cannot be read" in listed[1]
    assert "This backup cannot be read" in command("daily-torn.sqlite3")
    assert command(backup.name).startswith("Hill School: 1 classes")
    assert command("--forget") == "The data stays as it is.\n"
    assert run(home)["schools"] == ["River School"]
    # Also when the program itself could not start.
    damage(home / "db.sqlite3")
    assert command(str(backup)).startswith("Hill School: 1 classes")
    assert run(home)["schools"] == ["Hill School"]
