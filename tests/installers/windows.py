"""A Windows for one module's tests, made by Wine, and the school's computer that it stands for."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tools.smoke import ask
from tools.windows.wine import Wine

UNINSTALL: Final = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\KolibriDesktop"
SECONDS: Final = 90


class Computer:
    """A Windows and the one person who uses it."""

    def __init__(self, wine: Wine) -> None:
        self.wine = wine
        local = wine.home / "AppData" / "Local"
        self.folder = local / "Programs" / "Kolibri Desktop"
        self.program = self.folder / "kolibri-desktop.exe"
        self.data = local / "Kolibri Desktop"
        self.link = wine.home / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/Kolibri Desktop.lnk"

    def install(self, setup: Path, *words: str) -> int:
        """Run an installer silently and return its status."""
        return self.wine.run(setup, "/S", *words, seconds=240).returncode

    def remove(self, *words: str) -> None:
        """Run the uninstaller silently, and wait for its end: it goes on in a copy of itself."""
        assert self.wine.run(self.folder / "uninstall.exe", "/S", *words).returncode == 0
        until(lambda: not self.folder.exists() and not self.entered("DisplayVersion"), "the end of the removal")

    def version(self) -> str:
        """Return what the installed program says of itself; "" when it does not start."""
        ended = self.wine.run(self.program, "--version", seconds=SECONDS)
        return ended.stdout.strip() if ended.returncode == 0 else ""

    def entered(self, name: str) -> str:
        """Return a value of the entry in the list of programs, "" when there is none."""
        ended = self.wine.run("reg", "query", UNINSTALL, "/v", name)
        found = re.search(rf"{name}\s+REG_\w+\s+(.*?)\r?$", ended.stdout, re.MULTILINE)
        return found[1] if ended.returncode == 0 and found else ""

    @contextmanager
    def running(self, *words: str | Path) -> Iterator[subprocess.Popen[bytes]]:
        """Start the installed program and wait until it serves; it is ended afterwards."""
        process = self.wine.start(self.program, *words)
        try:
            until(lambda: ask(self.data, "status").get("state") == "ready", "the server")
            yield process
        finally:
            self.wine.run(self.program, "--stop", seconds=SECONDS)
            process.communicate(timeout=SECONDS)

    def drive(self, letter: str, folder: Path) -> None:
        """Let a folder be a drive."""
        place = self.wine.prefix / "dosdevices" / letter
        place.unlink(missing_ok=True)
        place.symlink_to(folder)

    def note_what_the_browser_opens(self, folder: Path) -> Path:
        """Put a browser in the system's place that writes down what it is to open, in the file that is returned."""
        opened, browser = folder / "opened", folder / "browser"
        browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {opened}.part && mv {opened}.part {opened}\n', "utf-8")
        browser.chmod(0o755)
        self.wine.check("reg", "add", r"HKCU\Software\Wine\WineBrowser", "/v", "Browsers", "/d", str(browser), "/f")
        # Every Windows knows who opens a page that lies in a file; Wine asks its own browser, which is left out here.
        self.wine.check("reg", "add", r"HKLM\Software\Classes\.html", "/ve", "/d", "htmlfile", "/f")
        return opened

    def press_return_in(self, title: str) -> None:
        """Wait for a window of this name and press its first button."""
        said = {**os.environ, "DISPLAY": self.wine.display}

        def is_pressed() -> bool:
            words = ("search", "--onlyvisible", "--name", title, "windowfocus", "key", "Return")
            return subprocess.run(["xdotool", *words], env=said, capture_output=True, check=False).returncode == 0

        until(is_pressed, f"the window {title}")

    def log(self) -> str:
        """Return the program's log."""
        file = self.data / "logs" / "kolibri.log"
        return file.read_text("utf-8", "replace") if file.exists() else ""


def until(what: object, why: str, seconds: float = SECONDS) -> None:
    """Wait until `what` is true. Raises AssertionError."""
    assert callable(what)
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, f"still waiting for {why}"
        time.sleep(0.2)
