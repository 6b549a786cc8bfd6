"""A database that is gone, empty or damaged at a start: named, never replaced in silence, mended by a button."""

from __future__ import annotations

import contextlib
import html
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kolibri.core.backup import contents
from kolibri.server import control
from kolibri.server.home import prepare
from tests.core.backup.program import run
from tests.patience import PATIENCE
from tests.patience import until
from tests.server.conftest import ROOT
from tests.server.conftest import ask
from tests.server.conftest import plain_environment

WINDOW = """
import sys
from pathlib import Path
from kolibri.server import run
running = run.start(Path(sys.argv[1]))
sys.stdin.read()
running.stop()
"""


class Started:
    """The server as the window starts it: it goes on after a failure, with a page that says so."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def state(self) -> str:
        found = control.find(self.home)
        status = found.ask("status") if found else None
        return str(status["state"]) if status else ""

    def page(self) -> str:
        found = control.find(self.home)
        assert found
        return html.unescape(ask(found.port).body.decode())

    def press(self, words: str) -> None:
        found = control.find(self.home)
        assert found
        (path,) = re.findall(rf'action="([^"]+)"><button[^>]*>{words}', self.page())
        assert ask(found.port, path, method="POST", body=b"").status == 303


@contextlib.contextmanager
def started(home: Path, *before: str) -> Iterator[Started]:
    """Start it, with other words before the command when these are given."""
    process = subprocess.Popen(
        [*before, sys.executable, "-c", WINDOW, str(home)],
        cwd=ROOT,
        env=plain_environment() | {"KOLIBRI_HOME": str(home), "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop"},
        stdin=subprocess.PIPE,
    )
    try:
        yield Started(home)
    finally:
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home whose school has a backup, and was renamed since."""
    made = prepare(tmp_path / "a home")
    run(made, "school", "plan", "due")
    run(made, "rename")
    return made


def lose(home: Path, how: str) -> None:
    database = home / "db.sqlite3"
    for beside in home.glob("db.sqlite3-*"):
        beside.unlink()
    if how == "gone":
        database.unlink()
    elif how == "empty":
        database.write_bytes(b"")
    else:
        content = database.read_bytes()
        database.write_bytes(bytes(4096) + content[4096:])


@pytest.mark.parametrize("how", ["gone", "empty", "damaged"])
def test_the_newest_backup_comes_back_by_one_button(home: Path, how: str) -> None:
    lose(home, how)
    with started(home) as server:
        until(lambda: server.state() == "failed", "the failure")
        page = server.page()
        assert str(home / "db.sqlite3") in page and "Nothing was changed." in page
        server.press("Bring back the backup of .*: Hill School")
        until(lambda: server.state() == "ready", "the school")
    assert contents.read(home / "db.sqlite3").schools == ("Hill School",)
    assert bool(list((home / "backups").glob("damaged-*.sqlite3"))) == (how == "damaged"), "what is damaged is kept"


@pytest.mark.parametrize("how", ["gone", "empty", "damaged"])
def test_one_may_begin_anew(home: Path, how: str) -> None:
    lose(home, how)
    with started(home) as server:
        until(lambda: server.state() == "failed", "the failure")
        server.press("Begin anew")
        until(lambda: server.state() == "ready", "a new beginning")
    assert contents.read(home / "db.sqlite3").schools == ()
    assert list((home / "backups").glob("daily-*.sqlite3")), "the backups stay"
    assert not (home / "begin-anew").exists()
    lose(home, how)
    with started(home) as server:
        until(lambda: server.state() == "failed", "the failure: it is asked each time")


def test_a_damaged_backup_is_passed_over(home: Path) -> None:
    run(home, "plan", "due")
    older, newer = sorted((home / "backups").glob("daily-*.sqlite3"))
    content = bytearray(newer.read_bytes())
    content[-3 * 4096 : -4096] = bytes(2 * 4096)
    newer.write_bytes(content)
    lose(home, "gone")
    with started(home) as server:
        until(lambda: server.state() == "failed", "the failure")
        server.press("Bring back")
        until(lambda: server.state() == "ready", "the school")
    assert contents.read(home / "db.sqlite3").schools == contents.read(older).schools


def test_without_a_window_it_ends_with_the_sentence(home: Path) -> None:
    lose(home, "empty")
    ended = subprocess.run(
        [sys.executable, "-m", "kolibri", "start", "--foreground", "--home", str(home)],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "Your data is missing" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert (home / "db.sqlite3").stat().st_size == 0


def test_a_first_start_asks_nothing(tmp_path: Path) -> None:
    home = prepare(tmp_path / "new")
    (home / "db.sqlite3").write_bytes(b"")
    with started(home) as server:
        until(lambda: server.state() == "ready", "the first start")
