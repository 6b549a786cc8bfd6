"""What this computer is and holds, for its own page and for who helps from afar."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import django
from django.conf import settings
from django.db import connection

from kolibri import __version__
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.content import services as content
from kolibri.core.device import sharing
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons.models import Lesson
from kolibri.core.tasks import outcome
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.job import of_row
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State

# Below this the disk is said to be nearly full, in bytes.
LITTLE: Final = 500_000_000
MOST_JOBS: Final = 50
ENDED: Final = (State.COMPLETED, State.FAILED, State.CANCELED)


@dataclass(frozen=True)
class Facts:
    """Sizes in bytes. `school_size` is the database's, with what is not yet merged into it; None: not known here."""

    version: str
    home: Path
    free: int
    total: int
    content_size: int
    school_size: int | None
    channels: int
    people: int
    classes: int
    lessons: int
    is_shared: bool

    @property
    def is_nearly_full(self) -> bool:
        """Whether little can still be brought in."""
        return self.free < LITTLE


@dataclass(frozen=True)
class Past:
    """A job that is over: who asked for it, how long its last run took in whole seconds, what went wrong, in words."""

    job: Job
    row: JobRow
    who: str
    seconds: int
    error: str
    can_go_again: bool


def facts() -> Facts:
    """Return what there is to know; a fixed number of queries."""
    home = Path(settings.KOLIBRI_HOME)
    disk = shutil.disk_usage(home)
    channels = content.list_channels()
    return Facts(
        version=__version__,
        home=home,
        free=disk.free,
        total=disk.total,
        content_size=sum(channel.size for channel in channels),
        school_size=_school_size(),
        channels=len(channels),
        people=FacilityUser.objects.count(),
        classes=Classroom.objects.count(),
        lessons=Lesson.objects.count(),
        is_shared=sharing.state().is_on,
    )


def ended_jobs() -> list[Past]:
    """Return the jobs that are over, the latest first; two queries."""
    rows = list(JobRow.objects.filter(state__in=ENDED).order_by("-finished", "-created")[:MOST_JOBS])
    people = FacilityUser.all_objects.in_bulk([row.requested_by for row in rows if row.requested_by])
    return [_past(row, str(people.get(row.requested_by, ""))) for row in rows]


def forget_ended_jobs() -> None:
    """Clear the list of what is over."""
    JobRow.objects.filter(state__in=ENDED).delete()


def report(found: Facts, agent: str) -> str:
    """Return plain text for whoever helps; it holds no name of a person, a class or a lesson, and no secret."""
    device = DeviceSettings.current()
    failed = JobRow.objects.filter(state=State.FAILED).order_by("-finished").values_list("task", "error_code")[:10]
    lines = [
        f"Kolibri Desktop {found.version}",
        f"System: {platform.platform()}",
        f"Python {platform.python_version()}, Django {django.get_version()}",
        f"Database: {connection.vendor}, {found.school_size if found.school_size is not None else 'unknown'} bytes",
        f"Disk: {found.free} of {found.total} bytes free",
        f"Content: {found.channels} channels, {found.content_size} bytes" if found.channels else "Content: none",
        f"People: {found.people}, classes: {found.classes}, lessons: {found.lessons}",
        f"Language: {device.language or 'not chosen'}, shared with the class: {'yes' if found.is_shared else 'no'}",
        f"Browser: {agent[:200]}",
        *(f"Failed: {task} {code}" for task, code in failed),
    ]
    return "\n".join(lines)


def _past(row: JobRow, who: str) -> Past:
    job = of_row(row)
    # A clock that was set back between the two makes no sense of the time; then none is told.
    seconds = int((row.finished - row.started).total_seconds()) if row.started and row.finished else 0
    can_go_again = job.state != State.COMPLETED and outcome.is_known(job)
    return Past(job, row, who, max(seconds, 0), outcome.sentence(job), can_go_again)


def _school_size() -> int | None:
    if connection.vendor != "sqlite":
        return None
    name = str(connection.settings_dict["NAME"])
    files = [Path(name), Path(f"{name}-wal")]
    sizes = [file.stat().st_size for file in files if file.is_file()]
    return sum(sizes) if sizes else None
