"""A home on a stick: its journal, its sentences, and the watch over whether it is still there."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import threading
from pathlib import Path
from pathlib import PureWindowsPath
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from kolibri.core.backup import copies
from kolibri.server import journal
from kolibri.server import portable
from kolibri.server.home import HomeProblem
from kolibri.server.home import prepare
from kolibri.server.portable import Presence
from kolibri.server.starting import Front
from kolibri.settings import environment
from tests.media import exfat_stick
from tests.media import memory_disk


class Told:
    """Hears, once, that the stick is gone."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.heard = threading.Event()

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self.heard.set()


def test_a_drive_that_stays_gets_a_log_where_sqlite_can_share_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert journal.choose(tmp_path) == "WAL"
    assert list(tmp_path.iterdir()) == []


def test_a_drive_that_can_be_pulled_out_gets_no_mapped_memory(tmp_path: Path) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=4m") as place:
        assert journal.can_wal(place)
        assert journal.choose(place) == "TRUNCATE"


@pytest.mark.parametrize(
    ("folder", "is_same"), [("E:\\Kolibri", False), ("c:\\Kolibri", True), ("\\\\computer\\share\\Kolibri", False)]
)
def test_on_windows_a_drive_whose_number_is_that_of_another_is_not_taken_for_it(folder: str, is_same: bool) -> None:
    class Place(PureWindowsPath):
        """What such a system says of drives that have no number."""

        def absolute(self) -> Place:
            return self

        def stat(self) -> os.stat_result:
            return os.stat_result([0] * 10)

    home: Any = Place("C:\\Users\\Amina")
    there: Any = Place(folder)
    assert journal.is_same_drive(there, home) is is_same


def test_where_a_log_cannot_be_shared_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    with memory_disk(tmp_path / "full", "size=16k") as place:
        assert not journal.can_wal(place)

    class Refusing(sqlite3.Connection):
        """SQLite's answer where the drive cannot share memory: the mode stays."""

        def execute(self, sql: str, *more: object) -> sqlite3.Cursor:  # type: ignore[override]
            return super().execute("PRAGMA journal_mode" if "journal_mode" in sql else sql, *more)  # type: ignore[arg-type]

    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda path: connect(path, factory=Refusing))
    assert journal.choose(tmp_path) == "TRUNCATE"


@pytest.mark.parametrize("value", ["DELETE", "OFF", "WAL; PRAGMA synchronous=OFF"])
def test_no_other_journal_is_taken(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("KOLIBRI_JOURNAL", value)
    with pytest.raises(ImproperlyConfigured, match="WAL and TRUNCATE"):
        environment.journal()


def test_an_empty_place_where_the_stick_was_gets_no_home(tmp_path: Path) -> None:
    with pytest.raises(HomeProblem, match="was taken out"):
        portable.check(tmp_path / "Kolibri" / "data")
    assert list(tmp_path.iterdir()) == []


def test_a_stick_with_too_little_room_is_refused_with_the_room_it_takes(tmp_path: Path) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=19m") as place, pytest.raises(HomeProblem, match="20 MB") as raised:
        portable.check(place / "data")
    assert raised.value.code == "home_full"


def test_a_home_on_exfat_is_prepared_settled_and_let_go(tmp_path: Path) -> None:
    with exfat_stick(tmp_path) as stick:
        home = portable.check(stick.put_in() / "data")
        assert journal.choose(home) == "TRUNCATE"
        assert portable.settle(home)
        stick.pull_out()
        assert not portable.settle(home)


def test_a_home_that_vanishes_is_told_once(tmp_path: Path) -> None:
    home, told = prepare(tmp_path / "home"), Told()
    watch = Presence(home, told, every=0.05)
    watch.doubt()
    assert not told.heard.wait(0.5)
    shutil.rmtree(home)
    assert told.heard.wait(10)
    watch.doubt()
    assert len(told.sentences) == 1 and "was taken out" in told.sentences[0]


@pytest.mark.parametrize("said", ["cannot be written to any more", "was taken out"])
def test_trouble_on_a_drive_that_is_still_named_is_looked_into(tmp_path: Path, said: str) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=1m") as place:
        home, told = prepare(place / "home"), Told()
        watch = Presence(home, told, every=3600)
        front = Front(lambda _first: None)
        front.on_trouble = watch.doubt
        if said == "was taken out":
            # Writing fails, but not as on a locked stick: the name of the home is remembered, no more.
            (home / "run" / ".still-there").mkdir()
        else:
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        front.ready(lambda _environ, start: start("200 OK", []) or [])
        front({"PATH_INFO": "/"}, lambda *_words: None)
        assert not told.heard.wait(0.3)
        front.ready(lambda _environ, start: start("500 Internal Server Error", []) or [])
        front({"PATH_INFO": "/"}, lambda *_words: None)
        assert told.heard.wait(10)
        assert len(told.sentences) == 1 and said in told.sentences[0]


def test_a_part_of_the_program_that_is_gone_with_the_stick_takes_no_thread_of_the_server_along() -> None:
    """PyInstaller raises this where a page wants a module for the first time and the program's file is no more."""
    front, asked, told = Front(lambda _remedy: None), [], []

    def torn(_environ: object, _start: object) -> list[bytes]:
        raise SystemExit("ERROR: the program appears to have been moved or deleted")

    front.on_trouble = lambda: asked.append("is it there?")
    front.ready(torn)
    environ = {"PATH_INFO": "/", "REQUEST_METHOD": "GET"}
    said = front(environ, lambda status, _headers: told.append(status))
    assert told == ["503 Service Unavailable"] and b"has stopped" in b"".join(said)
    assert asked == ["is it there?"]


def test_a_full_drive_is_still_there(tmp_path: Path) -> None:
    with memory_disk(tmp_path / "BLUE STICK", "size=1m") as place:
        home, told = prepare(place / "home"), Told()
        with pytest.raises(OSError, match="No space"), (place / "film").open("wb", buffering=0) as film:
            while True:
                film.write(bytes(4096))
        watch = Presence(home, told, every=0.05)
        watch.doubt()
        assert not told.heard.wait(0.5)
        watch.stop()


def test_once_lost_the_program_comes_back_to_no_page(tmp_path: Path) -> None:
    pressed: list[object] = []
    front = Front(pressed.append)
    front.failed("The folder cannot be written.", None)
    front.lost("The stick was taken out.")
    front.ready(lambda _environ, start: start("200 OK", []) or [b"a form"])
    front.failed("Something else.", None)
    front.starting()
    statuses: list[str] = []

    def ask(listener: str, method: str = "GET", path: str = "/") -> str:
        environ = {"PATH_INFO": path, "REQUEST_METHOD": method, "kolibri.listener": listener}
        return b"".join(front(environ, lambda status, _headers: statuses.append(status[:3]))).decode()

    shown = ask("window")
    assert "The stick was taken out." in shown and "<button" not in shown
    assert "The stick was taken out." not in ask("class")
    assert "<form" not in ask("window", "POST")
    assert '"not_now"' in ask("class", "POST", "/api/lesson/")
    ask("window", "POST", f"{front._retry_path}/0")
    assert statuses == ["200", "503", "503", "503", "303"] and pressed == []


def test_a_journal_that_a_killed_process_left_never_meets_another_database(tmp_path: Path) -> None:
    database, working = tmp_path / "db.sqlite3", tmp_path / "working.sqlite3"
    for path, text in ((database, "old"), (working, "new")):
        with sqlite3.connect(path) as made:
            made.execute("CREATE TABLE word (text)")
            made.executemany("INSERT INTO word VALUES (?)", [(text * 500,) for _row in range(50)])
        made.close()
    writer = sqlite3.connect(database, isolation_level=None)
    writer.executescript("PRAGMA journal_mode=TRUNCATE; PRAGMA cache_size=1; BEGIN IMMEDIATE; UPDATE word SET text='x'")
    for name in (database, Path(f"{database}-journal")):
        shutil.copy(name, tmp_path / f"{name.name}.left")
    writer.close()
    for name in (database, Path(f"{database}-journal")):
        shutil.move(tmp_path / f"{name.name}.left", name)
    assert Path(f"{database}-journal").stat().st_size
    copies.take_place(working, database)
    assert copies.check(database, "integrity_check") == ""
    with sqlite3.connect(database) as opened:
        assert opened.execute("SELECT DISTINCT substr(text, 1, 3) FROM word").fetchall() == [("new",)]
    opened.close()
