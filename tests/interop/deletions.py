"""What is deleted on one side goes on the other, and comes back there when the deletion is undone."""

from __future__ import annotations

from typing import Any

from tests.interop.computers import Computer
from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.table import Table
from tests.interop.table import must
from tests.interop.table import there


def deletions(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """Delete here, let Kolibri see it, undo it; then delete in Kolibri, and undo that here."""
    table.part("Deletions, and what undoes them")
    with kolibri.serving() as server:
        at = server.address
        room = {"classroom": _room(ours, "Grade 5")}
        full = ours.deed("members", room["classroom"])
        here = ours.deed("erase")
        table.step("class, group, lesson, place, role, person deleted here", lambda: ours.sync(at))
        table.same(kolibri, ours)
        table.step("  Kolibri has none of them", lambda: _gone(kolibri, here))
        back = [ours.deed("bring_back", pk)["as"] for kind, pk in here["gone"].items() if kind in _UNDONE]
        back.append(ours.deed("bring_back", here["removed"])["as"])
        ours.deed("enrol")
        table.step("each deletion undone here", lambda: _told(ours.sync(at), f"back: {', '.join(back)}"))
        table.same(kolibri, ours)
        table.step("  Kolibri has the same ids again", lambda: _back(kolibri, here, _UNDONE))
        table.step("  the class there with its people and lessons", lambda: _as_full(kolibri, room["classroom"], full))
        kolibri.deed("change", "12")
        table.step("something to delete comes from Kolibri", lambda: ours.sync(at))
        room = {"classroom": _room(kolibri, "Room there 12")}
        full = ours.deed("members", room["classroom"])
        gone = kolibri.deed("erase", "12")
        table.step("rows of nine kinds deleted there", lambda: _told(ours.sync(at), ", ".join(gone["gone"])))
        table.same(kolibri, ours)
        table.step("  we have none of them", lambda: _gone(ours, gone))
        back = [ours.deed("bring_back", gone["gone"][kind])["as"] for kind in ("classroom", "lesson")]
        table.step("the class and a lesson brought back here", lambda: _told(ours.sync(at), f"back: {', '.join(back)}"))
        table.same(kolibri, ours)
        table.step("  Kolibri has the same ids again", lambda: _back(kolibri, gone, ("classroom", "lesson")))
        table.step("  the class there with its people and lessons", lambda: _as_full(kolibri, room["classroom"], full))
        table.step("once more: it stays so", lambda: ours.sync(at))
        table.same(kolibri, ours)


# What a page here brings back; a place in a class and a role are given again.
_UNDONE = ("classroom", "learnergroup", "lesson")


def _room(computer: Computer, name: str) -> str:
    rooms = computer.deed("dump")["rows"]["classroom"].values()
    return next(str(one["id"]) for one in rooms if one["name"].startswith(name))


def _told(said: str, more: str) -> str:
    return f"{said.strip().partition(': ')[2]}\n{more}"


def _removed_there(computer: Computer, pk: str) -> bool:
    return bool(computer.deed("dump")["rows"]["facilityuser"][pk]["date_deleted"])


def _gone(computer: Computer, erased: dict[str, Any]) -> str:
    left = there(computer, erased["gone"])
    return must(not left and _removed_there(computer, erased["removed"]), str(left) if left else "")


def _back(computer: Computer, erased: dict[str, Any], kinds: tuple[str, ...]) -> str:
    wanted = {kind: erased["gone"][kind] for kind in kinds}
    found = there(computer, wanted)
    return must(found == wanted, ", ".join(f"{kind} {pk[:8]}" for kind, pk in found.items()))


def _as_full(computer: Computer, pk: str, full: dict[str, int]) -> str:
    found = computer.deed("members", pk)
    return must(found == full and all(full.values()), f"{found['people']} people, {found['lessons']} lessons")
