"""Start a program with a window, and ask the window's engine when it first painted."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser
from playwright.sync_api import Error
from playwright.sync_api import Playwright

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 60
# A waiting page (503) is painted too, but is not what was waited for.
PAINTED = """() => {
  const visit = performance.getEntriesByType("navigation")[0];
  const paint = performance.getEntriesByType("paint").find((entry) => entry.name === "first-contentful-paint");
  return visit && visit.responseStatus === 200 && paint ? performance.timeOrigin + paint.startTime : null;
}"""


@dataclass(frozen=True)
class Start:
    """One start. `seconds`: from the start of the process to the first paint of the first true page."""

    seconds: float
    page: str
    processes: int
    memory: int
    threads: int


@contextmanager
def display() -> Iterator[str]:
    """Yield the name of an X display: the one that is there, or one of Xvfb's."""
    if not shutil.which("Xvfb"):
        yield os.environ.get("DISPLAY", "")
        return
    reads, writes = os.pipe()
    command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    xvfb = subprocess.Popen(
        command, pass_fds=[writes], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    os.close(writes)
    try:
        with os.fdopen(reads) as answer:
            yield f":{answer.readline().strip()}"
    finally:
        xvfb.terminate()
        xvfb.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(playwright: Playwright, module: str, environment: dict[str, str], *words: str) -> Start:
    """Run `python -m module`, wait for its first painted page, weigh it, and end it."""
    port = free_port()
    flags = "--no-sandbox" if hasattr(os, "geteuid") and os.geteuid() == 0 else ""
    ours = {**os.environ, "QTWEBENGINE_CHROMIUM_FLAGS": flags, **environment}
    ours |= {"BARE_PORT": str(port), "KOLIBRI_TEST_WINDOW": str(port)}
    began = time.time()
    process = subprocess.Popen(
        [sys.executable, "-m", module, *words],
        cwd=ROOT,
        env=ours,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        painted, page = _first_paint(playwright, port, process)
        return Start(painted - began, page, *weigh(process.pid))
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _first_paint(playwright: Playwright, port: int, process: subprocess.Popen[bytes]) -> tuple[float, str]:
    browser: Browser | None = None
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            said = process.stderr.read().decode(errors="replace") if process.stderr else ""
            raise RuntimeError(f"the program ended with {process.returncode}: {said[-2000:]}")
        time.sleep(0.05)
        try:
            if browser is None:
                if not any(target["url"].startswith("http") for target in _targets(port)):
                    continue
                # The engine is asked later for what it noted then: looking costs the start nothing.
                time.sleep(0.5)
                browser = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
            page = browser.contexts[0].pages[0]
            if painted := page.evaluate(PAINTED):
                found = painted / 1000, page.url.partition("?")[0]
                browser.close()
                return found
        except (OSError, Error, IndexError):
            continue
    raise RuntimeError(f"nothing was painted within {SECONDS} seconds")


def _targets(port: int) -> list[dict[str, str]]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=2) as answer:
        return list(json.loads(answer.read()))


def weigh(pid: int) -> tuple[int, int, int]:
    """Return how many processes `pid` and its children are, their share of the memory, and the first one's threads."""
    first = psutil.Process(pid)
    processes = [first, *first.children(recursive=True)]
    return len(processes), sum(process.memory_full_info().pss for process in processes), first.num_threads()
