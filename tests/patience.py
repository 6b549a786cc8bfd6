"""How long tests wait for what must come."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from typing import TypeVar

# Seconds, for a slow computer that does other things, too: only what never comes is waited for so long.
PATIENCE: Final = 60.0

T = TypeVar("T")


def until(what: Callable[[], T], why: str = "it", *, seconds: float = PATIENCE, pause: float = 0.02) -> T:
    """Ask until the answer is true, and return it. Raises AssertionError when that is never so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := what():
            return answer
        time.sleep(pause)
    raise AssertionError(f"after {seconds:.0f} s still waiting for {why}")
