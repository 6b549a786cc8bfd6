"""Many kills in a row on one home, as the test and `python -m tests.loss` run them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.loss.ledger import Ledger
from tests.loss.rounds import Ground
from tests.loss.rounds import as_left
from tests.loss.rounds import serve_until_killed
from tests.loss.rounds import write_until_killed


def kill_rounds(ground: Ground, ledger: Ledger, rounds: int, random: Random, folder: Path) -> Iterator[list[str]]:
    """Kill a writing process `rounds` times and yield each time's faults.

    Every fourth process is the whole server, written to over HTTP; the others call the services.
    Each begins with what the one before left.
    """
    for number in range(rounds):
        seconds = random.uniform(0.0, 0.4)
        if number % 4 == 3:
            serve_until_killed(ground, ledger, seconds, random)
        else:
            write_until_killed(ground, ledger, seconds)
        yield ledger.faults(as_left(ground, folder))
