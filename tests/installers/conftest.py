"""The installers' tests want the built packages and take minutes: `make linux-test` runs them, `make test` does not."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.window import ROOT
from tests.end_to_end.window import display
from tools.linux import packages

collect_ignore_glob = (
    []
    if os.environ.get("KOLIBRI_TEST_INSTALLERS")
    else ["test_linux_*", "test_windows_portable*", "test_windows_setup*"]
)

BUNDLE = ROOT / "dist" / "kolibri-desktop"
PROGRAM = BUNDLE / "kolibri-desktop"
TEACHER = "kolibri-teacher"


@pytest.fixture(scope="session")
def deb() -> Path:
    assert packages.deb_file().exists(), "`make linux` makes it"
    return packages.deb_file()


@pytest.fixture(scope="session")
def run_file() -> Path:
    assert packages.run_file().exists(), "`make linux` makes it"
    return packages.run_file()


@pytest.fixture(scope="session")
def screen() -> Iterator[str]:
    with display() as name:
        yield name


@pytest.fixture(scope="session")
def teacher() -> str:
    """Return the name of an ordinary user: this one, or one that is made when the tests run as root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name
    try:
        pwd.getpwnam(TEACHER)
    except KeyError:
        subprocess.run(["useradd", "--create-home", "--shell", "/bin/sh", TEACHER], check=True)
    return TEACHER


class Ordinary:
    """Runs programs as the ordinary user, in a home whose path has spaces and letters of three scripts."""

    def __init__(self, user: str, home: Path, screen: str) -> None:
        self.user, self.home, self.screen = user, home, screen
        self.data = home / ".local/share/Kolibri Desktop"

    def words(self, *command: str | Path, **more: str) -> list[str]:
        """Return the command with nothing in its environment but what a desktop gives."""
        place = {"HOME": str(self.home), "PATH": "/usr/bin:/bin", "DISPLAY": self.screen, "LANG": "C.UTF-8", **more}
        clean = ["env", "-i", *(f"{name}={value}" for name, value in place.items()), *map(str, command)]
        return (
            ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", *clean]
            if _is_root()
            else clean
        )

    def run(self, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run to the end."""
        return subprocess.run(
            self.words(*command, **more), capture_output=True, text=True, timeout=240, cwd="/", check=False
        )

    def start(self, *command: str | Path, **more: str) -> subprocess.Popen[str]:
        """Start, in a session of its own."""
        return subprocess.Popen(
            self.words(*command, **more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd="/",
            start_new_session=True,
        )


def _is_root() -> bool:
    return os.geteuid() == 0


@pytest.fixture
def ordinary(teacher: str, screen: str, tmp_path: Path) -> Iterator[Ordinary]:
    # Below /tmp itself: pytest's own folders are closed to other users.
    home = Path(f"/tmp/kd {os.getpid()} Élève ወርቅ مدرسة")
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    if _is_root():
        shutil.chown(home, teacher, teacher)
    yield Ordinary(teacher, home, screen)
    end = time.monotonic() + 5
    while home.exists() and time.monotonic() < end:
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def program(teacher: str) -> Iterator[Path]:
    """Return a copy of the built program at a place that every user can reach."""
    folder = Path(f"/tmp/kd-bundle-{os.getpid()}")
    subprocess.run(["cp", "-a", "--reflink=auto", str(BUNDLE), str(folder)], check=True)
    yield folder / "kolibri-desktop"
    shutil.rmtree(folder)
