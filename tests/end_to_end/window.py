"""The program with its own window on a virtual display, driven through the window's own engine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import Playwright

from tests.patience import PATIENCE
from tests.patience import until

ROOT = Path(__file__).resolve().parents[2]
SCREEN = "1280x800"


@contextmanager
def display() -> Iterator[str]:
    """Yield the name of a virtual display with a window manager, for as long as it is needed."""
    reads, writes = os.pipe()
    xvfb = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", f"{SCREEN}x24", "-nolisten", "tcp"],
        pass_fds=[writes],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(writes)
    with os.fdopen(reads) as answer:
        name = f":{answer.readline().strip()}"
    manager = subprocess.Popen(
        ["openbox"],
        env={**os.environ, "DISPLAY": name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield name
    finally:
        for process in (manager, xvfb):
            process.terminate()
            process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Window:
    """One run of the program, from its start to its end. `page` is what its window shows."""

    def __init__(self, playwright: Playwright, home: Path, screen: str, **environment: str) -> None:
        self._port = free_port()
        self._screen = screen
        self._log = home.parent / "program.log"
        self._environment = {**os.environ, "DISPLAY": screen, "LANG": "en_US.UTF-8", **environment}
        self._environment |= {"KOLIBRI_TEST_WINDOW": str(self._port)}
        # What belongs to the tests, or to whoever runs them, is not for the program.
        for name in ("KOLIBRI_WINDOW", "KOLIBRI_HOME", "DATABASE_URL", "DJANGO_SETTINGS_MODULE"):
            self._environment.pop(name, None)
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "--home", str(home)],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.browser: Browser = self._connect(playwright)
        # The engine always has its one page; it may still be on its way to the first address.
        self.page: Page = until(lambda: next(iter(self.browser.contexts[0].pages), None), "the window's page")
        self.page.set_default_timeout(PATIENCE * 1000)

    def said(self) -> str:
        """Return what the program printed."""
        return self._log.read_text("utf-8", "replace")

    def picture(self, path: Path) -> None:
        """Keep a picture of the display as a person sees it, with the window's frame."""
        subprocess.run(["import", "-window", "root", str(path)], env=self._environment, check=True)

    def press_close_button(self) -> None:
        subprocess.run(["wmctrl", "-c", "Kolibri Desktop"], env=self._environment, check=True)

    def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for the end; return the exit status."""
        return self.process.wait(seconds)

    def kill(self) -> None:
        """Let it die as in a power cut: nothing of it can tidy up."""
        self.process.kill()
        self.process.wait()
        self.clear_away()

    def clear_away(self) -> None:
        """End what is left of the program and the processes of its engine."""
        with contextlib.suppress(Exception):
            self.browser.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        until(lambda: not _alive_in(self.process.pid), "the engine's processes to end")

    def _connect(self, playwright: Playwright) -> Browser:
        address = f"http://127.0.0.1:{self._port}"

        def answers() -> bool:
            assert self.process.poll() is None, f"the program has ended:\n{self.said()[-3000:]}"
            try:
                with urllib.request.urlopen(f"{address}/json", timeout=5) as answer:
                    return b'"page"' in answer.read()
            except (urllib.error.URLError, OSError):
                return False

        until(answers, "the window's engine")
        # The engine refuses what Playwright would preset: a context of its own, downloads.
        return playwright.chromium.connect_over_cdp(address, no_defaults=True)


def _alive_in(session: int) -> list[int]:
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        with contextlib.suppress(ProcessLookupError, psutil.Error):
            if os.getsid(process.pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found
