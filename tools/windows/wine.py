"""Running Windows programs on Linux, in a Windows of their own below build/.

Wine knows nothing of what a real Windows adds: its virus scanner, its questions, its limits on paths.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tools.windows import random_numbers

ROOT = Path(__file__).resolve().parents[2]
PREFIX = ROOT / "build" / "windows" / "wine"
# Whose computer it is. Many people's names have a space and letters beyond English, and so have their folders.
PERSON = "Élève ወርቅ"


class Wine:
    """One Windows: a folder with its drive C: and its registry."""

    def __init__(self, prefix: Path, display: str = "") -> None:
        self.prefix, self.display = prefix, display
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("KOLIBRI", "PYTHON"))},
            "WINEPREFIX": str(prefix),
            "WINEARCH": "win64",
            "WINEDEBUG": "-all",
            # It would offer to fetch a .NET and a browser of its own.
            "WINEDLLOVERRIDES": "mscoree=d;mshtml=d;winemenubuilder.exe=d",
            # Names in any script: Wine takes them for what the locale says they are.
            "LC_ALL": "C.UTF-8",
            "USER": PERSON,
            "DISPLAY": display,
        }

    def prepare(self) -> None:
        """Make the Windows, as version 10; nothing when it is there. Raises SystemExit when Wine cannot."""
        if shutil.which("wine") is None:
            raise SystemExit("wine is missing: apt-get install wine wine64")
        if (self.prefix / "ready").exists() and self.home.is_dir():
            return
        shutil.rmtree(self.prefix, ignore_errors=True)
        self.prefix.mkdir(parents=True)
        self.check("wineboot", "-i")
        self.check("winecfg", "-v", "win10")
        self.settle()
        system = self.prefix / "drive_c" / "windows" / "system32"
        if not (system / random_numbers.NAME).exists():
            (system / random_numbers.NAME).write_bytes(random_numbers.dll())
        # The desktop and such are links to the folders of whoever builds: theirs shall stay as they are.
        for path in [path for path in self.home.rglob("*") if path.is_symlink()]:
            path.unlink()
            path.mkdir()
        (self.prefix / "ready").touch()

    def copy(self, prefix: Path) -> Wine:
        """Return a Windows like this one at `prefix`, in a second: what is never written again is shared."""
        self.prepare()
        self.settle()
        shutil.rmtree(prefix, ignore_errors=True)
        subprocess.run(["cp", "-al", self.prefix, prefix], check=True)
        # Wine writes its registry in its place, and so may programs their files.
        for file in [*prefix.glob("*.reg"), *(prefix / "drive_c" / "users").rglob("*")]:
            if file.is_file() and not file.is_symlink():
                content = file.read_bytes()
                file.unlink()
                file.write_bytes(content)
        return Wine(prefix, self.display)

    @property
    def home(self) -> Path:
        """The person's own folder, as Linux sees it."""
        return self.prefix / "drive_c" / "users" / PERSON

    def start(self, *command: str | Path, **environment: str) -> subprocess.Popen[bytes]:
        """Start a program; `stdout` is what it says.

        Both ends must be a pipe or nothing: Python on Windows dies when its output is a file of Linux.
        """
        return subprocess.Popen(
            ["wine", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**self._environment, **environment},
            start_new_session=True,
        )

    def run(self, *command: str | Path, seconds: float = 600, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program to its end and return its status and what it said. Raises TimeoutExpired."""
        process = self.start(*command, **environment)
        try:
            said, _none = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        return subprocess.CompletedProcess(command, process.returncode, said.decode("utf-8", "replace"), "")

    def check(self, *command: str | Path, seconds: float = 600) -> str:
        """As `run`; raises SystemExit with the last of what it said when the status is not 0."""
        ended = self.run(*command, seconds=seconds)
        if ended.returncode:
            raise SystemExit(f"{command[0]} failed ({ended.returncode}):\n{ended.stdout[-3000:]}")
        return ended.stdout

    def settle(self) -> None:
        """Wait until all programs have ended and the registry is on the disk."""
        subprocess.run(["wineserver", "-w"], env=self._environment, check=False, timeout=120)

    def end(self) -> None:
        """End whatever still runs."""
        subprocess.run(["wineserver", "-k"], env=self._environment, check=False, timeout=60)


def windows_path(path: Path) -> str:
    """Return how a program under Wine names a file of this computer."""
    return "Z:" + str(path).replace("/", "\\")


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Yield the name of a virtual display: some of Windows' own programs want one."""
    reads, writes = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[writes],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        xvfb.terminate()
        xvfb.wait()
