"""The figures of the packages, each beside what it is compared to: `make bench-bundle`, after `make linux`.

Frozen and source run in turns in one run on one computer, so that what else it does counts for both.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from tests.end_to_end.window import ROOT
from tests.end_to_end.window import display
from tests.installers.shown import newest_window
from tools.linux import packages
from tools.windows import installer

PROGRAM = [str(ROOT / "dist/kolibri-desktop/kolibri-desktop")]
SOURCE = [sys.executable, "-m", "app"]
ROUNDS = 5
IDLE_SECONDS = 60
COLOURS = 200


@contextmanager
def started(words: list[str], home: Path, screen: str, *more: str) -> Iterator[subprocess.Popen[str]]:
    """Run the program in a session of its own and clear all of it away."""
    # Frozen and source alike run as this user; as root both go without the window's sandbox.
    environment = {**os.environ, "DISPLAY": screen, "LANG": "C.UTF-8"}
    process = subprocess.Popen(
        [*words, "--home", str(home), *more],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def is_painted(screen: str) -> bool:
    """Whether the display shows a page: a blank window has a colour or two, and letters have smooth edges."""
    told = subprocess.run(
        ["import", "-window", "root", "-depth", "8", "rgb:-"],
        env={**os.environ, "DISPLAY": screen},
        capture_output=True,
        check=True,
    )
    return len({told.stdout[place : place + 3] for place in range(0, len(told.stdout), 3)}) > COLOURS


def seconds_to_wizard(words: list[str], home: Path, screen: str) -> float:
    """Return how long a start takes until the wizard is painted: its title on the window, and its pixels too."""
    began = time.monotonic()
    assert not is_painted(screen)
    with started(words, home, screen):
        while time.monotonic() - began < 60:
            now = time.monotonic()
            if "Welcome" in newest_window(screen) and is_painted(screen):
                return now - began
            time.sleep(0.02)
    raise SystemExit("the wizard was not shown within a minute")


def starts(screen: str, folder: Path) -> tuple[float, float, float]:
    """Return the medians in seconds: a later start frozen, one from source, and the first ever frozen."""
    frozen, source, first = [], [], []
    for number in range(ROUNDS):
        home = folder / f"home {number}"
        first.append(seconds_to_wizard(PROGRAM, home, screen))
        frozen.append(seconds_to_wizard(PROGRAM, home, screen))
        source.append(seconds_to_wizard(SOURCE, home, screen))
    return statistics.median(frozen), statistics.median(source), statistics.median(first)


def at_rest(words: list[str], folder: Path, screen: str, seconds: int) -> tuple[float, float, int]:
    """Return of a server that nobody asks: MB of memory, percent of one core, and bytes written to the disk."""
    with started(words, folder / "resting", screen, "--serve-only") as process:
        assert process.stdout is not None and re.search(r"http://", process.stdout.readline())
        server = psutil.Process(process.pid)
        time.sleep(5)
        memory = server.memory_info().rss / 1e6
        before, written = server.cpu_times(), server.io_counters().write_bytes
        time.sleep(seconds)
        after = server.cpu_times()
        busy = (after.user + after.system) - (before.user + before.system)
        return memory, 100 * busy / seconds, server.io_counters().write_bytes - written


def weight(what: str, file: Path, most: int) -> tuple[str, str, str, bool]:
    """Return a package's row; `most` in MB. One that is not built is no fault."""
    target = f"<= {most} MB"
    if not file.exists():
        return what, "not built here", target, True
    size = file.stat().st_size / 1e6
    return what, f"{size:.1f} MB", target, size <= most


def main() -> int:
    """Print the table; 1 when a figure misses its target."""
    if os.geteuid() == 0:
        return _as_somebody()
    with display() as screen, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frozen, source, first = starts(screen, folder)
        memory, busy, written = at_rest(PROGRAM, folder, screen, IDLE_SECONDS)
        memory_of_source, _busy, _written = at_rest(SOURCE, folder / "source", screen, 1)
    rows = [
        weight("Windows installer", installer.setup_file(), 30),
        weight("Linux .deb", packages.deb_file(), 130),
        (
            "frozen start, warm, to the wizard",
            f"{frozen:.2f} s; from source {source:.2f} s: {frozen / source:.2f} x",
            "<= 1.3 x",
            frozen <= 1.3 * source,
        ),
        (
            "first start ever",
            f"{first:.2f} s; later {frozen:.2f} s: {first / frozen:.2f} x",
            "<= 1.5 x",
            first <= 1.5 * frozen,
        ),
        ("memory of the server", f"{memory:.0f} MB; from source {memory_of_source:.0f} MB", "<= 90 MB", memory <= 90),
        (f"processor, idle {IDLE_SECONDS} s", f"{busy:.2f} % of one core", "<= 0.5 %", busy <= 0.5),
        (f"written, idle {IDLE_SECONDS} s", f"{written} bytes", "none", written == 0),
    ]
    for what, found, target, is_met in rows:
        print(f"{what:36} {found:44} {target:10} {'met' if is_met else 'MISSED'}")
    return 0 if all(row[3] for row in rows) else 1


def _as_somebody() -> int:
    """Root has no sandbox and so no window of the program's own: do the same as an ordinary user."""
    name = "kolibri-teacher"
    try:
        pwd.getpwnam(name)
    except KeyError:
        subprocess.run(["useradd", "--create-home", name], check=True)
    user = ["setpriv", f"--reuid={name}", f"--regid={name}", "--clear-groups"]
    # Reading alone: root's Python and clone are often where nobody else may look.
    user += ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    place = {"HOME": pwd.getpwnam(name).pw_dir, "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    # That user cannot keep compiled modules here; without them the source would look slower than it is.
    subprocess.run([sys.executable, "-m", "compileall", "-q", "app", "kolibri"], cwd=ROOT, check=True)
    clean = ["env", "-i", *(f"{key}={value}" for key, value in place.items())]
    return subprocess.run(
        [*user, *clean, sys.executable, "-m", "tests.installers.bench"], cwd=ROOT, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
