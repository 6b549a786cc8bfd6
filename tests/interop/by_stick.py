"""A computer that no network reaches, and a stick between it and one that syncs with Kolibri."""

from __future__ import annotations

from pathlib import Path

from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.table import Table
from tests.interop.table import must


def by_stick(table: Table, kolibri: Kolibri, ours: Ours, folder: Path) -> None:
    """The far computer joins, gets everything, and its changes go as far as Kolibri, each step by stick."""
    table.part("By stick, where no network is")
    far, stick = Ours(folder / "far"), folder / "stick"
    stick.mkdir()
    table.step("it asks, is let in, and joins, by stick", lambda: _join(far, ours, stick))
    table.step("it gets everything by stick", lambda: _carry(ours, far, stick))
    table.same(ours, far)
    table.step(
        "  passwords of Kolibri's and of ours open a session there",
        lambda: must(
            far.deed("signs_in", "coach:coach-password")["signs_in"]
            and far.deed("signs_in", "here1:password-1")["signs_in"]
            and not far.deed("signs_in", "coach:other")["signs_in"],
            "and a wrong one does not",
        ),
    )
    far.deed("change", "9")
    table.step("new, renamed and deleted there come back by stick", lambda: _carry(far, ours, stick))
    table.same(far, ours)
    with kolibri.serving() as server:
        table.step("and go on to Kolibri over the network", lambda: ours.sync(server.address, "not asked"))
        kolibri.deed("change", "10")
        kolibri.deed("rename", "10")
        table.step("Kolibri's own changes come back", lambda: ours.sync(server.address, "not asked"))
    table.same(ours, kolibri)
    table.step("and go to the far computer by stick", lambda: _carry(ours, far, stick))
    table.same(kolibri, far)
    far.leave()


def _join(new: Ours, old: Ours, stick: Path) -> str:
    request, shown = new.manage("joinbystick", "ask", str(stick)).strip().splitlines()
    old.manage("joinbystick", "sign", request, "--fingerprint", shown.removeprefix("fingerprint "))
    answer = request.replace(".kolibri-request", ".kolibri-answer")
    told = new.manage("joinbystick", "join", answer).strip().split("fingerprint ")[1]
    return new.manage("joinbystick", "join", answer, "--fingerprint", told).strip().splitlines()[-1]


def _carry(sender: Ours, receiver: Ours, stick: Path) -> str:
    sender.manage("savechanges", str(stick))
    file = max(stick.glob("KOLIBRI_SYNC/*.kolibri-changes"), key=lambda path: path.stat().st_mtime_ns)
    said = receiver.manage("bringchanges", str(file), "--yes").strip().splitlines()[-1]
    return f"{said} {file.stat().st_size / 1_000:.0f} kB"
