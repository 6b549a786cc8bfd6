"""How the program begins and ends, seen from outside."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest

from tests.patience import until
from tests.window.conftest import SECONDS_TO_END

pytestmark = [pytest.mark.window, pytest.mark.timeout(180)]


def is_whole(home: Path) -> bool:
    """Return whether the database, if there is one, is sound and nothing waits beside it."""
    database = home / "db.sqlite3"
    beside = Path(f"{database}-wal")
    if beside.exists() and beside.stat().st_size:
        return False
    if not database.exists():
        return True
    connection = sqlite3.connect(database)
    try:
        return connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    finally:
        connection.close()


@pytest.mark.alone
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("after", [0.3, 0.8, 1.5, 4.0])
def test_a_signal_ends_it_at_any_moment(start, home: Path, kind: signal.Signals, after: float) -> None:
    run = start()
    time.sleep(after)
    status, seconds = run.end(kind)
    assert status == 0, run.process.stdout.read().decode()[-2000:]
    assert seconds < SECONDS_TO_END
    assert is_whole(home)


@pytest.mark.alone
def test_a_signal_ends_a_server_without_a_window(start, home: Path) -> None:
    run = start("--serve-only")
    assert b"/window/enter?key=" in run.process.stdout.readline()
    status, seconds = run.end(signal.SIGTERM)
    assert (status, seconds < SECONDS_TO_END, is_whole(home)) == (0, True, True)


@pytest.mark.alone
def test_the_close_button_ends_it(open_window, home: Path) -> None:
    window = open_window()
    window.press_close_button()
    asked = time.monotonic()
    assert window.ended() == 0
    assert time.monotonic() - asked < SECONDS_TO_END
    assert is_whole(home)


def test_what_a_page_kept_a_moment_ago_is_there_at_the_next_start(open_window) -> None:
    """The engine writes cookies down every half minute: closing must not lose the language that was just chosen."""
    window = open_window()
    window.page.evaluate("document.cookie = 'chosen=sw; max-age=9999; path=/'")
    window.press_close_button()
    assert window.ended() == 0
    # Cookies know no ports, and the next start may have another.
    assert "chosen=sw" in open_window().page.evaluate("document.cookie")


def test_a_second_start_shows_the_first_and_ends(open_window, start, screen: str, home: Path) -> None:
    window = open_window()
    environment = {**os.environ, "DISPLAY": screen}

    def asked(*words: str) -> str:
        return subprocess.run(["xdotool", *words], env=environment, capture_output=True, text=True, check=False).stdout

    def visible() -> list[str]:
        return asked("search", "--onlyvisible", "--name", "Kolibri Desktop").split()

    number = until(visible, "the window")[-1]
    asked("windowminimize", "--sync", number)
    until(lambda: number not in visible(), "the window to go")
    second = start()
    assert second.process.wait(30) == 0
    assert window.process.poll() is None
    until(lambda: asked("getactivewindow").strip() == number, "the first window to come forward")


def test_a_killed_one_leaves_nothing_in_the_way(open_window, home: Path) -> None:
    open_window().kill()
    again = open_window()
    assert again.page.get_by_role("heading", name="Welcome").is_visible()
