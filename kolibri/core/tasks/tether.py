"""What ties a running job to its row: progress goes out, wishes to stop come in. Neither too often."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import DatabaseError
from django.db import transaction

from kolibri.core.fields import local_now
from kolibri.core.tasks.models import TAKEN
from kolibri.core.tasks.models import JobRow

logger = logging.getLogger(__name__)

# Seconds between two writes of one job's progress. Each is a synced write on a slow disk,
# and screens look once a second.
WRITE_INTERVAL = 0.3
# Seconds between two looks at the row for a wish to cancel that came from another process.
LOOK_INTERVAL = 0.3

_lock = threading.Lock()
_held: dict[str, Tether] = {}


class Tether:
    """One running job's line to its row, used by the job's own thread and by the engine's scheduler."""

    def __init__(self, job_id: str, worker: str, closing: threading.Event) -> None:
        self.job_id = job_id
        self.worker = worker
        self._closing = closing
        self.cancel_seen = False
        self.stop_seen = False
        self._cancel = threading.Event()
        self._lost = False
        # Two locks: a write may wait for the database while the job, which holds the database's own
        # lock, comes with the next report.
        self._writing = threading.Lock()
        self._values = threading.Lock()
        self._unwritten: dict[str, Any] = {}
        self._written_at = 0.0
        self._looked_at = 0.0
        self._in_transaction = False

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Be this process's only holder of the job; yields False when another already is."""
        with _lock:
            mine = _held.setdefault(self.job_id, self) is self
        try:
            yield mine
        finally:
            if mine:
                with _lock:
                    del _held[self.job_id]

    def cancel(self) -> None:
        """Ask the job to end for good."""
        self._cancel.set()

    def report(self, values: dict[str, Any]) -> None:
        """Take new progress (`JobRow` fields) and write it when the last write is long enough ago.

        Inside a transaction of the job's own nothing is written: nobody could see it before the
        commit, and a failure would break the transaction.
        """
        with self._values:
            self._unwritten.update(values)
        self._in_transaction = transaction.get_connection().in_atomic_block
        self.flush()

    def flush(self, *, heartbeat: bool = False) -> None:
        """Write what was reported and not written yet; with `heartbeat` write at least a sign of life."""
        if self._in_transaction or not self._writing.acquire(blocking=False):
            return
        try:
            if not heartbeat and time.monotonic() - self._written_at < WRITE_INTERVAL:
                return
            values = self.take_unwritten()
            if not (values or heartbeat):
                return
            self._written_at = time.monotonic()
            try:
                if not self._mine().update(heartbeat=local_now(), **values):
                    self._lost = True
            except DatabaseError:
                # Progress is news, not work: the job goes on, and a later write tells it all.
                logger.warning("The progress of job %s could not be written.", self.job_id, exc_info=True)
                with self._values:
                    self._unwritten = {**values, **self._unwritten}
        finally:
            self._writing.release()

    def take_unwritten(self) -> dict[str, Any]:
        """Return what was not written yet, and take it for written."""
        with self._values:
            values, self._unwritten = self._unwritten, {}
        return values

    def look(self) -> None:
        """Find out whether the job is to end; afterwards `cancel_seen` and `stop_seen` tell."""
        now = time.monotonic()
        if not self._cancel.is_set() and now - self._looked_at >= LOOK_INTERVAL:
            self._looked_at = now
            wished = self._mine().values_list("cancel_requested", flat=True).first()
            if wished is None:
                self._lost = True
            elif wished:
                self._cancel.set()
        self.cancel_seen = self.cancel_seen or self._cancel.is_set()
        self.stop_seen = self.stop_seen or self._lost or self._closing.is_set()

    def _mine(self) -> Any:
        return JobRow.objects.filter(pk=self.job_id, worker=self.worker, state__in=TAKEN)


def held() -> list[Tether]:
    """Return the tethers of all jobs that run in this process."""
    with _lock:
        return list(_held.values())


def find(job_id: str) -> Tether | None:
    """Return the tether of a job that runs in this process, or None."""
    with _lock:
        return _held.get(job_id)
