"""The two packages: installed, replaced, cut off and removed; the .deb also in a bare system."""

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
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.window import until
from tests.installers.conftest import Ordinary
from tests.installers.test_linux_bundle import running
from tests.installers.test_linux_bundle import title_of_window
from tools.linux import packages

# What a school's download may weigh.
MOST_BYTES = 130_000_000
BARE = Path(os.environ.get("KOLIBRI_BARE_SYSTEM", "/var/cache/kolibri-desktop-bare"))


def installed(ordinary: Ordinary) -> Path:
    return ordinary.home / ".local/opt/kolibri-desktop/current/kolibri-desktop"


def older(run_file: Path, to: Path, version: str) -> Path:
    """Return the same archive that says it is another version."""
    content = run_file.read_bytes()
    head, behind = content.split(b"\nexit 0\n", 1)
    digits = re.search(rb"PAYLOAD='(\d+)'", head)
    assert digits
    changed = head.replace(b"VERSION='0.1.0'", f"VERSION='{version}'".encode())
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


@pytest.fixture(scope="module")
def bare() -> Iterator[Path]:
    """Yield a Debian with nothing but its base, made once and kept; each test gets a copy of it."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip("a bare system takes root and debootstrap")
    if not (BARE / "usr/bin/apt-get").exists():
        shutil.rmtree(BARE, ignore_errors=True)
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", "bookworm", BARE, *_mirror()],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stdout[-2000:]
    for name in ("etc/apt/apt.conf.d", "etc/apt/sources.list.d", "etc/resolv.conf"):
        _copy(Path("/", name), BARE / name)
    copy = Path(f"/tmp/kd-bare-{os.getpid()}")
    subprocess.run(["cp", "-a", BARE, copy], check=True)
    for name in ("proc", "dev", "dev/shm"):
        # Private: what is mounted in the copy must not show outside.
        subprocess.run(["mount", "--bind", "--make-private", f"/{name}", copy / name], check=True)
    yield copy
    for name in ("dev/shm", "dev", "proc"):
        subprocess.run(["umount", copy / name], check=True)
    shutil.rmtree(copy)


def _mirror() -> list[str]:
    """Return where this computer gets its packages from, for debootstrap."""
    said = "\n".join(
        path.read_text("utf-8")
        for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
        if path.is_file()
    )
    found = re.search(r"^(?:deb|URIs:) +((?:https?|file|copy):/\S+)", said, re.MULTILINE)
    return [found[1]] if found else []


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.unlink(missing_ok=True)
        shutil.copy(source, target)


def test_the_package_runs_on_a_bare_system(bare: Path, deb: Path, ordinary: Ordinary) -> None:
    shutil.copy(deb, bare / "tmp" / deb.name)
    clean = ["env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive"]
    chroot = [*clean, "chroot", str(bare)]
    subprocess.run([*chroot, "apt-get", "-qq", "update"], capture_output=True, check=True)
    put = [*chroot, "apt-get", "-qq", "-y", "--no-install-recommends", "install", f"/tmp/{deb.name}"]
    done = subprocess.run(put, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    subprocess.run([*chroot, "useradd", "--create-home", "pupil"], check=True)
    # The display is outside: its socket is in /tmp, which the bare system sees through this.
    (bare / "tmp/.X11-unix").mkdir(exist_ok=True)
    subprocess.run(["mount", "--bind", "/tmp/.X11-unix", bare / "tmp/.X11-unix"], check=True)
    try:
        place = ["env", "-i", "HOME=/home/pupil", "PATH=/usr/bin:/bin", f"DISPLAY={ordinary.screen}", "LANG=C.UTF-8"]
        start = ["chroot", "--userspec=pupil:pupil", str(bare), *place, "/usr/bin/kolibri-desktop"]
        process = subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            until(lambda: "Welcome" in title_of_window(ordinary), "the wizard in the bare system's window")
            stop = subprocess.run([*start, "--stop"], capture_output=True, text=True, check=False)
            assert stop.returncode == 0, stop.stderr
            assert process.wait(30) == 0
        finally:
            process.kill()
            said, _none = process.communicate()
            print(said[-2000:])
    finally:
        subprocess.run(["umount", bare / "tmp/.X11-unix"], check=True)
    removed = subprocess.run(
        [*chroot, "apt-get", "-qq", "-y", "remove", "kolibri-desktop"], capture_output=True, check=False
    )
    assert removed.returncode == 0
    assert not (bare / "opt/kolibri-desktop").exists()
    assert (bare / "home/pupil/.local/share/Kolibri Desktop/db.sqlite3").exists()
