"""Backups on a stick: plain and locked, whole or refused, and none of them half made."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.backup import restoring
from kolibri.core.safekeeping import files
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.server.home import prepare
from tests.core.backup.program import damage
from tests.core.backup.program import run

PASSPHRASE = "blue kettle seven"


def quiet(done: int, total: int) -> None:
    assert 0 <= done <= total


@pytest.fixture
def home(tmp_path: Path, settings: object) -> Path:
    made = prepare(tmp_path / "a home")
    run(made, "school")
    settings.KOLIBRI_HOME = made  # type: ignore[attr-defined]
    return made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    (tmp_path / "BLUE STICK").mkdir()
    return tmp_path / "BLUE STICK"


def saved(home: Path, stick: Path, passphrase: str = "", tick: Callable[[int, int], None] = quiet) -> Path:
    header, key = files.close(passphrase) if passphrase else (None, b"")
    return files.save(home / "db.sqlite3", stick, header, key, tick)


def nothing_left(home: Path, stick: Path) -> bool:
    return not list(home.glob("backup-*")) and not list(stick.rglob("*.part"))


def test_a_plain_one_is_a_database_that_any_program_reads(home: Path, stick: Path) -> None:
    made = saved(home, stick)
    assert made.parent == stick / "KOLIBRI_BACKUP" and made.name.startswith("Hill-School-")
    assert contents.read(made) == contents.Contents(("Hill School",), 1, 0, 0)
    assert [one.path for one in files.look([stick]).files] == [made]
    assert nothing_left(home, stick)


@pytest.mark.parametrize("passphrase", ["", PASSPHRASE])
def test_nobody_is_signed_in_with_one(home: Path, stick: Path, passphrase: str) -> None:
    database = home / "db.sqlite3"
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE django_session SET session_key = 'a-key-that-is-still-good'")
        assert connection.execute("SELECT count(*) FROM django_session").fetchone() == (1,)
    made = saved(home, stick, passphrase)
    with files.opened(made, files.key_of(made, passphrase), quiet) as plain:
        assert b"a-key-that-is-still-good" not in plain.read_bytes()
        assert not copies.check(plain, "integrity_check")
        assert restoring.ask(plain, home) == contents.Contents(("Hill School",), 1, 0, 0)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM django_session").fetchone() == (1,), "only there"
    assert nothing_left(home, stick)


def test_a_locked_one_says_nothing_without_its_passphrase(home: Path, stick: Path) -> None:
    made = saved(home, stick, PASSPHRASE)
    (lying,) = files.look([stick]).files
    assert lying.path == made and lying.is_locked
    raw = made.read_bytes()
    assert b"Hill School" not in raw and b"SQLite" not in raw and PASSPHRASE.encode() not in raw
    with pytest.raises(BadInput) as missing:
        files.key_of(made, "")
    with pytest.raises(BadInput) as wrong:
        files.key_of(made, "blue kettle eight")
    assert (missing.value.field, wrong.value.field) == ("passphrase", "passphrase")
    with files.opened(made, files.key_of(made, PASSPHRASE), quiet) as database:
        assert contents.read(database).schools == ("Hill School",)
        plain = database
    assert not plain.exists() and nothing_left(home, stick)


@pytest.mark.parametrize("place", ["header", "middle", "end", "cut"])
def test_an_altered_or_cut_one_is_refused_whole(home: Path, stick: Path, place: str) -> None:
    made = saved(home, stick, PASSPHRASE)
    content = bytearray(made.read_bytes())
    if place == "cut":
        del content[-100:]
    else:
        content[{"header": 40, "middle": len(content) // 2, "end": -1}[place]] ^= 1
    made.write_bytes(content)
    with pytest.raises(KolibriError), files.opened(made, files.key_of(made, PASSPHRASE), quiet):
        pass
    assert nothing_left(home, stick)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(BadInput) as error:
        files.close("short")
    assert error.value.field == "passphrase"


@pytest.mark.parametrize("content", [b"", b"holiday", b"Kolibri parcel 1\n" + bytes(100)])
def test_something_else_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(files.Another):
        files.key_of(tmp_path / "x", PASSPHRASE)
    with pytest.raises(files.Gone):
        files.key_of(tmp_path / "nowhere", PASSPHRASE)


def test_a_damaged_database_is_not_saved(home: Path, stick: Path) -> None:
    damage(home / "db.sqlite3")
    with pytest.raises(copies.NoCopy):
        saved(home, stick)
    assert not list(stick.rglob("*.sqlite3")) and nothing_left(home, stick)


def test_stopped_in_the_middle_nothing_has_a_name(home: Path, stick: Path) -> None:
    class Stop(Exception):
        pass

    def stop(done: int, total: int) -> None:
        if done * 4 > total * 3:
            raise Stop

    with pytest.raises(Stop):
        saved(home, stick, PASSPHRASE, stop)
    assert files.look([stick]).files == [] and nothing_left(home, stick)


def test_other_programs_databases_are_not_offered(stick: Path) -> None:
    sqlite3.connect(stick / "photos.sqlite3").close()
    assert files.look([stick]).files == []


def test_one_that_grows_beyond_the_disk_is_stopped_before_it_is_full(
    home: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = saved(home, stick, PASSPHRASE)
    key = files.key_of(made, PASSPHRASE)
    monkeypatch.setattr(copies, "SPARE", shutil.disk_usage(home).free)
    with pytest.raises(copies.NoCopy, match="too little space"), files.opened(made, key, quiet):
        pass
    assert nothing_left(home, stick)
