"""Both databases side by side: `python -m tests.bench backend`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.loss.rounds import ROOT
from tests.loss.rounds import environment
from tools import postgres

MIB = 1024 * 1024
CROWD = ("tests.bench.backend.crowd", "--seconds")
Found = dict[str, Any]


def run(rounds: int, seconds: float) -> bool:
    """Measure on SQLite and on PostgreSQL, print the table, and return whether SQLite met every target."""
    columns = {"SQLite": one_database(rounds, seconds, "")}
    try:
        with postgres.server() as url:
            columns["PostgreSQL"] = one_database(rounds, seconds, url)
    except postgres.NoServer as problem:
        print(f"PostgreSQL was not measured: {problem}")
    return table(columns)


def one_database(rounds: int, seconds: float, url: str) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        ours = environment(home) | {"DJANGO_SETTINGS_MODULE": "kolibri.settings.server", "DATABASE_URL": url}
        lists = child(ours, "tests.bench.backend.lists", "--rounds", str(rounds))
    if url:
        # A fresh database: the school of the lists is not the crowd's.
        with postgres.server() as other:
            crowd = child(
                environment(Path()) | {"DATABASE_URL": other}, "tests.bench.backend.crowd", "--seconds", str(seconds)
            )
    else:
        ours = {name: value for name, value in environment(Path()).items() if name != "DATABASE_URL"}
        crowd = child(ours, "tests.bench.backend.crowd", "--seconds", str(seconds))
    return {**lists, "crowd": crowd}


def child(variables: dict[str, str], module: str, *words: str) -> Found:
    variables = {name: value for name, value in variables.items() if value or name != "DATABASE_URL"}
    ran = subprocess.run(
        [sys.executable, "-m", module, *words], env=variables, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    found: Found = json.loads(ran.stdout.splitlines()[-1])
    return found


def times(over: str, under: str, group: str = "times") -> Callable[[Found], float]:
    return lambda found: float(found[group][over][0] / found[group][under][0])


def signing_in(found: Found) -> float:
    crowd = found["crowd"]
    return float(crowd["signing_in"] / (crowd["hash"] * 50 / crowd["cores"]))


# What is measured, the target, whether more is better, and the ratio of minima.
ROWS: list[tuple[str, float, bool, Callable[[Found], float]]] = [
    ("guide's class, 1,000 lessons / floor", 3.0, False, times("guide's class", "floor, guide's JSON")),
    ("own class, 1,000 lessons / floor", 1.8, False, times("own class", "floor, own JSON")),
    ("ModelSerializer / own class, time", 10.0, True, times("ModelSerializer", "own class")),
    (
        "own class / ModelSerializer, peak memory",
        0.35,
        False,
        lambda found: float(found["memory"]["own class"] / found["memory"]["ModelSerializer"]),
    ),
    ("a page of 30 / floor of 30", 4.0, False, times("a page of 30", "floor of a page")),
    ("one lesson / floor of 30", 1.0, False, times("one lesson", "floor of a page")),
    ("304 / 200 of 1,000 lessons", 0.1, False, times("304", "own class")),
    ("coach's filter / joins with DISTINCT", 0.3, False, times("IN", "joins, DISTINCT", "readable")),
    ("50 sign-ins / (hash x 50 / cores)", 1.2, False, signing_in),
    ("50 clients: errors", 0, False, lambda found: float(len(found["crowd"]["errors"]))),
    (
        "50 clients: peak / idle memory",
        2.0,
        False,
        lambda found: float(found["crowd"]["peak"] / found["crowd"]["idle"]),
    ),
]


def table(columns: dict[str, Found]) -> bool:
    """Print the ratios; return whether the first column met every target."""
    print(f"{'':44}{'target':>9}" + "".join(f"{name:>14}" for name in columns))
    met = True
    for what, target, more, ratio in ROWS:
        found = [ratio(column) for column in columns.values()]
        good = [one >= target if more else one <= target for one in found]
        met &= good[0]
        shown = "".join(f"{one:11.3g}{'  ' if ok else ' !'} " for one, ok in zip(found, good, strict=True))
        print(f"{what:44}{'>=' if more else '<=':>3}{target:6g}{shown}")
    for name, column in columns.items():
        print(f"\n{name}: 1,000 lessons are {column['bytes'] / 1e6:.2f} MB of JSON")
        print("  queries of a list of 1, 30 and 1,000:", column["queries"])
        print("  medians to the floor's median:", medians(column))
        crowd = column["crowd"]
        for what, (many, median, p99) in crowd["took"].items():
            print(f"  50 clients, {what:9}{many:7} answers, p50 {median * 1e3:6.0f} ms, p99 {p99 * 1e3:6.0f} ms")
        print(
            f"  idle {crowd['idle'] / MIB:.0f} MiB, peak {crowd['peak'] / MIB:.0f} MiB, {crowd['threads']} threads"
            f"; errors: {crowd['errors'][:3] or 'none'}"
        )
    print(f"\n({os.cpu_count()} cores; least of interleaved rounds; ! marks what misses its target)")
    return met


def medians(column: Found) -> str:
    pairs = (
        ("guide's class", "floor, guide's JSON"),
        ("own class", "floor, own JSON"),
        ("a page of 30", "floor of a page"),
        ("one lesson", "floor of a page"),
    )
    return ", ".join(f"{over} {column['times'][over][1] / column['times'][under][1]:.2f}" for over, under in pairs)
