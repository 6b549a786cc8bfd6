"""Which worker a row names, and whether it can still be at work."""

from __future__ import annotations

import datetime
import os
import platform

import psutil
from django.db import connection

from kolibri.core.fields import local_now
from kolibri.core.tasks import tether
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import new_id

# A worker writes a sign of life more often than this, and is given up after the longer time.
HEARTBEAT = datetime.timedelta(seconds=15)
GIVEN_UP = datetime.timedelta(seconds=120)

# Asked once: what the system computes it from moves with the clock.
_BEGAN = str(int(psutil.Process().create_time()))


def new_worker() -> str:
    """Return a name for an engine of this process: computer, process, when the process began, and chance."""
    return f"{_computer()} {os.getpid()} {_BEGAN} {new_id()}"


def is_at_work(row: JobRow) -> bool:
    """Return whether the row's worker may still be running the job."""
    computer, pid, began, _chance = ([*row.worker.split(" "), "", "", "", ""])[:4]
    if computer == _computer() and pid.isdecimal():
        if int(pid) == os.getpid():
            return began == _BEGAN and tether.find(row.pk) is not None
        if not _is_alive(int(pid)):
            return False
    # Another computer's process, or a living one of the same number. Clocks jump on computers without
    # a battery for theirs, so a sign of life from the future counts no more than an old one.
    return row.heartbeat is not None and abs(local_now() - row.heartbeat) < GIVEN_UP


def _computer() -> str:
    # Only one computer can have an SQLite file open, and its name may change with the network it is in.
    return "here" if connection.vendor == "sqlite" else platform.node().replace(" ", "-")[:64]


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
