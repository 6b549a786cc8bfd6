"""Placing what is left, in the background."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kolibri.core.sync.arrivals import settling
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job

_KEY = "arrivals"


@register_task(resumable=True)
class PlaceWhatArrived(Job):
    """Look once more at every record that stands aside. The result is `{"placed": int, "waiting": int}`."""

    def run(self) -> dict[str, int]:
        """Settle everything, batch by batch; what was placed when it is stopped stays placed."""
        found = settling.settle(again=True, pulse=self.check_for_cancel, progress=self._tell)
        return {"placed": found.placed, "waiting": found.waiting}

    def _tell(self, done: int, total: int) -> None:
        self.update_progress(done, total, text=_("Putting what arrived in its place"))


def place_in_background(requested_by: str = "") -> Job:
    """Ask for it, and return the job; while one is at it, that one."""
    return PlaceWhatArrived.options(key=_KEY, requested_by=requested_by).enqueue()


def at_start() -> None:
    """Ask for it when anything waits: a sync was cut off, or this version knows more kinds of records. One query."""
    if settling.is_unsettled():
        place_in_background()
