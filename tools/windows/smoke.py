"""Try the setup as a teacher's computer meets it: install, use, upgrade while it runs, refuse an older one, remove.

python tools/windows/smoke.py SETUP NEWER [--window]

SETUP and NEWER are two setups, the second of a newer version; both may be patterns, since Windows' shells leave
`*` to the program. With --window the program must show its own window.
Needs nothing but Python, so that it runs on a fresh Windows, and under Wine. On a computer of one's own it would
remove the program that is installed there. 0: all was seen; 1: something was not.
"""

from __future__ import annotations

import argparse
import glob
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A Windows Python without an installer looks for modules nowhere but in its own folder.
sys.path.insert(0, str(ROOT))

from tools import smoke  # noqa: E402

UNINSTALL = r"Software\Microsoft\Windows\CurrentVersion\Uninstall\KolibriDesktop"
FOLDERS = r"Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"
TITLE = "Kolibri Desktop"
A_NEWER_ONE_IS_THERE = 3


def registered(key: str, name: str) -> str:
    """Return a text of this person's part of the registry; "" where there is none."""
    import winreg

    try:
        with winreg.OpenKey(winreg.HKEY_CURRENT_USER, key) as opened:  # type: ignore[attr-defined]
            return str(winreg.QueryValueEx(opened, name)[0])  # type: ignore[attr-defined]
    except OSError:
        return ""


def the_one(pattern: str) -> Path:
    """Return the one file that a pattern means. Raises ValueError."""
    (found,) = glob.glob(pattern)
    return Path(found).resolve()


class Installed:
    """The program as the setup leaves it for one person."""

    def __init__(self) -> None:
        local = Path(os.environ["LOCALAPPDATA"])
        self.folder = local / "Programs" / TITLE
        self.program = self.folder / "kolibri-desktop.exe"
        self.data = local / TITLE
        self.links = [Path(registered(FOLDERS, name)) / f"{TITLE}.lnk" for name in ("Programs", "Desktop")]

    def version(self) -> str:
        """Return the version in the list of programs, "" when there is none."""
        return registered(UNINSTALL, "DisplayVersion")

    def check(self) -> None:
        """Look for what the setup makes. Raises AssertionError."""
        for path in (self.program, self.folder / "uninstall.exe", *self.links):
            assert path.is_file(), f"{path} is missing"
        assert registered(UNINSTALL, "InstallLocation") == str(self.folder), "the entry names another folder"
        assert subprocess.run([self.program, "--version"], timeout=smoke.SECONDS, check=False).returncode == 0

    def remove(self) -> None:
        """Run the uninstaller and wait: it goes on in a copy of itself. Raises AssertionError."""
        run(self.folder / "uninstall.exe")
        smoke.until(lambda: not self.folder.exists() and not self.version(), "the end of the removal")
        for path in self.links:
            assert not path.exists(), f"{path} was left"
        assert (self.data / "db.sqlite3").is_file(), "the school's data is gone"


def run(setup: Path, status: int = 0) -> None:
    """Run a setup, or its uninstaller, without a question. Raises AssertionError when it ends otherwise."""
    ended = subprocess.run([setup, "/S"], timeout=600, check=False)
    assert ended.returncode == status, f"{setup.name} ended with {ended.returncode}, not {status}"


def go_through(setup: Path, newer: Path, *, has_window: bool) -> None:
    """Do all of it, and say each step. Raises AssertionError, OSError and subprocess.SubprocessError."""
    installed = Installed()
    assert not installed.version() and not installed.data.exists(), "the program is on this computer already"
    run(setup)
    installed.check()
    first = installed.version()
    print(f"{first} is installed")
    if has_window:
        smoke.try_window(installed.program, installed.data)
    smoke.try_server(installed.program, installed.data)

    process = smoke.start(installed.program, installed.data, "--serve-only")
    try:
        run(newer)
        assert process.wait(30) == 0, f"the running copy ended with {process.returncode}"
    finally:
        smoke.end(process)
    installed.check()
    assert installed.version() != first, f"{first} is still there"
    print(f"{installed.version()} has taken its place while it ran")
    smoke.try_server(installed.program, installed.data)

    run(setup, A_NEWER_ONE_IS_THERE)
    print(f"{first} is refused")
    installed.remove()
    print("it is removed, and the school's data is still there")


def main(words: list[str]) -> int:
    """Try both setups and return the exit status."""
    parser = argparse.ArgumentParser(description="Install, use, upgrade and remove the program on this computer.")
    parser.add_argument("setup", type=the_one)
    parser.add_argument("newer", type=the_one)
    parser.add_argument("--window", action="store_true")
    found = parser.parse_args(words)
    return smoke.status(lambda: go_through(found.setup, found.newer, has_window=found.window))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
