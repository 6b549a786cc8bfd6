"""The table that `make interop` prints: a line for each step, right or wrong."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Final

from tests.interop.compare import compare
from tests.interop.computers import Computer
from tests.interop.computers import Failed

_LONGEST: Final = 6


class Wrong(Exception):
    """A step did not come out as it must."""


@dataclass
class Table:
    """The steps so far, and how many rows and fields were found the same."""

    wrong: int = 0
    steps: int = 0
    rows: int = 0
    fields: int = 0

    def part(self, title: str) -> None:
        """Begin a part."""
        print(f"\n{title}", flush=True)

    def step(self, title: str, work: Callable[[], str]) -> None:
        """Do one step, and print its line."""
        began = time.monotonic()
        try:
            said, word = work(), "ok"
        except (Wrong, Failed) as error:
            said, word = str(error), "WRONG"
            self.wrong += 1
        self.steps += 1
        first, *more = said.strip().splitlines() or [""]
        print(f"{word:5}  {title:62}  {time.monotonic() - began:5.1f} s  {first}", flush=True)
        for line in more:
            print(f"{'':9}{line}", flush=True)

    def same(self, one: Computer, other: Computer) -> None:
        """A step: all rows of the two are the same, field by field."""
        self.step("  all rows, field by field", lambda: self._same(one, other))

    def _same(self, one: Computer, other: Computer) -> str:
        left, right = one.deed("dump"), other.deed("dump")
        result = compare(left, right)
        waiting = [*left["waiting"], *right["waiting"]]
        if result.found or waiting:
            found = [*result.found, *(f"not placed: {one}" for one in waiting)]
            more = [f"and {len(found) - _LONGEST} more"] if len(found) > _LONGEST else []
            raise Wrong("\n".join([f"{len(found)} differences", *found[:_LONGEST], *more]))
        self.rows += result.rows
        self.fields += result.fields
        return f"{result.rows} rows of {result.kinds} kinds, {result.fields} fields, the same"

    def total(self) -> str:
        """The last line."""
        cores = os.cpu_count() or 1
        busy = f"{os.getloadavg()[0]:.1f} processes at work on {cores} cores" if hasattr(os, "getloadavg") else ""
        return (
            f"\n{self.steps} steps, {self.wrong} wrong; {self.rows} rows with {self.fields} fields compared. "
            f"At the end {busy}."
        )


def must(holds: Any, said: str) -> str:
    """Return `said`, or raise Wrong with it."""
    if not holds:
        raise Wrong(said)
    return said


def refused(work: Callable[[], Any], word: str) -> str:
    """The sync must fail, and say why. Raises Wrong."""
    try:
        work()
    except Failed as error:
        return must(re.search(word, str(error)), str(error).strip().splitlines()[-1][:160])
    raise Wrong("it went through")


def nothing_new(sync: Callable[[], str]) -> str:
    """Less than a second each way, the best of five: the machine may be at something else."""
    said = min((sync().strip() for _try in range(5)), key=lambda line: float(line.split()[-2]))
    found = re.search(r": (\d+) records fetched, (\d+) sent, ([\d.]+) s", said)
    return must(found and found[1] == found[2] == "0" and float(found[3]) < 2, said)


def quiet(_said: str) -> str:
    """What Kolibri prints of a sync that went well is nothing to read."""
    return ""


def there(computer: Computer, ids: dict[str, str]) -> dict[str, str]:
    """Return those of the ids, by kind, that the computer has a row of."""
    rows = computer.deed("dump")["rows"]
    return {kind: pk for kind, pk in ids.items() if pk in rows.get(kind, {})}
