"""A job's row as its readers see it."""

from __future__ import annotations

import datetime
from typing import Any
from typing import cast

from kolibri.core.tasks.models import FINISHED
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State


class Record:
    """What there is to know of a job, as it was when its row was read."""

    def __init__(self, row: JobRow) -> None:
        self._row = row

    def __str__(self) -> str:
        return self.job_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.job_id} {self.state}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Record) and other.job_id == self.job_id

    def __hash__(self) -> int:
        return hash(self.job_id)

    @property
    def job_id(self) -> str:
        """32 hexadecimal digits."""
        return self._row.pk

    @property
    def state(self) -> State:
        """Where the job is in its life."""
        return State(self._row.state)

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINISHED

    @property
    def arguments(self) -> dict[str, Any]:
        """What `run` is called with, by name. May hold what only its requester should see."""
        return dict(self._row.arguments)

    @property
    def requested_by(self) -> str:
        """Id of the user who asked for it, or empty."""
        return self._row.requested_by

    @property
    def progress(self) -> float:
        """How much is done, in the unit of `total_progress`."""
        return self._row.progress

    @property
    def total_progress(self) -> float:
        """How much there is to do, in whatever unit the job counts."""
        return self._row.total_progress

    @property
    def fraction(self) -> float:
        """How much is done, from 0 to 1."""
        if self.state == State.COMPLETED:
            return 1.0
        total = self.total_progress
        return min(max(self.progress / total, 0.0), 1.0) if total > 0 else 0.0

    @property
    def progress_text(self) -> str:
        """What is being worked on just now, such as a file's name."""
        return self._row.progress_text

    @property
    def extra(self) -> dict[str, Any]:
        """What the job chose to tell beside its progress; it outlives an interruption."""
        return dict(self._row.extra)

    @property
    def result(self) -> Any:
        """What `run` returned, or None."""
        return self._row.result

    @property
    def error(self) -> str:
        """For a person: what went wrong and what to do. Empty when nothing did."""
        return self._row.error

    @property
    def error_code(self) -> str:
        """The `code` of the KolibriError that ended it, or a short word of the engine's."""
        return self._row.error_code

    @property
    def exception(self) -> str:
        """Dotted name of the exception's class, for a developer."""
        return self._row.exception

    @property
    def traceback(self) -> str:
        """The whole trace, for a developer."""
        return self._row.traceback

    @property
    def attempts(self) -> int:
        """How often it was begun, not counting orderly interruptions."""
        return self._row.attempts

    @property
    def scheduled_for(self) -> datetime.datetime | None:
        """When it is to begin, if not as soon as possible."""
        return cast(datetime.datetime | None, self._row.scheduled_for)

    @property
    def started(self) -> datetime.datetime | None:
        """When its last run began."""
        return cast(datetime.datetime | None, self._row.started)

    @property
    def finished(self) -> datetime.datetime | None:
        """When its last run ended."""
        return cast(datetime.datetime | None, self._row.finished)
