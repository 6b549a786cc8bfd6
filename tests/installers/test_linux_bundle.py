"""The built program, run as an ordinary user with the browser's sandbox on."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.end_to_end.window import ROOT
from tests.installers.conftest import BUNDLE
from tests.installers.conftest import Ordinary
from tests.installers.shown import close_window
from tests.installers.shown import press_enter_until
from tests.installers.shown import press_keys
from tests.installers.shown import title_of_window
from tests.installers.shown import type_into
from tests.patience import until

# Loaded by path and run by the environment that has PyInstaller: the tests' own has not.
CHECK = [ROOT / "build/venv/bin/python", ROOT / "tools/bundle.py"]


def colours(picture: Path) -> int:
    """Return how many colours a picture has; a blank window has one or two and its frame's few."""
    said = subprocess.run(["identify", "-format", "%k", str(picture)], capture_output=True, text=True, check=True)
    return int(said.stdout)


def under(pid: int) -> list[psutil.Process]:
    """Return the processes that a process has started, and theirs."""
    return psutil.Process(pid).children(recursive=True)


def words_under(pid: int) -> dict[int, str]:
    """Return the command lines of those, by their numbers; some end while one looks."""
    found = {}
    for one in under(pid):
        with contextlib.suppress(psutil.Error):
            found[one.pid] = " ".join(one.cmdline())
    return found


def in_sandbox(pid: int) -> list[int]:
    """Return the engine's processes that may call the system through a filter only (2 in proc(5)): those with pages."""
    found = []
    for number in words_under(pid):
        with contextlib.suppress(OSError):
            if "Seccomp:\t2" in Path(f"/proc/{number}/status").read_text("utf-8"):
                found.append(number)
    return found


@contextmanager
def running(ordinary: Ordinary, *command: str | Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    """Start a program; nothing of it is left afterwards."""
    process = ordinary.start(*command, **more)
    try:
        yield process
    finally:
        for one in [*under(process.pid), process] if process.poll() is None else [process]:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        process.communicate(timeout=30)


def test_the_bundle_holds_all_that_the_source_tree_has() -> None:
    checked = subprocess.run([*CHECK, BUNDLE], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


@pytest.mark.parametrize(
    "lost",
    [
        "kolibri/ui/static/ui/tokens.css",
        "kolibri/locale/sw/LC_MESSAGES/django.mo",
        "kolibri/setup/templates/setup",
        "django/conf/locale/ar/LC_MESSAGES/django.mo",
        "assets/database/empty.sqlite3",
    ],
)
def test_the_check_sees_a_lost_file(lost: str, tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    subprocess.run(["cp", "-al", BUNDLE, copy], check=True)
    file = copy / "_internal" / lost
    file = next(file.rglob("*.html")) if file.is_dir() else file
    file.unlink()
    checked = subprocess.run([*CHECK, copy], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert file.relative_to(copy).as_posix() in checked.stdout


def test_the_check_sees_that_no_window_could_be_shown(tmp_path: Path) -> None:
    copy = tmp_path / "bundle"
    subprocess.run(["cp", "-al", BUNDLE, copy], check=True)
    (copy / "_internal/PySide6/QtWebEngineCore.abi3.so").unlink()
    checked = subprocess.run([*CHECK, copy], capture_output=True, text=True, check=False)
    assert checked.returncode == 1
    assert "missing in the bundle: file QtWebEngineCore.abi3.so\n" in checked.stdout


def test_the_check_sees_a_migration_that_the_program_does_not_carry(tmp_path: Path) -> None:
    source = ROOT / "kolibri/core/lessons/migrations/0099_not_packed.py"
    words = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import bundle;"
        "python_of = bundle.python_of;"
        "bundle.python_of = lambda folder, package: [*python_of(folder, package), sys.argv[3]];"
        "print(bundle.missing(Path(sys.argv[2])))"
    )
    name = "kolibri.core.lessons.migrations." + source.stem
    said = subprocess.run(
        [CHECK[0], "-c", words, ROOT / "tools", BUNDLE, name], capture_output=True, text=True, check=True
    )
    assert f"module {name}" in said.stdout


def test_the_whole_wizard_by_keyboard_in_the_window(ordinary: Ordinary, program: Path, tmp_path: Path) -> None:
    """Seen and driven from outside only: a release has no door for tests. Titles tell which page is shown."""
    display = {**os.environ, "DISPLAY": ordinary.screen}
    with running(ordinary, program) as process:
        until(lambda: title_of_window(ordinary), "the window")
        seen = tmp_path / "seen.png"

        def is_painted() -> bool:
            subprocess.run(["import", "-window", "root", str(seen)], env=display, check=True)
            return colours(seen) > 200

        until(is_painted, "a page in the window")
        flags = words_under(process.pid).values()
        assert any("QtWebEngineProcess" in flag for flag in flags)
        assert not any("--no-sandbox" in flag or "remote-debugging" in flag for flag in flags)
        assert until(lambda: in_sandbox(process.pid), "a page's process in the sandbox")

        until(lambda: "Welcome" in title_of_window(ordinary), "the wizard's first page")
        # The first button has the focus, then the first field of each page.
        press_enter_until(ordinary, lambda title: "Your school and you" in title)
        # Tab leaves each field behind; the username is made from the name.
        type_into(ordinary, "Hill School", "Amina Bello", "", "three rivers meet")
        press_enter_until(ordinary, lambda title: "Your first class" in title)
        type_into(ordinary, "Grade 4", "Ben Carter")
        press_keys(ordinary, "shift+Tab")
        press_enter_until(ordinary, lambda title: "Lessons need content" in title)
        # The last button of the page is Back, the one before it Later.
        press_keys(ordinary, "shift+Tab", "shift+Tab")
        press_enter_until(ordinary, lambda title: "Grade 4 · Hill School" in title)
        close_window(ordinary)
        assert process.wait(30) == 0
    with contextlib.closing(sqlite3.connect(ordinary.data / "db.sqlite3")) as database:
        people = database.execute(
            "SELECT full_name, username FROM kolibriauth_facilityuser ORDER BY full_name"
        ).fetchall()
    assert people == [("Amina Bello", "amina"), ("Ben Carter", "ben")]


def test_the_wizard_answers_over_http(ordinary: Ordinary, program: Path) -> None:
    with running(ordinary, program, "--serve-only") as process:
        assert process.stdout is not None
        address = re.search(r"http://\S+", process.stdout.readline())
        assert address
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with opener.open(address[0], timeout=60) as page:
            assert "/setup/" in page.url
            assert "</html>" in page.read().decode()
        stopped = ordinary.run(program, "--stop")
        assert stopped.returncode == 0, stopped.stderr
        assert process.wait(30) == 0
    assert (ordinary.data / "db.sqlite3").exists()


def test_a_release_cannot_be_driven_from_outside(ordinary: Ordinary, program: Path) -> None:
    refused = ordinary.run(program, "--remote-debugging-port=9222")
    assert refused.returncode == 2
    refused = ordinary.run(program, KOLIBRI_TEST_WINDOW="9222")
    assert refused.returncode == 2
    assert "cannot be driven" in refused.stderr
    wishes = {
        "QTWEBENGINE_REMOTE_DEBUGGING": "9222",
        "QTWEBENGINE_DISABLE_SANDBOX": "1",
        "QTWEBENGINE_CHROMIUM_FLAGS": "--remote-debugging-port=9222 --no-sandbox",
        "DJANGO_SETTINGS_MODULE": "kolibri.settings.dev",
        "KOLIBRI_DEBUG": "1",
        "DEBUG": "1",
        "PYWEBVIEW_LOG": "debug",
    }
    with running(ordinary, program, **wishes) as process:
        until(lambda: title_of_window(ordinary), "the window")
        until(lambda: in_sandbox(process.pid), "a page's process in the sandbox")
        time.sleep(2)
        listening = {
            connection.laddr.port
            for one in [psutil.Process(process.pid), *under(process.pid)]
            for connection in one.net_connections(kind="tcp")
            if connection.status == psutil.CONN_LISTEN
        }
        assert 9222 not in listening
        # The engine's own door would tell who it is there; our two servers know no such page.
        for port in listening:
            with pytest.raises(urllib.error.HTTPError) as answer:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/json/version", timeout=30)
            assert b"webSocketDebuggerUrl" not in (body := answer.value.read())
            assert b"DEBUG" not in body
        assert not any("--no-sandbox" in words for words in words_under(process.pid).values())


def test_killed_in_its_first_start_it_starts_again(ordinary: Ordinary, program: Path) -> None:
    for seconds in (0.3, 0.7, 1.2):
        process = ordinary.start(program, "--serve-only")
        time.sleep(seconds)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    with running(ordinary, program, "--serve-only") as process:
        assert process.stdout is not None
        assert "http://" in process.stdout.readline()
