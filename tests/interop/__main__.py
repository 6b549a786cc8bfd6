"""`make interop`: this program and a real Kolibri 0.19.5, each as the one who asks and the one who answers.

Installs Kolibri from the registry into an environment of its own, which goes away at the end unless
`--kept DIR` names one to keep. Every step is one line of a table; one that fails makes the exit status 1.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import Final

from tests.interop import by_network
from tests.interop import conflicts
from tests.interop import cuts
from tests.interop.by_stick import by_stick
from tests.interop.compare import by_kind
from tests.interop.computers import VERSION
from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.computers import install
from tests.interop.deletions import deletions
from tests.interop.nearby import nearby
from tests.interop.own_files import own_files
from tests.interop.table import Table
from tests.interop.table import must

_KINDS: Final = 28
# A school is in nothing; every other column has a value in some row.
_EMPTY: Final = ["facility.parent_id"]
_PARTS: Final = ("client", "server", "alone", "nearby", "conflicts", "deletions", "cuts", "stick", "files")


def _seeded(kolibri: Kolibri) -> str:
    made: dict[str, Any] = kolibri.deed("seed")
    rows, empty = made["kinds"], made["empty"]
    said = f"{sum(rows.values())} rows; columns without a value in any: {', '.join(empty) or 'none'}"
    return must(len(rows) == _KINDS and all(rows.values()) and empty == _EMPTY, said)


def _kinds(kolibri: Kolibri, ours: Ours) -> None:
    """Print how many rows of each kind the two have."""
    left, right = kolibri.deed("dump"), ours.deed("dump")
    print(f"\n{'kind':26}{'Kolibri':>8}{'ours':>8}{'fields':>8}  here")
    for kind, there, here, fields in by_kind(left, right):
        print(f"{kind:26}{there:8}{here:8}{fields:8}  {'rows' if kind in right['known'] else 'kept and sent on'}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make interop", description=__doc__)
    parser.add_argument("--kept", type=Path, help="an environment to keep, for the next run")
    parser.add_argument("--only", nargs="*", choices=_PARTS, default=_PARTS, help="some parts, after the first")
    options = parser.parse_args()
    table, began = Table(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="interop-") as made:
        folder = Path(made)
        python = install(options.kept or folder / "environment")
        first, second = Kolibri(python, folder / "kolibri-1"), Kolibri(python, folder / "kolibri-2")
        ours, third = Ours(folder / "ours-1"), Ours(folder / "ours-2")
        print(f"This program and Kolibri {VERSION}, on loopback")
        first.provision()
        table.step(f"Kolibri's school: all {_KINDS} kinds that sync, every column", lambda: _seeded(first))
        parts: dict[str, Callable[[], None]] = {
            "client": lambda: by_network.as_client(table, first, ours, third),
            "server": lambda: by_network.as_server(table, second, ours),
            "alone": lambda: by_network.ours_alone(table, ours, folder),
            "nearby": lambda: nearby(table, first, ours),
            "conflicts": lambda: conflicts.both_ways(table, first, second, ours),
            "deletions": lambda: deletions(table, first, ours),
            "cuts": lambda: cuts.both_ways(table, first, second, ours),
            "stick": lambda: by_stick(table, first, ours, folder),
            "files": lambda: own_files(table, first, ours, folder),
        }
        for name in ("client", *_PARTS[1:]):
            if name == "client" or name in options.only:
                parts[name]()
        _kinds(first, ours)
        for computer in (first, second, ours, third):
            computer.leave()
    print(f"{table.total()} {time.monotonic() - began:.0f} s.")
    return int(bool(table.wrong))


if __name__ == "__main__":
    sys.exit(main())
