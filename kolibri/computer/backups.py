"""What the page about backups shows: those on this computer, what each holds, and the work under way."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.safekeeping.tasks import AskForBackup
from kolibri.core.safekeeping.tasks import SaveBackup
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State

TASKS: Final[tuple[type[Job], ...]] = (SaveBackup, AskForBackup)
_READ: Final = "read-backups"  # in the session: the jobs of which nothing more is to be said
_KEPT: Final = 20
_KINDS: Final[dict[str, str | Promise]] = {
    copies.DAILY: _("The day's backup"),
    copies.UPGRADE: _("Before a newer version"),
    copies.REPLACED: _("What was here before a backup was brought back"),
    "damaged": _("Damaged data that was put aside"),
}


@dataclass(frozen=True)
class Kept:
    """One backup on this computer. `holds` is None when it cannot be read; `size` is in bytes."""

    name: str
    kind: str | Promise
    made: datetime.datetime
    size: int
    holds: contents.Contents | None


@dataclass(frozen=True)
class Report:
    """The last job, when it has ended; a sentence in one of the two."""

    job_id: str
    error: str = ""
    saved: str = ""


def kept(folder: Path) -> list[Kept]:
    """Return the backups of this computer, the latest first."""
    found = []
    for path in folder.glob("*-*.sqlite3"):
        kind = _KINDS.get(path.name.partition("-")[0])
        if kind is None:
            continue
        try:
            holds = contents.read(path)
        except contents.Unreadable:
            holds = None
        try:
            facts = path.stat()
        except OSError:  # another one has just taken its place
            continue
        made = datetime.datetime.fromtimestamp(facts.st_mtime, datetime.UTC)
        found.append(Kept(path.name, kind, made, facts.st_size, holds))
    return sorted(found, key=lambda one: one.made, reverse=True)


def unfinished() -> list[Job]:
    """Return the jobs of this page that are not done."""
    return [job for task in TASKS for job in task.find(unfinished=True)]


def report(request: HttpRequest) -> Report | None:
    """Return what became of the last job, unless it was put away. What was asked for is said by the page itself."""
    latest = {job.finished: job for task in TASKS for job in task.find()[:1] if job.finished}
    if not latest:
        return None
    job = latest[max(latest)]
    if job.state == State.CANCELED or job.job_id in request.session.get(_READ, []):
        return None
    if job.state != State.COMPLETED:
        return Report(job.job_id, error=job.error)
    return Report(job.job_id, saved=job.result) if isinstance(job, SaveBackup) else None


def put_away(request: HttpRequest, job_id: str) -> None:
    """Say nothing more of this job in this browser."""
    request.session[_READ] = [*request.session.get(_READ, []), job_id][-_KEPT:]
