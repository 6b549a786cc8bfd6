"""Starts and stops the work in the background of this process, and keeps it in step with the rows."""

from __future__ import annotations

import datetime
import logging
import threading
import time

from django.db import DatabaseError
from django.db import close_old_connections
from django.db import connections

from kolibri.core.fields import local_now
from kolibri.core.tasks import bell
from kolibri.core.tasks import tether
from kolibri.core.tasks import workers
from kolibri.core.tasks.executor import Executor
from kolibri.core.tasks.models import FINISHED
from kolibri.core.tasks.models import TAKEN
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.core.tasks.runner import end_orphan
from kolibri.core.tasks.runner import run_job

logger = logging.getLogger(__name__)

# Seconds between two looks at the rows: for what another process asked for, while a job runs here
# (its last progress), and for jobs whose worker is gone.
LOOK = 5.0
LOOK_WHILE_RUNNING = 1.0
LOOK_FOR_ORPHANS = 30.0
# Jobs that one look puts into the queue in memory; the others stay in the rows until it is their turn.
OFFERED = 100
# Finished jobs are kept this long, for the person who asks what became of one.
KEEP_FINISHED = datetime.timedelta(days=30)


class Engine:
    """A few worker threads on the rows. Several engines may share the rows; each job goes to one."""

    def __init__(self, threads: int = 2) -> None:
        self._worker = workers.new_worker()
        self._closing = threading.Event()
        self._offering = threading.Lock()
        self._offered: set[str] = set()
        self._busy = 0
        self._orphans_at = 0.0
        self._heartbeat_at = 0.0
        self._executor = Executor(self._execute, self.tend, _close_connections, threads)

    def start(self) -> None:
        """Take up what waits in the rows, then begin. Call it once the database is migrated."""
        JobRow.objects.filter(state=State.PENDING).update(state=State.QUEUED)
        JobRow.objects.filter(state__in=FINISHED, finished__lt=local_now() - KEEP_FINISHED).delete()
        self._look()
        bell.listeners.append(self)
        self._executor.start()

    def stop(self, timeout: float = 1.5) -> bool:
        """Ask the running jobs to end, and return within `timeout` seconds.

        Resumable jobs go back to the queue, others fail with a sentence. Returns False when a job did
        not end in time; its thread ends with the process, and the next start decides about it.
        """
        if self in bell.listeners:
            bell.listeners.remove(self)
        self._closing.set()
        ended = self._executor.shut(timeout)
        if not ended:
            logger.warning("Not every job ended within %s seconds.", timeout)
        return ended

    def offer(self, job_id: str, priority: int) -> None:
        """Put the job in this engine's queue, unless it is there."""
        with self._offering:
            if job_id in self._offered:
                return
            self._offered.add(job_id)
        self._executor.add(job_id, priority)

    def wake(self) -> None:
        """Look at the schedule now."""
        self._executor.wake()

    def tend(self) -> float:
        """Do what is due in the rows; returns the seconds until the next time. Never raises."""
        try:
            return self._look()
        except DatabaseError:
            logger.warning("The jobs could not be looked at; trying again.", exc_info=True)
            return LOOK

    def _look(self) -> float:
        close_old_connections()
        now = local_now()
        running = [line for line in tether.held() if line.worker == self._worker]
        beat = time.monotonic() - self._heartbeat_at >= workers.HEARTBEAT.total_seconds()
        if beat:
            self._heartbeat_at = time.monotonic()
        for line in running:
            line.flush(heartbeat=beat)
        if time.monotonic() - self._orphans_at >= LOOK_FOR_ORPHANS or not self._orphans_at:
            self._orphans_at = time.monotonic()
            for row in JobRow.objects.filter(state__in=TAKEN):
                if not workers.is_at_work(row):
                    end_orphan(row)
        scheduled = JobRow.objects.filter(state=State.SCHEDULED)
        if scheduled.filter(scheduled_for__lte=now).exists():
            scheduled.filter(scheduled_for__lte=now).update(state=State.QUEUED)
        waiting = JobRow.objects.filter(state=State.QUEUED).order_by("-priority", "created", "id")
        for job_id, priority in waiting.values_list("id", "priority")[:OFFERED]:
            self.offer(job_id, priority)
        following = scheduled.order_by("scheduled_for").values_list("scheduled_for", flat=True).first()
        until_next = LOOK if following is None else (following - local_now()).total_seconds()
        return max(min(until_next, LOOK_WHILE_RUNNING if self._busy else LOOK), 0.0)

    def _execute(self, job_id: str) -> None:
        with self._offering:
            self._offered.discard(job_id)
            self._busy += 1
        self.wake()
        try:
            close_old_connections()
            run_job(job_id, self._worker, self._closing)
        except Exception:
            # The row could not be read or written. It is found as an orphan in a moment.
            logger.exception("Job %s could not be brought to its end.", job_id)
        finally:
            with self._offering:
                self._busy -= 1
        # It may be on the schedule again.
        self.wake()


_lock = threading.Lock()
_engine: Engine | None = None


def start(threads: int = 2) -> None:
    """Start this process's engine with `threads` workers; does nothing when it runs already."""
    global _engine
    with _lock:
        if _engine is None:
            engine = Engine(threads)
            engine.start()
            _engine = engine


def stop(timeout: float = 1.5) -> bool:
    """Stop this process's engine as `Engine.stop` does; returns True when there is none."""
    global _engine
    with _lock:
        engine, _engine = _engine, None
    return engine is None or engine.stop(timeout)


def run_queued() -> int:
    """Run what waits in the queue here and now, in its order; returns how many jobs ran.

    For a command without an engine, and for tests. Jobs that they ask for run too; the schedule waits.
    """
    worker, never, ran = workers.new_worker(), threading.Event(), 0
    while (row := JobRow.objects.filter(state=State.QUEUED).order_by("-priority", "created", "id").first()) is not None:
        ran += run_job(row.pk, worker, never)
    return ran


def _close_connections() -> None:
    connections.close_all()
