"""Tells the engines of this process that there is a job. Without an engine nobody hears; the row waits."""

from __future__ import annotations

from typing import Protocol


class Listener(Protocol):
    """An engine."""

    def offer(self, job_id: str, priority: int) -> None:
        """Take the job when its turn comes."""

    def wake(self) -> None:
        """Look at the schedule again."""


listeners: list[Listener] = []


def ring(job_id: str, priority: int, now: bool) -> None:
    """Tell of a job that may begin `now`, or has its time in the row."""
    for listener in tuple(listeners):
        if now:
            listener.offer(job_id, priority)
        else:
            listener.wake()
