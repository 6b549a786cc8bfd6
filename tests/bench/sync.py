"""What a sync costs: a year's records over the network beside Kolibri with itself, and a stick's file."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import join_by_stick
from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.computers import install

RECORDS: Final = 5_741
MB: Final = 1024 * 1024
# Seconds of a sync with nothing to do, each way.
IDLE: Final = 1.0


def run(rounds: int, kept: Path | None) -> bool:
    """Print each figure beside its target. Returns whether all are met."""
    with tempfile.TemporaryDirectory(prefix="bench-sync-") as made:
        folder = Path(made)
        met = by_network(folder, install(kept or folder / "environment"), rounds)
        return by_stick(folder / "stick") and met


def by_network(folder: Path, python: Path, rounds: int) -> bool:
    """A new computer fetches a school of 5,741 records: the whole command, its rows made; by turns."""
    kolibri = Kolibri(python, folder / "kolibri")
    kolibri.provision()
    kolibri.deed("seed")
    records = kolibri.deed("make_logs", str(RECORDS))["records"]
    ours = Ours(folder / "ours")
    with kolibri.serving() as server:
        ours.sync(server.address)
    expected = _rows(kolibri)
    times: dict[str, list[float]] = {"Kolibri from Kolibri": [], "ours from Kolibri": [], "ours from ours": []}
    last: dict[str, Kolibri | Ours] = {}
    with kolibri.serving() as theirs, ours.serving() as own:
        for number in range(rounds):
            plan: list[tuple[str, Callable[[Path], Kolibri | Ours], str]] = [
                ("Kolibri from Kolibri", lambda home: _new_kolibri(python, home), theirs.address),
                ("ours from Kolibri", Ours, theirs.address),
                ("ours from ours", Ours, own.address),
            ]
            for name, make, address in plan:
                new = make(folder / f"{name}-{number}".replace(" ", "-"))
                began = time.monotonic()
                new.sync(address)
                times[name].append(time.monotonic() - began)
                assert _rows(new) == expected, f"{name}: not all the rows"
                last[name] = new
        idle = {
            "ours from Kolibri": _idle(last["ours from Kolibri"], theirs.address),
            "ours from ours": _idle(last["ours from ours"], own.address),
        }
    print(f"\n{records} records to a new computer, whole command, {rounds} rounds by turns")
    base = min(times["Kolibri from Kolibri"])
    met = True
    for name, target in (("Kolibri from Kolibri", None), ("ours from Kolibri", 0.5), ("ours from ours", 0.25)):
        least, ratio = min(times[name]), min(times[name]) / base
        met &= target is None or ratio <= target
        wanted = "" if target is None else f"  target {target}"
        print(
            f"  {name:22} least {least:6.2f} s  median {statistics.median(times[name]):6.2f} s  {ratio:5.2f} x{wanted}"
        )
    print("nothing new, both ways, finding the peer with it; least of 5")
    for name, seconds in idle.items():
        met &= seconds <= 2 * IDLE
        print(f"  {name:22}       {seconds:6.2f} s                              target {2 * IDLE}")
    return met


def _idle(computer: Kolibri | Ours, address: str) -> float:
    """Return the seconds of a sync with nothing to do, as the command says them."""
    return min(float(computer.sync(address).split()[-2]) for _try in range(5))


def by_stick(folder: Path) -> bool:
    """A thousand records to and from a stick's file, and two hundred thousand."""
    stick = folder / "media"
    stick.mkdir(parents=True)
    builder = Computer(folder / "template", "builder")
    builder.build()
    template = Path(builder.database())
    builder.end()
    old, new = (Computer(folder / name, name, template) for name in ("Alpha", "Beta"))
    dataset = old.make_school(name="Hill School")
    join_by_stick(new, old, dataset, stick)
    old.admit(dataset=dataset, count=500)
    began = time.perf_counter()
    small = old.write(stick=str(stick), dataset=dataset)
    written = time.perf_counter() - began
    began = time.perf_counter()
    digest = new.look(path=small["path"])["digest"]
    new.take(path=small["path"], digest=digest)
    read = time.perf_counter() - began
    old.learn(count=200_000)
    large = old.write(stick=str(stick), dataset=dataset)
    new.take(path=large["path"], digest=new.look(path=large["path"])["digest"])
    peak = max(one.peak() for one in (old, new))
    for one in (old, new):
        one.end()
    figures = [
        ("write", written, 1.0, "s"),
        ("look at and take in", read, 1.0, "s"),
        ("size", small["size"] / 1_000, 150, "kB"),
        ("memory at 200,000 own logs", peak / MB, 200, "MB"),
    ]
    print(f"\nA stick's file of {small['records']} records")
    for name, value, target, unit in figures:
        print(f"  {name:26} {value:8.2f} {unit:3} target {target}")
    return all(value <= target for _name, value, target, _unit in figures)


def _new_kolibri(python: Path, home: Path) -> Kolibri:
    new = Kolibri(python, home)
    # Each of its commands makes the database first; whose time is measured has one already, as ours.
    new.manage("check")
    return new


def _rows(computer: Kolibri | Ours) -> int:
    """How many rows of the kinds that a sync brings are there, as a proof that all came."""
    rows = computer.deed("dump")["rows"]
    computer.leave()
    return sum(
        len(rows.get(name, ())) for name in ("attemptlog", "masterylog", "contentsummarylog", "contentsessionlog")
    )
