"""`python -m tests.bench [window|backend|screens]`: what the program costs; all of it without a word.

`window`: start, memory and threads, beside a bare window on a Django page. `backend`: lists beside one
SQL statement and a ModelSerializer, and a class of 50 on the real server, on SQLite and PostgreSQL; each
a ratio, measured side by side in one run. `screens`: the server's time for the pages of a full class. `sync`:
a school's records to another computer, beside Kolibri 0.19.5 with itself (`--kept` as in `make interop`).
"""

from __future__ import annotations

import argparse
import http.client
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from playwright.sync_api import sync_playwright

from tests.bench import screens
from tests.bench import sync
from tests.bench.backend import report
from tests.bench.window import Start
from tests.bench.window import display
from tests.bench.window import start
from tests.loss.rounds import Ground
from tests.loss.rounds import prepare_ground
from tests.loss.rounds import server

MIB = 1024 * 1024


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["window", "backend", "screens", "sync", "all"], default="all")
    parser.add_argument("--rounds", type=int, help="how often each is measured; 5 starts and 25 lists if not given")
    parser.add_argument("--seconds", type=float, default=30.0, help="how long a class of 50 works")
    parser.add_argument("--kept", type=Path, help="an environment with Kolibri to keep, for the next run")
    options = parser.parse_args()
    met = True
    if options.what in ("backend", "all"):
        met = report.run(options.rounds or 25, options.seconds)
    if options.what in ("screens", "all"):
        met &= screens.run(options.rounds or 25)
    if options.what in ("sync", "all"):
        met &= sync.run(options.rounds or 3, options.kept)
    if options.what in ("window", "all"):
        with tempfile.TemporaryDirectory() as folder:
            ground = prepare_ground(Path(folder) / "home")
            starts(options.rounds or 5, Path(folder), ground)
            serving(ground)
    return int(not met)


def starts(rounds: int, folder: Path, ground: Ground) -> None:
    """Start the three by turns, so that what else the machine does falls on all of them."""
    found: dict[str, list[Start]] = {"bare window": [], "a school is there": [], "first start": []}
    with display() as name, sync_playwright() as playwright:
        shown = {"DISPLAY": name}
        for number in range(rounds):
            found["bare window"].append(start(playwright, "tests.bench.bare", shown))
            found["a school is there"].append(start(playwright, "app", shown, "--home", str(ground.home)))
            found["first start"].append(start(playwright, "app", shown, "--home", str(folder / f"new-{number}")))
    print(f"start of the process to first painted page, {rounds} rounds by turns")
    print(f"{'':20}{'least':>8}{'median':>8}{'ratio':>7}   memory  processes  threads  page")
    bare = statistics.median(one.seconds for one in found["bare window"])
    for what, all_of_it in found.items():
        seconds = [one.seconds for one in all_of_it]
        median, last = statistics.median(seconds), all_of_it[-1]
        print(
            f"{what:20}{min(seconds):6.2f} s{median:6.2f} s{median / bare:7.2f}{last.memory / MIB:6.0f} MiB"
            f"{last.processes:11}{last.threads:9}  /{last.page.split('/', 3)[-1]}"
        )


def serving(ground: Ground) -> None:
    """Weigh the server alone, and ask it for a list of lessons."""
    with server(ground) as (port, process):
        time.sleep(1)
        measured = psutil.Process(process.pid)
        memory = measured.memory_full_info()
        print(
            f"\nserver after its start: RSS {memory.rss / MIB:.0f} MiB, PSS {memory.pss / MIB:.0f} MiB, "
            f"USS {memory.uss / MIB:.0f} MiB, {measured.num_threads()} threads"
        )
        answered = ask(port, ground, seconds=3.0)
        print(f"lessons asked for by 8 clients: {answered / 3.0:.0f} answers a second")
        memory = measured.memory_full_info()
        print(f"server after that: USS {memory.uss / MIB:.0f} MiB, {measured.num_threads()} threads")


def ask(port: int, ground: Ground, seconds: float) -> int:
    """Ask for the lessons with 8 clients for so long; return how many answers came."""
    end, counts = time.monotonic() + seconds, [0] * 8

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        while time.monotonic() < end:
            connection.request("GET", "/api/lesson/", headers={"Cookie": f"{ground.cookie}={ground.session}"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise RuntimeError(f"answered {answer.status}")
            counts[number] += 1
        connection.close()

    clients = [threading.Thread(target=client, args=(number,)) for number in range(len(counts))]
    for thread in clients:
        thread.start()
    for thread in clients:
        thread.join()
    return sum(counts)


if __name__ == "__main__":
    sys.exit(main())
