"""Connections that are cut between this program and Kolibri, and go on where they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.core.sync.network.servers import BadNetwork
from tests.interop.computers import Computer
from tests.interop.computers import Failed
from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.table import Table
from tests.interop.table import Wrong
from tests.interop.table import quiet

# Lessons that are new on each side, so that there is something to cut.
_NEW: Final = 40
_POINTS: Final = 5
# Kolibri's client tries again for 40 s before it gives up; most of its cuts are those of a power cut.
_LOST: Final = (3,)


def both_ways(table: Table, first: Kolibri, second: Kolibri, ours: Ours) -> None:
    """Cut where we ask, and then where Kolibri does."""
    ours_cut(table, first, ours)
    kolibri_cut(table, second, ours)


def ours_cut(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """We ask, Kolibri answers, and the network between is lost after some bytes."""
    table.part(f"Cut while we ask: {_NEW} new lessons on each side, each time")
    with kolibri.serving() as server:
        length = _length(table, server.address, "a", kolibri, ours, ours.sync)
        for point in range(1, _POINTS + 1):
            _new(f"b{point}", kolibri, ours)
            most = length * point // (_POINTS + 1)
            network = BadNetwork(server.address, most)
            _lose(table, f"lost after {most} of {length} bytes", ours, network)
            table.same(kolibri, ours)


def kolibri_cut(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """Kolibri asks, we answer; the network is lost, or Kolibri is killed, after some bytes."""
    table.part(f"Cut while Kolibri asks: {_NEW} new lessons on each side, each time")
    with ours.serving() as server:
        length = _length(table, server.address, "c", kolibri, ours, kolibri.sync)
        for point in range(1, _POINTS + 1):
            _new(f"d{point}", kolibri, ours)
            most = length * point // (_POINTS + 1)
            if point in _LOST:
                network = BadNetwork(server.address, most)
                _lose(table, f"lost after {most} of {length} bytes", kolibri, network)
            else:
                _kill(table, f"Kolibri killed after {most} of {length} bytes", kolibri, server.address, most)
            table.same(ours, kolibri)


def _lose(table: Table, title: str, asking: Kolibri | Ours, network: BadNetwork) -> None:
    table.step(title, lambda: _must_fail(lambda: asking.sync(network.address)))
    network.heal()
    table.step("  goes on", lambda: _goes_on(asking, network.address))
    network.close()


def _kill(table: Table, title: str, kolibri: Kolibri, address: str, most: int) -> None:
    network = BadNetwork(address, None)
    table.step(title, lambda: kolibri.sync_until(network.address, lambda: network.passed >= most))
    table.step("  goes on", lambda: _goes_on(kolibri, network.address))
    network.close()


def _new(prefix: str, *computers: Computer) -> None:
    for number, computer in enumerate(computers):
        computer.deed("write", f"{prefix}{number}:{_NEW}")


def _length(table: Table, address: str, prefix: str, kolibri: Kolibri, ours: Ours, sync: Callable[[str], str]) -> int:
    """Return the bytes of a whole sync, both ways together, after one that brings what came since."""
    sync(address)
    _new(prefix, kolibri, ours)
    network = BadNetwork(address, None)

    def whole() -> str:
        sync(network.address)
        return f"{network.passed} bytes"

    table.step("a whole sync", whole)
    network.close()
    return network.passed


def _must_fail(sync: Callable[[], str]) -> str:
    try:
        sync()
    except Failed as error:
        return str(error).strip().splitlines()[-1][:120]
    raise Wrong("it went through")


def _goes_on(asking: Kolibri | Ours, address: str) -> str:
    before = asking.deed("open_session")
    if isinstance(asking, Ours):
        said = f"{asking.sync(address, 'not asked').strip().partition(': ')[2]} "
    else:
        said = _kolibri_goes_on(asking, address, before["open"])
    after = asking.deed("open_session")
    is_same = before["open"] and before["sessions"] == after["sessions"]
    return f"{said}{'in the same session' if is_same else 'in a new session'}"


def _kolibri_goes_on(kolibri: Kolibri, address: str, session: str) -> str:
    """Kolibri's own command to go on fails from some places, with a server of its own kind too; then it syncs anew."""
    if session:
        try:
            return quiet(kolibri.resume(address, session))
        except Failed as error:
            said = f"{str(error).strip().splitlines()[-1][:80]}; then "
            return said + quiet(kolibri.sync(address, "not asked"))
    return quiet(kolibri.sync(address, "not asked"))
