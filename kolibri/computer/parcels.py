"""What the page about the stick that carries the school's changes says of the work it asked for."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.core.sync.parcel.tasks import BringInChanges
from kolibri.core.sync.parcel.tasks import LookAtChanges
from kolibri.core.sync.parcel.tasks import SaveChanges
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State

_READ: Final = "read-parcels"  # in the session: the jobs of which nothing more is to be said
_KEPT: Final = 20
TASKS: Final[tuple[type[Job], ...]] = (SaveChanges, LookAtChanges, BringInChanges)


@dataclass(frozen=True)
class Seen:
    """A file that was looked at, as it is shown before anything is taken in. `lines` say what is in it."""

    school: str
    fingerprint: str
    sender: str
    written: datetime.datetime
    is_full: bool
    lines: list[str]


@dataclass(frozen=True)
class Report:
    """The last job, when it has ended. `error` is a sentence; of a good end one of the others is there."""

    job_id: str
    error: str = ""
    saved: str = ""
    seen: Seen | None = None
    brought: str = ""


def unfinished(dataset_id: str) -> list[Job]:
    """Return the jobs of this page that are not done, for the people of one school."""
    return [job for task in TASKS for job in task.find(dataset_id=dataset_id, unfinished=True)]


def report(request: HttpRequest, dataset_id: str) -> Report | None:
    """Return what became of the last job of the school, unless it was put away."""
    latest = {job.finished: job for task in TASKS for job in task.find(dataset_id=dataset_id)[:1] if job.finished}
    if not latest:
        return None
    job = latest[max(latest)]
    if job.state == State.CANCELED or job.job_id in request.session.get(_READ, []):
        return None
    if job.state != State.COMPLETED:
        return Report(job.job_id, error=job.error)
    if isinstance(job, LookAtChanges):
        return Report(job.job_id, seen=_seen(job.result))
    if isinstance(job, SaveChanges):
        return Report(job.job_id, saved=_saved(job.result))
    return Report(job.job_id, brought=_brought(job.result))


def put_away(request: HttpRequest, job_id: str) -> None:
    """Say nothing more of this job in this browser."""
    request.session[_READ] = [*request.session.get(_READ, []), job_id][-_KEPT:]


def _seen(found: Mapping[str, Any]) -> Seen:
    return Seen(
        school=found["school"],
        fingerprint=found["fingerprint"],
        sender=found["sender"],
        written=datetime.datetime.fromisoformat(found["written"]),
        is_full=found["is_full"],
        lines=_lines(found["counts"]),
    )


def _lines(counts: Mapping[str, int]) -> list[str]:
    people, classes = counts.get("facilityuser", 0), counts.get("classroom", 0)
    groups, lessons = counts.get("learnergroup", 0), counts.get("lesson", 0)
    rest = sum(counts.values()) - people - classes - groups - lessons
    lines = [
        (people, ngettext("%(count)d person", "%(count)d people", people)),
        (classes, ngettext("%(count)d class", "%(count)d classes", classes)),
        (groups, ngettext("%(count)d group", "%(count)d groups", groups)),
        (lessons, ngettext("%(count)d lesson", "%(count)d lessons", lessons)),
        (rest, ngettext("%(count)d other record", "%(count)d other records", rest)),
    ]
    return [text % {"count": count} for count, text in lines if count]


def _saved(result: Mapping[str, Any]) -> str:
    count = ngettext("%(count)d record is on it.", "%(count)d records are on it.", result["records"]) % {
        "count": result["records"]
    }
    if result["is_full"]:
        said = _("Everything of the school was saved, for any of its computers.")
    else:
        said = _("What is new to the computer that you chose was saved.")
    return f"{said} {count}"


def _brought(result: Mapping[str, Any]) -> str:
    if not result["new"]:
        return _("Everything in the file was here already.")
    said = ngettext("%(count)d record was new here.", "%(count)d records were new here.", result["new"]) % {
        "count": result["new"]
    }
    if not result["waiting"]:
        return said
    waiting = ngettext(
        "%(count)d record waits for others that it needs.",
        "%(count)d records wait for others that they need.",
        result["waiting"],
    )
    return f"{said} {waiting % {'count': result['waiting']}}"
