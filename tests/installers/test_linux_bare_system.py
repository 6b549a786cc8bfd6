"""Both packages in a Debian with nothing but its base, as an ordinary person: one system, in this order."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.end_to_end.window import ROOT
from tests.installers.bare import Bare
from tests.installers.bare import made
from tests.installers.shown import newest_window
from tests.installers.test_linux_bundle import in_sandbox
from tests.installers.test_linux_bundle import under
from tests.patience import until
from tools.linux import packages

RUN = "/home/pupil/.local/opt/kolibri-desktop/current/kolibri-desktop"
DEB = "/usr/bin/kolibri-desktop"
NEWER = "999.0.0"


@pytest.fixture(scope="module")
def bare() -> Iterator[Bare]:
    if os.geteuid() != 0:
        pytest.skip("a bare system takes root")
    with made(Path(f"/tmp/kd-bare-{os.getpid()}")) as system:
        yield system


@contextmanager
def started(bare: Bare, screen: str, program: str, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run the program as the pupil; nothing of it is left afterwards, and its words are shown when a test fails."""
    process = subprocess.Popen(
        bare.as_pupil(screen, program, *words), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        yield process
    finally:
        for one in [*under(process.pid), process] if process.poll() is None else [process]:
            with contextlib.suppress(Exception):
                one.kill()
        said, _none = process.communicate(timeout=30)
        print(said[-2000:], bare.logs(), sep="\n")


def shows_the_wizard(bare: Bare, screen: str, program: str) -> None:
    """Start it, wait for its own window with the sandbox on, and ask it to end. Raises AssertionError."""
    with started(bare, screen, program) as process:
        until(lambda: "Welcome" in newest_window(screen), "the wizard in the bare system's window")
        assert until(lambda: in_sandbox(process.pid), "a page's process in the sandbox")
        stop = subprocess.run(bare.as_pupil(screen, program, "--stop"), capture_output=True, text=True, check=False)
        assert stop.returncode == 0, stop.stderr
        assert process.wait(30) == 0


def newer(deb: Path, to: Path) -> Path:
    """Return the same package that says it is a newer version: the program in it is taken over as it is."""
    content = deb.read_bytes()
    # Each member has a head of 60 bytes that ends like this; the last one is the program.
    data = to / "data.tar.xz"
    data.write_bytes(content[content.index(b"`\n", content.index(b"data.tar.xz")) + 2 :])
    packages.make_deb(data, 400_000, packages.epoch(), to / "newer.deb", NEWER)
    return to / "newer.deb"


def test_without_xz_the_archive_says_what_to_install(bare: Bare, run_file: Path, screen: str) -> None:
    archive = bare.put(run_file, "kolibri desktop.run")
    refused = subprocess.run(bare.as_pupil(screen, "sh", archive), capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert "xz-utils" in refused.stderr
    assert not (bare.home / ".local/opt").exists()


def test_without_the_windows_libraries_the_address_is_told(bare: Bare, screen: str) -> None:
    """First without any of them, then with X but without OpenGL: Qt itself cannot be loaded."""
    bare.apt("update")
    bare.apt("install", "xz-utils")
    archive = bare.as_pupil(screen, "sh", "/tmp/kolibri desktop.run")
    done = subprocess.run(archive, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for more in ([], ["libxcb1"]):
        if more:
            bare.apt("install", *more)
        with started(bare, screen, RUN) as process:
            assert process.stdout is not None
            address = ""
            while not (found := re.search(r"http://\S+", address)):
                address = process.stdout.readline()
                assert address, "it ended without an address"
            assert found
            stop = subprocess.run(bare.as_pupil(screen, RUN, "--stop"), capture_output=True, text=True, check=False)
            assert stop.returncode == 0, stop.stderr
            assert process.wait(30) == 0


def test_with_what_every_desktop_has_the_archive_shows_its_window(bare: Bare, deb: Path, screen: str) -> None:
    said = subprocess.run(["dpkg-deb", "-f", deb, "Depends"], capture_output=True, text=True, check=True).stdout
    bare.apt("install", *(one.split()[0] for one in said.split(",")))
    shows_the_wizard(bare, screen, RUN)
    uninstall = "/home/pupil/.local/opt/kolibri-desktop/uninstall.sh"
    done = subprocess.run(
        bare.as_pupil(screen, "sh", uninstall, "--uninstall"), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_package_shows_its_window(bare: Bare, deb: Path, screen: str) -> None:
    bare.apt("install", bare.put(deb))
    shows_the_wizard(bare, screen, DEB)


def test_cut_off_in_the_middle_the_package_can_be_installed_again(bare: Bare, deb: Path) -> None:
    for seconds in (0.5, 3.0):
        process = subprocess.Popen(["chroot", bare.root, "dpkg", "-i", f"/tmp/{deb.name}"], stdout=subprocess.DEVNULL)
        time.sleep(seconds)
        process.kill()
        process.wait()
    bare.do("dpkg", "--configure", "-a")
    bare.apt("install", "--reinstall", f"/tmp/{deb.name}")
    assert bare.do(DEB, "--version").stdout.strip() == f"kolibri-desktop {packages.version()}"
    assert not list((bare.root / "opt/kolibri-desktop").rglob("*.dpkg-new"))


def test_a_newer_package_ends_the_running_copy_first(bare: Bare, deb: Path, screen: str, tmp_path: Path) -> None:
    with started(bare, screen, DEB, "--serve-only") as process:
        until((bare.data / "run/server.json").exists, "the server")
        bare.apt("install", bare.put(newer(deb, tmp_path)))
        assert process.wait(5) == 0
    assert bare.do("dpkg-query", "-W", "-f", "${Version}", "kolibri-desktop").stdout == NEWER
    with started(bare, screen, DEB, "--serve-only") as process:
        assert process.stdout is not None and "http://" in process.stdout.readline()


def test_removed_while_it_runs_the_schools_data_stays(bare: Bare, screen: str) -> None:
    with started(bare, screen, DEB, "--serve-only") as process:
        until((bare.data / "run/server.json").exists, "the server")
        bare.apt("remove", "kolibri-desktop")
        assert process.wait(5) == 0
    assert not (bare.root / "opt/kolibri-desktop").exists()
    assert (bare.data / "db.sqlite3").exists()


@pytest.mark.timeout(900)
def test_the_script_that_tries_them_on_ubuntu(bare: Bare, deb: Path, run_file: Path, screen: str) -> None:
    """The workflow calls it; here its person and its display are those of the bare system."""
    bare.apt("update")
    bare.apt("install", "sudo", "python3-minimal", "libpython3-stdlib", "xz-utils")
    (bare.root / "etc/sudoers.d/pupil").write_text("pupil ALL=(ALL) NOPASSWD: ALL\n", "ascii")
    place = bare.home / "a clone"
    (place / "dist").mkdir(parents=True)
    for file in (deb, run_file):
        os.link(bare.root / bare.put(file).lstrip("/"), place / "dist" / file.name)
    shutil.copytree(ROOT / "tools", place / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        bare.as_pupil(screen, "sh", "/home/pupil/a clone/tools/linux/smoke.sh"),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "both packages work here"
    assert done.stdout.count("the window is shown") == 2
