"""A virtual display, and runs of the program on it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from playwright.sync_api import sync_playwright

from tests.end_to_end.window import ROOT
from tests.end_to_end.window import Window
from tests.end_to_end.window import display

# What the issue of the house allows from a wish to end until the process is gone.
SECONDS_TO_END = 3.0


@pytest.fixture(scope="module")
def screen() -> Iterator[str]:
    with display() as name:
        yield name


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def open_window(playwright: Playwright, screen: str, home: Path) -> Iterator[Callable[..., Window]]:
    """Start the program; whatever is left of it at the end is cleared away."""
    opened: list[Window] = []

    def start(**environment: str) -> Window:
        window = Window(playwright, home, screen, **environment)
        opened.append(window)
        window.page.wait_for_url("**/setup/**")
        return window

    yield start
    for window in opened:
        window.clear_away()


class Run:
    """A start of the program that nobody drives."""

    def __init__(self, screen: str, home: Path, *words: str) -> None:
        environment = {**os.environ, "DISPLAY": screen, "KOLIBRI_TEST_WINDOW": "1", "LANG": "en_US.UTF-8"}
        for name in ("KOLIBRI_HOME", "DJANGO_SETTINGS_MODULE"):
            environment.pop(name, None)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "app", "--home", str(home), *words],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def end(self, kind: signal.Signals) -> tuple[int, float]:
        """Send the signal; return the exit status and the seconds that it took."""
        self.process.send_signal(kind)
        asked = time.monotonic()
        status = self.process.wait(30)
        return status, time.monotonic() - asked


@pytest.fixture
def start(screen: str, home: Path) -> Iterator[Callable[..., Run]]:
    started: list[Run] = []

    def begin(*words: str) -> Run:
        started.append(Run(screen, home, *words))
        return started[-1]

    yield begin
    for run in started:
        if run.process.poll() is None:
            os.killpg(run.process.pid, signal.SIGKILL)
        run.process.wait()
        run.process.stdout.close()
