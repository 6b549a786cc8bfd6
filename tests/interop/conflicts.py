"""A lesson that people changed on both sides: the version that did not stay is in our history, and comes back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.table import Table
from tests.interop.table import must
from tests.interop.table import quiet

_TITLE: Final = "Changed on both"


def both_ways(table: Table, first: Kolibri, second: Kolibri, ours: Ours) -> None:
    """The two versions meet here, and then at Kolibri."""
    in_our_hands(table, first, ours)
    in_their_hands(table, second, ours)


def in_our_hands(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """We take Kolibri's version in: ours stays."""
    table.part("A lesson changed on both sides")
    with kolibri.serving() as server:
        at = server.address
        _edit_both(kolibri, ours)
        table.step("we ask: both versions meet here", lambda: ours.sync(at))
        table.same(kolibri, ours)
        table.step("  our history shows the other version", lambda: _lost(ours, "of Kolibri"))
        table.step(
            "  it is brought back, and goes to Kolibri", lambda: _back(ours, "of Kolibri", lambda: ours.sync(at))
        )
        table.same(kolibri, ours)


def in_their_hands(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """Kolibri takes ours in: Kolibri's stays, and ours can be brought back here."""
    with ours.serving() as server:
        at = server.address
        table.step("Kolibri hears of what came since", lambda: quiet(kolibri.sync(at)))
        _edit_both(kolibri, ours)
        table.step("Kolibri asks: both versions meet there", lambda: quiet(kolibri.sync(at)))
        table.same(kolibri, ours)
        table.step("  our history shows our own version", lambda: _lost(ours, "of ours"))
        table.step(
            "  it is brought back, and goes to Kolibri",
            lambda: _back(ours, "of ours", lambda: quiet(kolibri.sync(at))),
        )
        table.same(kolibri, ours)


def _edit_both(kolibri: Kolibri, ours: Ours) -> None:
    for computer, words in ((kolibri, "of Kolibri"), (ours, "of ours")):
        computer.deed("edit_lesson", json.dumps([_TITLE, {"description": f"{words} ☼"}]))


def _lost(ours: Ours, whose: str) -> str:
    found = ours.deed("conflict", _TITLE)
    lost = found.get("lost", {}).get("description", "")
    return must(lost == f"{whose} ☼", f"lost: {lost!r}, stays: {found.get('stays', {}).get('description')!r}")


def _back(ours: Ours, whose: str, sync: Callable[[], str]) -> str:
    back = ours.deed("bring_version_back", _TITLE)["description"]
    said = sync()
    return must(back == f"{whose} ☼", f"{back!r} {said}".strip())
