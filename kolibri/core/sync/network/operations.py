"""Our own steps in morango's stages; the settings put them before morango's."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from typing import Final

from morango.constants import transfer_statuses
from morango.sync.operations import LocalOperation

from kolibri.core.sync import counting
from kolibri.core.sync.arrivals import settling


@dataclass(frozen=True)
class _Watch:
    pulse: Callable[[], None]
    progress: Callable[[int, int], None]


# morango hands a step nothing of who asked for the sync.
_watch: Final[ContextVar[_Watch | None]] = ContextVar("watch", default=None)


@contextlib.contextmanager
def watched(pulse: Callable[[], None], progress: Callable[[int, int], None]) -> Iterator[None]:
    """Have `Place` call these, as `settle` does, in what this thread does meanwhile."""
    before = _watch.set(_Watch(pulse, progress))
    try:
        yield
    finally:
        _watch.reset(before)


class NoticeCopy(LocalOperation):  # type: ignore[misc]
    """Before serializing: has this computer counted twice? As the client that shows in the server's answer.

    Whoever gives then looks at what has arrived and is not settled.
    """

    def handle(self, context: Any) -> bool:
        """Return False: morango's own step follows."""
        if context.is_producer:
            counting.recount()
            # Another computer may just be bringing something.
            settling.before_serializing(context.filter)
        is_asked = context.is_server and context.request is not None
        if is_asked and counting.is_known_beyond(context.request.data.get("client_fsic")):
            counting.give_up()
        return False


class Recount(LocalOperation):  # type: ignore[misc]
    """Before what was received comes into the store: what was counted here under an id that was given up."""

    def handle(self, context: Any) -> bool:
        """Return False: morango's own step follows. Raises CountsAnew where the sync has to begin anew for that."""
        self._assert(context.is_receiver)
        if context.transfer_session.records_transferred:
            if counting.brings_unknown(context.transfer_session.id):
                counting.give_up()
                raise counting.CountsAnew
            counting.recount(context.transfer_session.id, context.filter)
        return False


class Place(LocalOperation):  # type: ignore[misc]
    """Makes rows of what was received, until nothing more finds its place."""

    def handle(self, context: Any) -> str:
        """Return completed; raises MorangoSkipOperation for the side that has sent, and what a watch's pulse raises."""
        self._assert(context.is_receiver)
        self._assert(context.transfer_session is not None)
        if context.transfer_session.records_transferred:
            counting.recount_arrived(context.transfer_session.id)
            watch = _watch.get()
            settling.settle(
                context.filter,
                pulse=watch.pulse if watch else None,
                progress=watch.progress if watch else None,
            )
        return str(transfer_statuses.COMPLETED)
