"""One job from taking it to its end. Every write asks that the row still be this worker's."""

from __future__ import annotations

import datetime
import logging
import threading
import traceback
from typing import Any

from django.db.models import F
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kolibri.core.fields import local_now
from kolibri.core.tasks import registry
from kolibri.core.tasks.arguments import check_json
from kolibri.core.tasks.arguments import readable
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.job import JobCanceled
from kolibri.core.tasks.job import JobInterrupted
from kolibri.core.tasks.job import RetryLater
from kolibri.core.tasks.models import TAKEN
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.core.tasks.tether import Tether
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)

INTERRUPTED = _("The program ended while this was being done. Start it again.")
TOO_OFTEN = _("The program ended each time this was being done, so it was not tried again.")
UNKNOWN = _("This program does not know how to do this any more. It may come from another version.")
UNEXPECTED = _("This could not be done because of a fault in the program. Try again; if it happens again, tell us.")


# What a good end wipes from an earlier failure.
NO_FAULT = {"error": "", "error_code": "", "exception": "", "traceback": ""}


def run_job(job_id: str, worker: str, closing: threading.Event) -> bool:
    """Take the job if it is still waiting, and carry it out; returns False when it is not to be had.

    `closing` is set when the program ends; the job is then asked to stop.
    """
    tether = Tether(job_id, worker, closing)
    with tether.hold() as mine:
        if not mine or closing.is_set() or not _take(job_id, worker):
            return False
        row = JobRow.objects.get(pk=job_id)
        with translation.override(row.language or None):
            _run(row, tether)
    return True


def end_orphan(row: JobRow) -> None:
    """Decide on a job whose worker is gone: back to the queue, or failed with a sentence."""
    rows = JobRow.objects.filter(pk=row.pk, worker=row.worker, state=row.state, heartbeat=row.heartbeat)
    task: type[Job] | None = registry.get(row.task)
    if row.cancel_requested:
        rows.update(state=State.CANCELED, finished=local_now())
    elif row.state == State.SELECTED or (task and task.resumable and row.attempts < task.max_attempts):
        rows.update(state=State.QUEUED, worker="")
    else:
        with translation.override(row.language or None):
            sentence = str(TOO_OFTEN if task and task.resumable else INTERRUPTED)
        rows.update(state=State.FAILED, finished=local_now(), error=sentence, error_code="interrupted")
        logger.warning("Job %s of %s failed: its worker was gone.", row.pk, row.task)


def _take(job_id: str, worker: str) -> bool:
    now = local_now()
    return bool(
        JobRow.objects.filter(pk=job_id, state=State.QUEUED).update(
            state=State.SELECTED, worker=worker, started=now, heartbeat=now, finished=None
        )
    )


def _run(row: JobRow, tether: Tether) -> None:
    mine = JobRow.objects.filter(pk=row.pk, worker=tether.worker, state__in=TAKEN)
    task: type[Job] | None = registry.get(row.task)
    if task is None:
        _fail(mine, tether, sentence=str(UNKNOWN), code="unknown_task")
        return
    # Counted here and not when taken: a death in between is not the job's doing.
    if not mine.filter(state=State.SELECTED).update(state=State.RUNNING, attempts=F("attempts") + 1):
        _end(mine, tether, State.CANCELED)
        return
    row.state = State.RUNNING
    row.attempts += 1
    try:
        result = task(row, tether).run(**row.arguments)  # type: ignore[attr-defined]
        if tether.cancel_seen:
            raise JobCanceled
        if tether.stop_seen:
            raise JobInterrupted
        values = {**NO_FAULT, "result": check_json(result, f"{row.task}: what run returns")}
    except JobCanceled:
        _end(mine, tether, State.CANCELED)
    except JobInterrupted:
        _put_back(mine, tether, task, row)
    except RetryLater as wish:
        _again(mine, tether, wish.delay.total_seconds(), result=None)
    except BaseException as error:
        _failed(mine, tether, row, error)
        if isinstance(error, KeyboardInterrupt):
            raise
    else:
        if row.repeat_interval is None or row.repeat == 0:
            _end(mine, tether, State.COMPLETED, **values)
        else:
            _repeat(mine, tether, row, **values)


def _end(mine: QuerySet[JobRow], tether: Tether, state: State, **values: Any) -> None:
    ending = {"state": state, "finished": local_now(), "scheduled_for": None}
    mine.update(**{**tether.take_unwritten(), **ending, **values})


def _put_back(mine: QuerySet[JobRow], tether: Tether, task: type[Job], row: JobRow) -> None:
    if task.resumable:
        # An orderly end is no attempt: a laptop may be closed as often as its owner likes.
        if not mine.exclude(state=State.CANCELING).update(
            **tether.take_unwritten(), state=State.QUEUED, worker="", attempts=F("attempts") - 1
        ):
            _end(mine, tether, State.CANCELED)
    else:
        _fail(mine, tether, sentence=str(INTERRUPTED), code="interrupted")


def _again(mine: QuerySet[JobRow], tether: Tether, delay: float, **values: Any) -> None:
    """Put the job on the schedule, unless somebody cancelled it meanwhile."""
    now = local_now()
    waiting = {
        "state": State.SCHEDULED,
        "scheduled_for": now + datetime.timedelta(seconds=delay),
        "finished": now,
        "progress": 0,
        "progress_text": "",
        "worker": "",
        "attempts": 0,
    }
    if not mine.exclude(state=State.CANCELING).update(**{**tether.take_unwritten(), **waiting, **values}):
        _end(mine, tether, State.CANCELED)


def _repeat(mine: QuerySet[JobRow], tether: Tether, row: JobRow, **values: Any) -> None:
    assert row.repeat_interval is not None
    since_start = (local_now() - row.started).total_seconds() if row.started else 0.0
    # Turns that were missed (a long run, a computer that slept) are not made up for.
    delay = row.repeat_interval - max(since_start, 0.0) % row.repeat_interval
    if row.repeat is not None:
        values["repeat"] = row.repeat - 1
    _again(mine, tether, delay, **values)


def _failed(mine: QuerySet[JobRow], tether: Tether, row: JobRow, error: BaseException) -> None:
    trace = readable("".join(traceback.format_exception(error)))
    values: dict[str, Any] = {
        "error": readable(str(error.message if isinstance(error, KolibriError) else UNEXPECTED)),
        "error_code": error.code if isinstance(error, KolibriError) else "unexpected",
        "exception": f"{type(error).__module__}.{type(error).__qualname__}"[:200],
        "traceback": trace,
        "result": None,
    }
    expected = isinstance(error, KolibriError)
    logger.log(
        logging.WARNING if expected else logging.ERROR,
        "Job %s of %s failed: %s", row.pk, row.task, error, exc_info=None if expected else error,
    )  # fmt: skip
    if row.retries:
        _again(mine, tether, row.retry_interval, retries=row.retries - 1, **values)
    elif row.repeat_interval is not None and row.repeat != 0:
        _repeat(mine, tether, row, **values)
    else:
        _end(mine, tether, State.FAILED, **values)


def _fail(mine: QuerySet[JobRow], tether: Tether, *, sentence: str, code: str) -> None:
    _end(mine, tether, State.FAILED, error=sentence, error_code=code)
