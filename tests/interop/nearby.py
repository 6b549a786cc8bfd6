"""Found in the network by multicast DNS: Kolibri by us, we by Kolibri. On loopback, where the system lets it."""

from __future__ import annotations

import time
from typing import Final

from tests.interop.computers import Kolibri
from tests.interop.computers import Ours
from tests.interop.table import Table
from tests.interop.table import Wrong
from tests.interop.table import must

_PATIENCE: Final = 40.0


def nearby(table: Table, kolibri: Kolibri, ours: Ours) -> None:
    """Both servers run, and say so into the network of this machine's loopback."""
    table.part("Found in the network")
    with kolibri.serving() as theirs, ours.serving() as own:
        table.step("Kolibri's server is found by us", lambda: _by_us(kolibri, ours, theirs.address))
        table.step("our server is found by Kolibri's", lambda: _by_kolibri(kolibri, ours, own.address))


def _by_us(kolibri: Kolibri, ours: Ours, address: str) -> str:
    found = ours.deed("nearby", kolibri.instance_at(address))
    # Kolibri names the address of the way into the internet, also where it listens on loopback only.
    same_port = found and found["address"].rsplit(":", 1)[1] == address.rsplit(":", 1)[1]
    return must(same_port, f"{found.get('is', 'no')}, {found.get('name', 'nobody')}, {found.get('address', '')}")


def _by_kolibri(kolibri: Kolibri, ours: Ours, address: str) -> str:
    own = ours.deed("instance")["id"]
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end:
        if found := kolibri.deed("nearby", own):
            said = f"{found['is']}, {found['name']}, {found['address']}"
            return must(found["address"].rstrip("/") == address.rstrip("/"), said)
        time.sleep(0.5)
    raise Wrong("Kolibri's server has not written it down.")
