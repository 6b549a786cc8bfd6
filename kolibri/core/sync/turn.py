"""One sync at a time on this computer, whichever way its records travel.

What a sync does to morango's store and counters must not be mixed with what another does: the
counters of one would then vouch for records of the other that have not arrived.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Final

from django.utils.translation import gettext as _

from kolibri.core.content.turn import Turn
from kolibri.errors import Conflict

TURN: Final = Turn("sync-turn.lock")


class Syncing(Conflict):
    """Another sync is under way on this computer (409)."""

    code = "syncing"

    def __init__(self) -> None:
        super().__init__(_("A sync is under way on this computer. Wait until it is done, then try again."))


@contextlib.contextmanager
def taken(wait: float = 0) -> Iterator[None]:
    """Hold the turn; raises Syncing when it is not to be had within `wait` seconds."""
    if not TURN.acquire(timeout=wait):
        raise Syncing
    try:
        yield
    finally:
        TURN.release()
