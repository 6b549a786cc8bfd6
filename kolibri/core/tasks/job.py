"""A job: asked for with `enqueue`, watched through `Job.get`, carried out by `run` in a worker."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from inspect import Signature
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import NoReturn
from typing import ParamSpec
from typing import Protocol
from typing import Self
from typing import TypeVar
from typing import cast

from django.db import IntegrityError
from django.db import transaction
from django.utils import timezone
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kolibri.core.fields import local_now
from kolibri.core.tasks import bell
from kolibri.core.tasks import registry
from kolibri.core.tasks import tether
from kolibri.core.tasks.arguments import bind
from kolibri.core.tasks.arguments import check_json
from kolibri.core.tasks.arguments import readable
from kolibri.core.tasks.models import FINISHED
from kolibri.core.tasks.models import WAITING
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.core.tasks.record import Record
from kolibri.errors import Conflict
from kolibri.errors import NotHere

HIGH = 10
REGULAR = 0
LOW = -10

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)

_ID = re.compile(r"[0-9a-f]{32}")
_TRIES = 10


class HasRun(Protocol[P, R_co]):
    """What a type checker learns a task's arguments from."""

    def run(self, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Do the work."""
        raise NotImplementedError


class JobStopped(BaseException):
    """Ends a job's `run` in good order. No Exception, so that a job's own `except Exception` lets it pass."""


class JobCanceled(JobStopped):
    """Somebody cancelled the job."""


class JobInterrupted(JobStopped):
    """The program is closing, or the job went to another worker."""


class RetryLater(JobStopped):
    """The job ends this try and asks for another one after `delay`."""

    def __init__(self, delay: datetime.timedelta) -> None:
        super().__init__(delay)
        self.delay = delay


class Job(Record):
    """One piece of work in the background, and the base of every class of such work.

    A task is a child with a method `run` under `@register_task`. What `enqueue` and `get` return
    is an instance with the row as it was when read; `refresh` reads it again.
    """

    task_name: ClassVar[str] = ""
    # Whether a worker may begin it again after the program ended in the middle; otherwise it fails.
    resumable: ClassVar[bool] = False
    # How often a resumable job may be begun before it is taken for the cause of the program's end.
    max_attempts: ClassVar[int] = 5
    priority: ClassVar[int] = REGULAR
    retries: ClassVar[int] = 0
    retry_after: ClassVar[datetime.timedelta] = datetime.timedelta(0)
    signature: ClassVar[Signature]

    def __init__(self, row: JobRow | None = None, tether: tether.Tether | None = None) -> None:
        super().__init__(row or JobRow(task=self.task_name))
        self._tether = tether

    # Asking for a job

    @classmethod
    def enqueue(cls: type[HasRun[P, Any]], *args: P.args, **kwargs: P.kwargs) -> Job:
        """Ask for the job with these arguments of `run`, and return it at once.

        The row is part of the caller's transaction: without a commit there is no job. Raises
        TypeError for arguments that `run` does not take or that JSON cannot hold.
        """
        return Order[P](cast(type[Job], cls)).enqueue(*args, **kwargs)

    @classmethod
    def enqueue_in(cls: type[HasRun[P, Any]], delay: datetime.timedelta, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """Ask for the job to begin after `delay`."""
        return Order[P](cast(type[Job], cls)).enqueue_in(delay, *args, **kwargs)

    @classmethod
    def enqueue_at(cls: type[HasRun[P, Any]], moment: datetime.datetime, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """Ask for the job to begin at `moment`."""
        return Order[P](cast(type[Job], cls)).enqueue_at(moment, *args, **kwargs)

    @classmethod
    def options(
        cls: type[HasRun[P, Any]],
        *,
        priority: int | None = None,
        requested_by: str = "",
        dataset_id: str = "",
        key: str = "",
        retries: int | None = None,
        retry_in: datetime.timedelta | None = None,
        repeat_every: datetime.timedelta | None = None,
        repeat: int | None = None,
    ) -> Order[P]:
        """Return an order on which to call `enqueue`; options stand apart from the arguments of `run`.

        `requested_by` and `dataset_id` are ids as text. While a job of this task with the same `key` is
        unfinished, `enqueue` returns that job and makes no second one. `retries` times a failed job is
        tried again after `retry_in`. With `repeat_every` it runs again that long after its last start:
        `repeat` more times, or for ever when that is None.
        """
        return Order[P](
            cast(type[Job], cls), priority, requested_by, dataset_id, key, retries, retry_in, repeat_every, repeat
        )

    # Finding jobs

    @classmethod
    def get(cls, job_id: str) -> Self:
        """Return the job as it is now; raises NotHere when there is none (of this task)."""
        row = JobRow.objects.filter(pk=job_id).first() if _ID.fullmatch(job_id) else None
        job = None if row is None else of_row(row)
        if not isinstance(job, cls):
            raise NotHere(_("This job does not exist any more."), code="no_job")
        return job

    @classmethod
    def find(cls, *, requested_by: str = "", dataset_id: str = "", unfinished: bool = False) -> list[Self]:
        """Return jobs, the newest first: of this task (of every task on `Job` itself) and of those given."""
        rows = JobRow.objects.order_by("-created", "-id")
        if cls.task_name:
            rows = rows.filter(task=cls.task_name)
        if requested_by:
            rows = rows.filter(requested_by=requested_by)
        if dataset_id:
            rows = rows.filter(dataset_id=dataset_id)
        if unfinished:
            rows = rows.exclude(state__in=FINISHED)
        return [job for job in map(of_row, rows) if isinstance(job, cls)]

    def refresh(self) -> Self:
        """Read the row again; raises NotHere when it is gone."""
        self._row = type(self).get(self.job_id)._row
        return self

    # Changing its course

    def cancel(self) -> bool:
        """Keep it from starting, or ask it to stop. Returns False when it had already finished."""
        rows = JobRow.objects.filter(pk=self.job_id)
        # A running job may move between the two updates (a retry, an interruption), hence the second round.
        for _round in range(2):
            if rows.filter(state__in=WAITING).update(state=State.CANCELED, cancel_requested=True, finished=local_now()):
                break
            if rows.filter(state__in=[State.SELECTED, State.RUNNING]).update(
                state=State.CANCELING, cancel_requested=True
            ):
                transaction.on_commit(lambda: _pull(self.job_id))
                break
        self.refresh()
        return self.state in (State.CANCELED, State.CANCELING)

    def restart(self) -> Self:
        """Run a finished job once more, under the same id; raises Conflict when it has not finished."""
        fresh = {
            "state": State.QUEUED,
            "cancel_requested": False,
            "attempts": 0,
            "progress": 0,
            "progress_text": "",
            "result": None,
            "error": "",
            "error_code": "",
            "exception": "",
            "traceback": "",
            "worker": "",
            "scheduled_for": None,
            "started": None,
            "finished": None,
            "retries": self.retries,
        }
        try:
            with transaction.atomic():
                changed = JobRow.objects.filter(pk=self.job_id, state__in=FINISHED).update(**fresh)
        except IntegrityError:
            changed = 0
        if not changed:
            raise Conflict(_("This is being worked on already. Wait until it is done."), code="job_unfinished")
        self.refresh()
        _announce(self._row)
        return self

    def check_again(self) -> None:
        """Raise a KolibriError when it could only fail once more; tasks that need what may be gone say so here."""

    # For the code in `run`

    def update_progress(
        self,
        progress: float,
        total_progress: float = 1.0,
        text: str | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        """Tell how much of how much is done; call it as often as is handy, few of the calls are written.

        `text` is shown beside the bar (a file's name); `extra` is JSON that replaces what was told before.
        """
        values: dict[str, Any] = {"progress": float(progress), "total_progress": float(total_progress)}
        if text is not None:
            values["progress_text"] = readable(text)
        if extra is not None:
            values["extra"] = check_json(dict(extra), "extra")
        for name, value in values.items():
            setattr(self._row, name, value)
        if self._tether is not None:
            self._tether.report(values)

    @property
    def is_canceled(self) -> bool:
        """Whether `run` should tidy up and return, because of a cancel or because the program is closing."""
        if self._tether is None:
            return self._row.cancel_requested
        self._tether.look()
        return self._tether.cancel_seen or self._tether.stop_seen

    def check_for_cancel(self) -> None:
        """Leave `run` when it should end; call it between pieces of work of less than a second each.

        Raises JobCanceled or JobInterrupted, which `run` lets pass (tidy up in `finally`).
        """
        if self.is_canceled:
            raise JobInterrupted if self._tether is not None and not self._tether.cancel_seen else JobCanceled

    def retry_in(self, delay: datetime.timedelta) -> NoReturn:
        """End this try and run again after `delay`, without using up a retry."""
        raise RetryLater(delay)


@dataclass(frozen=True)
class Order(Generic[P]):
    """How a job is to be done; made by `Job.options`, whose words explain the fields."""

    task: type[Job]
    priority: int | None = None
    requested_by: str = ""
    dataset_id: str = ""
    key: str = ""
    retries: int | None = None
    retry_in: datetime.timedelta | None = None
    repeat_every: datetime.timedelta | None = None
    repeat: int | None = None

    def enqueue(self, *args: P.args, **kwargs: P.kwargs) -> Job:
        """As `Job.enqueue`."""
        return self._write(None, args, kwargs)

    def enqueue_in(self, delay: datetime.timedelta, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """As `Job.enqueue_in`."""
        return self._write(local_now() + delay, args, kwargs)

    def enqueue_at(self, moment: datetime.datetime, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """As `Job.enqueue_at`; a naive moment is taken in the current time zone."""
        return self._write(timezone.make_aware(moment) if timezone.is_naive(moment) else moment, args, kwargs)

    def _write(self, moment: datetime.datetime | None, args: Any, kwargs: Any) -> Job:
        task = self.task
        if not registry.has(task):
            raise TypeError(f"{task.__qualname__} is not a task yet: put @register_task above the class.")
        if self.repeat is not None and self.repeat_every is None:
            raise TypeError("repeat needs repeat_every: how long after the last start?")
        if self.repeat_every is not None and self.repeat_every <= datetime.timedelta(0):
            raise TypeError("repeat_every must be longer than nothing.")
        if len(self.key) > 90:
            raise TypeError("A job's key has at most 90 characters.")
        row = JobRow(
            task=task.task_name,
            arguments=bind(task.task_name, task.signature, args, kwargs),
            state=State.QUEUED if moment is None else State.SCHEDULED,
            scheduled_for=moment,
            priority=task.priority if self.priority is None else self.priority,
            key=f"{task.task_name}:{self.key}" if self.key else "",
            requested_by=self.requested_by,
            dataset_id=self.dataset_id,
            language=translation.get_language() or "",
            retries=task.retries if self.retries is None else self.retries,
            retry_interval=(task.retry_after if self.retry_in is None else self.retry_in).total_seconds(),
            repeat=self.repeat,
            repeat_interval=None if self.repeat_every is None else self.repeat_every.total_seconds(),
        )
        row = _insert(row) if row.key else _saved(row)
        _announce(row)
        return task(row)


def of_row(row: JobRow) -> Job:
    """Return the job of a row, as its own class when the program still knows the task."""
    task = cast(type[Job], registry.get(row.task) or Job)
    return task(row)


def _saved(row: JobRow) -> JobRow:
    row.save(force_insert=True)
    return row


def _insert(row: JobRow) -> JobRow:
    # The job in the way is there, or has just finished.
    for _again in range(_TRIES):
        try:
            with transaction.atomic():
                return _saved(row)
        except IntegrityError:
            earlier = JobRow.objects.filter(key=row.key).exclude(state__in=FINISHED).first()
            if earlier is not None:
                return earlier
    # What is refused each time is refused for something else than its key.
    return _saved(row)


def _announce(row: JobRow) -> None:
    transaction.on_commit(lambda: bell.ring(row.pk, row.priority, row.state == State.QUEUED))


def _pull(job_id: str) -> None:
    running = tether.find(job_id)
    if running is not None:
        running.cancel()
