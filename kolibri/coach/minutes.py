"""Seconds as reports tell them."""

from __future__ import annotations


def whole_minutes(seconds: float) -> int:
    """Return the nearest number of minutes; 1 for any time at all: "0 minutes" reads as if nobody had been there."""
    return max(round(seconds / 60), 1 if seconds > 0 else 0)
