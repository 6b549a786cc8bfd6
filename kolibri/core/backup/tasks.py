"""The day's backup as a job, and when it is done.

The database is copied a little after a start, when the window is open and nobody waits for the
disk, and each day that the program goes on running.
"""

from __future__ import annotations

import datetime
from typing import Final

from kolibri.core.backup import daily
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State

AFTER_START: Final = datetime.timedelta(minutes=2)
EVERY: Final = datetime.timedelta(days=1)


@register_task
class DailyBackup(Job):
    """Copy the database, unless nothing was written since the last copy. The result is the copy's name, or ""."""

    def run(self) -> str:
        """Copy it. Raises NoCopy."""
        made = daily.back_up()
        return made.name if made else ""


def plan() -> None:
    """Have the database copied soon, and each day from then on. To be called at each start."""
    if not daily.is_possible():
        return
    # What an earlier run planned would run at once, in the middle of this start.
    JobRow.objects.filter(task=DailyBackup.task_name, state=State.SCHEDULED).delete()
    DailyBackup.options(key="daily", repeat_every=EVERY).enqueue_in(AFTER_START)
