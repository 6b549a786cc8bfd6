"""`python -m tests.loss --rounds 50`: kills and power cuts with their figures, outside pytest."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from tests.loss.disk import Disk
from tests.loss.disk import build_shim
from tests.loss.kill_rounds import kill_rounds
from tests.loss.ledger import Ledger
from tests.loss.power import power_cuts
from tests.loss.rounds import prepare_ground
from tests.loss.rounds import write_until_killed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.loss", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="how many times to kill a writing process")
    parser.add_argument("--cuts", type=int, default=300, help="how many power cuts to play")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    random, bad = Random(options.seed), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ground = prepare_ground(folder / "home")
        for_cuts = ground.copy(folder / "home-for-cuts")
        ledger, began = Ledger(), time.monotonic()
        for number, faults in enumerate(kill_rounds(ground, ledger, options.rounds, random, folder / "look")):
            bad += bool(faults)
            for fault in faults:
                print(f"kill {number + 1}: {fault}")
        took = time.monotonic() - began
        print(
            f"{options.rounds} kills, {ledger.acknowledged} writes acknowledged, {bad} kills with faults, {took:.0f} s"
        )

        ledger, diary, spoilt = Ledger(), folder / "diary", 0
        disk = Disk(for_cuts.database)
        write_until_killed(for_cuts, ledger, 5.0, shim=build_shim(folder), diary=diary)
        for what, _database, faults in power_cuts(disk, diary, ledger, options.cuts, random, folder / "found"):
            spoilt += bool(faults)
            for fault in faults:
                print(f"{what}: {fault}")
        print(f"{options.cuts} power cuts, {ledger.acknowledged} writes acknowledged, {spoilt} cuts with faults")
    return 1 if bad or spoilt else 0


if __name__ == "__main__":
    sys.exit(main())
