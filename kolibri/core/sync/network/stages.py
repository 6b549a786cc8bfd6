"""morango's stages, without its waiting.

morango sleeps 0.3, 0.9, 2.1 ... seconds between any two steps, also where the step before went
well: five seconds for a sync with nothing to do. Here only a peer that is still at work is waited
for, briefly at first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any
from typing import Final

from morango.constants import transfer_statuses
from morango.registry import session_middleware
from morango.sync.controller import SessionController
from morango.sync.controller import SessionControllerSignals

from kolibri.core.sync.network.problems import PeerFailed

PULL: Final = "pull"
PUSH: Final = "push"
# Between the two: what came becomes rows.
PLACE: Final = "place"
# Seconds that a peer may stay where it is. One that makes rows of what it got stays for minutes, but then the
# request for it is still open: who only asks, again and again, has lost that request.
PATIENCE: Final = 15 * 60.0
# The same in a session that was cut: most likely the peer was cut off as well, in the middle of a stage, and will
# stay there for ever.
RESUMED_PATIENCE: Final = 60.0
_FIRST_WAIT: Final = 0.05
_LONGEST_WAIT: Final = 2.0


class PromptController(SessionController):  # type: ignore[misc]
    """Goes on at once while there is progress. `pulse` is called before each step; it may raise to stop.

    Without any progress for `patience` seconds it raises PeerFailed.
    """

    __slots__ = ("patience", "pulse")

    def __init__(self, pulse: Callable[[], None], patience: float = PATIENCE) -> None:
        super().__init__(session_middleware, SessionControllerSignals())
        self.pulse = pulse
        self.patience = patience

    def proceed_to_and_wait_for(
        self,
        target_stage: str,
        context: Any = None,
        max_interval: float | None = None,
        callback: Callable[[], None] | None = None,
    ) -> str:
        """Return the status at `target_stage`: completed or errored. Raises PeerFailed, and what `pulse` raises."""
        context = context or self.context
        wait = _FIRST_WAIT
        moved = time.monotonic()
        result = transfer_statuses.PENDING
        while result not in transfer_statuses.FINISHED_STATES:
            self.pulse()
            before = _place(context)
            result = self.proceed_to(target_stage, context=context)
            if callback:
                callback()
            if result in transfer_statuses.FINISHED_STATES:
                break
            if _place(context) != before:
                wait = _FIRST_WAIT
                moved = time.monotonic()
                continue
            if time.monotonic() - moved > self.patience:
                raise PeerFailed
            self._wait(wait)
            wait = min(wait * 2, _LONGEST_WAIT)
        return str(result)

    def _wait(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            time.sleep(min(left, 0.25))
            self.pulse()


def _place(context: Any) -> tuple[Any, ...]:
    """Return how far a transfer is: the stage, whose turn it is, and what has gone over."""
    transfer = context.transfer_session
    moved = transfer.records_transferred if transfer is not None else None
    return context.stage, getattr(context, "_counter", 0), moved
