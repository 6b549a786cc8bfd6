"""The real program where something is wrong with the computer: a full or locked disk, a clock years off."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from kolibri.core.backup import contents
from kolibri.server.home import prepare
from tests.core.backup.program import run
from tests.media import memory_disk
from tests.patience import until
from tests.server.conftest import ROOT
from tests.server.conftest import plain_environment
from tests.server.test_lost_data import started

Mount = Callable[[str], Path]


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Mount]:
    """Mount a disk of this size with these options; gone after the test."""
    with contextlib.ExitStack() as mounted:
        yield lambda options: mounted.enter_context(memory_disk(tmp_path / "BLUE STICK", options))


def told(home: Path) -> str:
    """Start the server, which cannot, and return what it says; never a traceback, never status 0."""
    ended = subprocess.run(
        [sys.executable, "-m", "kolibri", "start", "--foreground", "--home", str(home)],
        cwd=ROOT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert ended.returncode != 0 and "Traceback" not in said
    return said


def test_a_full_disk_is_said_before_anything_is_typed(mount: Mount) -> None:
    place = mount("size=64k")
    with pytest.raises(OSError, match="No space"):
        (place / "film").write_bytes(bytes(128 * 1024))
    assert str(place / "home") in told(place / "home")
    assert not (place / "home" / "db.sqlite3").exists()


def test_a_locked_stick_is_said_before_anything_is_typed(mount: Mount) -> None:
    place = mount("size=20m")
    prepare(place / "home")
    run(place / "home", "school")
    subprocess.run(["mount", "-o", "remount,ro", place], check=True)
    assert str(place / "home") in told(place / "home")
    subprocess.run(["mount", "-o", "remount,rw", place], check=True)
    assert contents.read(place / "home" / "db.sqlite3").schools == ("Hill School",)


@pytest.mark.skipif(not shutil.which("faketime"), reason="faketime is not installed")
def test_a_clock_years_off_keeps_nobody_out(tmp_path: Path) -> None:
    home = prepare(tmp_path / "a home")
    run(home, "school")
    for clock in ("+5y", "+0", "-5y", "+0"):
        with started(home, "faketime", "-f", clock) as server:
            until(lambda server=server: server.state() == "ready", f"the school, with the clock at {clock}")
            assert "could not start" not in server.page()
    assert contents.read(home / "db.sqlite3").schools == ("Hill School",)
