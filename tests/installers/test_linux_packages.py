"""The two packages: the archive installed, replaced, cut off and removed; what the .deb is made of."""

from __future__ import annotations

import contextlib
import lzma
import os
import re
import shutil
import signal
import subprocess
import tarfile
import time
from pathlib import Path

import pytest

from tests.installers.conftest import Ordinary
from tests.installers.shown import title_of_window
from tests.installers.test_linux_bundle import running
from tests.patience import until
from tools.linux import packages
from tools.linux import sentences

# What a school's download may weigh.
MOST_BYTES = 130_000_000


def installed(ordinary: Ordinary) -> Path:
    return ordinary.home / ".local/opt/kolibri-desktop/current/kolibri-desktop"


def older(run_file: Path, to: Path, version: str) -> Path:
    """Return the same archive that says it is another version."""
    content = run_file.read_bytes()
    head, behind = content.split(b"\nexit 0\n", 1)
    digits = re.search(rb"PAYLOAD='(\d+)'", head)
    assert digits
    changed = head.replace(f"VERSION='{packages.version()}'".encode(), f"VERSION='{version}'".encode())
    moved = f"{int(digits[1]) + len(changed) - len(head):08d}".encode()
    to.write_bytes(changed.replace(digits[1], moved) + b"\nexit 0\n" + behind)
    to.chmod(0o755)
    return to


@pytest.fixture
def near(run_file: Path, ordinary: Ordinary) -> Path:
    """Return the archive at a place that the ordinary user can read, under a name with spaces, as on a stick."""
    place = ordinary.home / "my downloads"
    place.mkdir()
    shutil.copy(run_file, place / "kolibri desktop.run")
    return place / "kolibri desktop.run"


def test_the_packages_are_small_enough(deb: Path, run_file: Path) -> None:
    assert deb.stat().st_size <= MOST_BYTES
    assert run_file.stat().st_size <= MOST_BYTES


def test_dpkg_reads_the_package(deb: Path) -> None:
    said = subprocess.run(["dpkg-deb", "--info", deb], capture_output=True, text=True, check=True).stdout
    assert "Package: kolibri-desktop" in said
    names = subprocess.run(["dpkg-deb", "--contents", deb], capture_output=True, text=True, check=True).stdout
    for name in ("./opt/kolibri-desktop/kolibri-desktop", "./usr/share/applications/kolibri-desktop.desktop"):
        assert name in names


def test_the_same_program_gives_the_same_bytes(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    (bundle / "_internal").mkdir(parents=True)
    (bundle / "kolibri-desktop").write_bytes(os.urandom(100_000))
    (bundle / "kolibri-desktop").chmod(0o755)
    made = []
    for number in (1, 2):
        os.utime(bundle / "kolibri-desktop", (number, number))
        data, deb = tmp_path / f"{number}.tar.xz", tmp_path / f"{number}.deb"
        packages.make_deb(data, packages.data_archive(bundle, data, 1_700_000_000), 1_700_000_000, deb)
        made.append(deb.read_bytes())
    assert made[0] == made[1]
    with lzma.open(tmp_path / "1.tar.xz") as plain, tarfile.open(fileobj=plain) as archive:
        assert {(entry.uid, entry.mtime) for entry in archive} == {(0, 1_700_000_000)}


def test_installed_used_replaced_and_removed(near: Path, ordinary: Ordinary) -> None:
    done = ordinary.run("sh", near)
    assert done.returncode == 0, done.stderr
    entry = (ordinary.home / ".local/share/applications/kolibri-desktop.desktop").read_text("utf-8")
    assert f'Exec="{installed(ordinary)}"' in entry

    with running(ordinary, installed(ordinary)) as process:
        until(lambda: title_of_window(ordinary), "the window")
        until(lambda: (ordinary.data / "db.sqlite3").exists(), "the database")
        # Replaced while it runs: the copy that runs is asked to end, and does so in order.
        newer = older(near, near.with_name("newer.run"), "0.2.0")
        done = ordinary.run("sh", newer)
        assert done.returncode == 0, done.stderr
        assert process.wait(30) == 0
    versions = [one.name for one in installed(ordinary).parents[1].glob("version-*")]
    assert len(versions) == 1 and versions[0].startswith("version-0.2.0")

    (installed(ordinary).parent / "version").write_text("0.2.0\n", "utf-8")
    refused = ordinary.run("sh", near)
    assert refused.returncode == 3
    assert "newer" in refused.stderr

    done = ordinary.run("sh", installed(ordinary).parents[1] / "uninstall.sh", "--uninstall")
    assert done.returncode == 0, done.stderr
    assert not installed(ordinary).parents[1].exists()
    assert not (ordinary.home / ".local/share/applications/kolibri-desktop.desktop").exists()
    assert (ordinary.data / "db.sqlite3").exists(), "the school's data stays"


def test_it_speaks_the_persons_language(near: Path, ordinary: Ordinary) -> None:
    swahili, french = sentences.translated("sw"), sentences.translated("fr")
    done = ordinary.run("sh", near, LANG="sw_KE.UTF-8")
    assert done.returncode == 0, done.stderr
    base = installed(ordinary).parents[1]
    assert done.stdout.splitlines() == [
        swahili["COPYING"],
        swahili["INSTALLED"].format(version=packages.version()),
        swahili["TO_REMOVE"].format(command=f"sh '{base}/uninstall.sh' --uninstall"),
    ]
    done = ordinary.run("sh", base / "uninstall.sh", "--uninstall", LC_ALL="fr_CM.UTF-8")
    assert done.stdout.splitlines() == [french["CLOSING"], french["REMOVED"]]
    assert french["CLOSING"] != sentences.translated("en")["CLOSING"]


def test_killed_while_installing_there_is_the_old_program_or_the_new_one(near: Path, ordinary: Ordinary) -> None:
    assert ordinary.run("sh", near).returncode == 0
    for seconds in (0.5, 2.0, 4.0):
        process = ordinary.start("sh", near)
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        assert ordinary.run(installed(ordinary), "--version").stdout.startswith("kolibri-desktop ")
    assert ordinary.run("sh", near).returncode == 0
    assert len(list(installed(ordinary).parents[1].glob("version-*"))) == 1


def test_a_damaged_copy_is_refused_before_anything_changes(near: Path, ordinary: Ordinary) -> None:
    with near.open("r+b") as file:
        file.truncate(near.stat().st_size - 1000)
    refused = ordinary.run("sh", near)
    assert refused.returncode == 1
    assert "damaged" in refused.stderr
    assert not installed(ordinary).exists()
