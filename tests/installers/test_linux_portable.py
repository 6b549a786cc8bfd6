"""The built program on a stick, with its window: all data there, the sentence in the end, and when it is pulled out."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installers.conftest import Ordinary
from tests.installers.shown import close_window
from tests.installers.shown import title_of_window
from tests.installers.test_linux_bundle import running
from tests.media import memory_disk
from tests.media import take_away
from tests.patience import until

DATA = "Kolibri Desktop Data"


@pytest.fixture
def stick(program: Path, ordinary: Ordinary) -> Iterator[Path]:
    """A stick of its own, with the program and `portable.ini`."""
    place = Path(f"/tmp/kd-stick-{os.getpid()}")
    with memory_disk(place, "size=900m,mode=777") as root:
        shutil.copytree(program.parent, root / "Kolibri", symlinks=True)
        (root / "Kolibri" / "portable.ini").write_text("[portable]\n")
        subprocess.run(["chown", "-R", ordinary.user, root / "Kolibri"], check=True)
        yield root
    shutil.rmtree(place, ignore_errors=True)


def test_all_data_is_on_the_stick_and_it_may_be_taken_out(ordinary: Ordinary, stick: Path) -> None:
    with running(ordinary, stick / "Kolibri" / "kolibri-desktop") as process:
        until(lambda: "Welcome" in title_of_window(ordinary), "the wizard's first page")
        close_window(ordinary)
        assert process.wait(60) == 0
        assert process.stdout is not None
        assert process.stdout.read().splitlines()[-1] == "Everything is saved. You may take the stick out now."
    subprocess.run(["umount", stick], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", stick], check=True)
    left = [path for path in ordinary.home.rglob("*") if path.is_file()]
    assert left == [], "the computer keeps nothing of a program that is carried about"


def test_pulled_out_the_window_says_so_by_itself(ordinary: Ordinary, stick: Path) -> None:
    with running(ordinary, stick / "Kolibri" / "kolibri-desktop") as process:
        until(lambda: "Welcome" in title_of_window(ordinary), "the wizard's first page")
        assert (stick / "Kolibri" / DATA / "db.sqlite3").exists()
        take_away(stick)
        until(lambda: "has stopped" in title_of_window(ordinary), "the page about the stick", seconds=20)
        close_window(ordinary)
        assert process.wait(60) == 1
        assert process.stdout is not None
        said = process.stdout.read()
        assert "The stick with the program was taken out." in said and "Traceback" not in said
    assert list(stick.iterdir()) == []
