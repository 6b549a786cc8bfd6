"""This program and Kolibri over the network, each as the one who asks and the one who answers; and two of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.interop.computers import Computer
from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.table import Table
from tests.interop.table import must
from tests.interop.table import nothing_new
from tests.interop.table import quiet
from tests.interop.table import refused

# Of which Kolibri knows nothing.
OWN_KINDS: Final = ("lessonplan", "classplan", "lessontemplate", "personsettings", "doorsettings")


def as_client(table: Table, kolibri: Kolibri, ours: Ours, third: Ours) -> None:
    """We ask, Kolibri answers."""
    table.part("We ask, Kolibri answers")
    with kolibri.serving() as server:
        at = server.address
        table.step("wrong password", lambda: refused(lambda: ours.sync(at, "wrong"), "name and password"))
        table.step("pull everything from Kolibri", lambda: ours.sync(at))
        table.same(kolibri, ours)
        table.step("  a password of Kolibri's opens a session here", lambda: _opens_here(ours, "coach:coach-password"))
        ours.deed("change", "1")
        ours.deed("plan")
        table.step("push new, renamed and deleted, without a password", lambda: ours.sync(at, "not asked"))
        table.same(kolibri, ours)
        table.step(
            "  a password of ours opens a session in Kolibri",
            lambda: must(
                kolibri.signs_in(at, "here1", "password-1") and not kolibri.signs_in(at, "here1", "x"),
                "and a wrong one does not",
            ),
        )
        kolibri.deed("change", "2")
        ours.deed("change", "3")
        table.step("new, renamed and deleted on both", lambda: ours.sync(at))
        table.same(kolibri, ours)
        for number in ("1", "2"):
            kolibri.deed("rename", number)
            table.step("class, group, school, person, username, lesson renamed there", lambda: ours.sync(at))
            table.same(kolibri, ours)
            ours.deed("rename", number)
            table.step("and renamed here", lambda: ours.sync(at))
            table.same(kolibri, ours)
        twins = _twins(ours, kolibri)
        table.step("one learner there and one here got the same pictures", lambda: ours.sync(at))
        _something_new(ours, "asked")
        table.step("  once more, with something new", lambda: ours.sync(at))
        table.same(kolibri, ours)
        table.step("  the later one has others, on both", lambda: _others(kolibri, twins))
        table.step("nothing new, below 1 s each way", lambda: nothing_new(lambda: ours.sync(at)))
        table.step("a third computer, ours, from Kolibri", lambda: third.sync(at))
        table.same(ours, third)
        table.step("  rows of our own kinds, of the lesson edited there, too", lambda: _of_our_own(ours, third))


def as_server(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """Kolibri asks, we answer."""
    table.part("Kolibri asks, we answer")
    with ours.serving() as server:
        at = server.address
        table.step("wrong password", lambda: refused(lambda: kolibri.sync(at, "wrong"), "401|403|Inv"))
        table.step("Kolibri pulls everything from us", lambda: quiet(kolibri.sync(at)))
        table.same(ours, kolibri)
        kolibri.deed("change", "4")
        table.step("Kolibri pushes new, renamed and deleted", lambda: quiet(kolibri.sync(at, "not asked")))
        table.same(ours, kolibri)
        table.step("  a password from there opens a session here", lambda: _opens_here(ours, "there4:password-4"))
        ours.deed("change", "5")
        kolibri.deed("change", "6")
        table.step("new, renamed and deleted on both", lambda: quiet(kolibri.sync(at)))
        table.same(ours, kolibri)
        ours.deed("rename", "3")
        table.step("class, group, school, person, username, lesson renamed here", lambda: quiet(kolibri.sync(at)))
        table.same(ours, kolibri)
        kolibri.deed("rename", "4")
        table.step("and renamed there", lambda: quiet(kolibri.sync(at)))
        table.same(ours, kolibri)
        twins = _twins(kolibri, ours)
        table.step("one learner there and one here got the same pictures", lambda: quiet(kolibri.sync(at)))
        _something_new(ours, "answered")
        table.step("  once more, with something new", lambda: quiet(kolibri.sync(at)))
        table.same(ours, kolibri)
        table.step("  the later one has others, on both", lambda: _others(kolibri, twins))
        table.step("nothing new", lambda: quiet(kolibri.sync(at)))
        table.same(ours, kolibri)


def ours_alone(table: Table, ours: Ours, folder: Path) -> None:
    """Two of our own kind."""
    table.part("Two of ours")
    fresh = Ours(folder / "fresh")
    with ours.serving() as server:
        at = server.address
        table.step("a fresh one of ours pulls everything", lambda: fresh.sync(at))
        table.same(ours, fresh)
        fresh.deed("change", "7")
        ours.deed("change", "8")
        table.step("changes on both", lambda: fresh.sync(at))
        table.same(ours, fresh)
        table.step("nothing new, below 1 s each way", lambda: nothing_new(lambda: fresh.sync(at)))
        twin = ours.copy_to(folder / "twin")
        table.step("the copy of a computer's home", lambda: refused(lambda: twin.sync(at), "a copy"))
    fresh.leave()


def _twins(first: Computer, second: Computer) -> tuple[str, str]:
    """Have each make a learner of the same pictures, which nobody has; return their ids."""
    people = [
        *first.deed("dump")["rows"]["facilityuser"].values(),
        *second.deed("dump")["rows"]["facilityuser"].values(),
    ]
    taken = {one["picture_password"] for one in people}
    code = next(code for code in ("1.2.3", "4.5.6", "7.8.9", "10.11.12", "12.1.2") if code not in taken)
    return first.deed("twin", code)["id"], second.deed("twin", code)["id"]


def _something_new(ours: Ours, what: str) -> None:
    """Have something to send to Kolibri, which tries again what it could not place only when something comes.

    Of two learners in one transfer, one with the pictures and one who gave them up, it may have taken the wrong one
    first: it goes by the order of their ids.
    """
    ours.deed("write", f"after the twins, {what} :1")


def _others(computer: Computer, twins: tuple[str, str]) -> str:
    people = computer.deed("dump")["rows"]["facilityuser"]
    first, second = (people[pk]["picture_password"] for pk in twins)
    return must(first and second and first != second, f"{first} and {second}")


def _opens_here(ours: Ours, words: str) -> str:
    wrong = f"{words.partition(':')[0]}:other"
    right = ours.deed("signs_in", words)["signs_in"] and not ours.deed("signs_in", wrong)["signs_in"]
    return must(right, "and a wrong one does not")


def _of_our_own(ours: Ours, third: Ours) -> str:
    """Each kind that Kolibri does not know has gone through it, the plan of a lesson that it edited since, too."""
    here, rows = ours.deed("dump")["rows"], third.deed("dump")["rows"]
    (lesson,) = [one for one in rows["lesson"].values() if one["title"] == "For some"]
    (planned,) = [one for one in rows["lessonplan"].values() if one["lesson_id"] == lesson["id"]]
    kept = [kind for kind in OWN_KINDS if rows[kind] and rows[kind] == here[kind]]
    said = f"{', '.join(kept)}; lesson: {lesson['description']}, due {planned['due_on']}"
    return must(
        len(kept) == len(OWN_KINDS) and lesson["description"] == "there 2" and planned["due_on"] == "2026-12-01", said
    )
