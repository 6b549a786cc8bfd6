"""Many power cuts out of one diary: each at another moment, with another fate for what was not synced."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

from tests.loss.disk import FATES
from tests.loss.disk import Disk
from tests.loss.disk import read_diary
from tests.loss.ledger import Ledger


def power_cuts(
    disk: Disk, diary: Path, ledger: Ledger, cuts: int, random: Random, folder: Path
) -> Iterator[tuple[str, Path, list[str]]]:
    """Yield (what was done, the database found afterwards, its faults) for `cuts` moments of the diary.

    Half of the moments are right behind an acknowledgement, where a lost write hurts most.
    """
    entries = list(read_diary(diary))
    told = [event.at for event in ledger.events if event.done]
    ends = [entry.end for entry in entries]
    moments = sorted([*random.choices(told, k=cuts // 2), *random.choices(ends, k=cuts - cuts // 2)])
    taken = 0
    for number, moment in enumerate(moments):
        while taken < len(entries) and entries[taken].end <= moment:
            disk.take(entries[taken])
            taken += 1
        fate = FATES[number % len(FATES)]
        shutil.rmtree(folder, ignore_errors=True)
        database = disk.cut(folder, fate, random)
        yield f"cut at {moment}, {fate}", database, ledger.faults(database, until=moment)
