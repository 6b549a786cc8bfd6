"""What became of the last import and the last deletion, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from typing import Final

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kolibri.core.content import problems
from kolibri.core.content.tasks import DeleteChannel
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State

_READ: Final = "read-reports"  # in the session: the reports that were put away
_KEPT: Final = 20


@dataclass(frozen=True)
class Line:
    """One channel of an import: what happened to it, and each file that could not be had."""

    name: str
    sentence: str
    problems: tuple[str, ...] = ()
    more_problems: int = 0
    gone: tuple[str, ...] = ()  # titles that the new version has no more
    refused: bool = False

    @property
    def is_good(self) -> bool:
        """Whether nothing is amiss."""
        return not (self.problems or self.refused)


@dataclass(frozen=True)
class Report:
    """A finished job. `error` is a sentence when it stopped before its end."""

    job_id: str
    title: str
    lines: tuple[Line, ...] = ()
    error: str = ""
    can_go_on: bool = False

    @property
    def is_good(self) -> bool:
        """Whether everything that was asked for is done."""
        return not self.error and all(line.is_good for line in self.lines)


@dataclass(frozen=True)
class Work:
    """The imports and deletions, each with the newest first."""

    imports: list[ImportChannels]
    deletions: list[DeleteChannel]

    @classmethod
    def now(cls) -> Work:
        """Return them as they are; two queries."""
        return cls(ImportChannels.find(), DeleteChannel.find())

    def trace(self, request: HttpRequest) -> str:
        """Return a text that changes when a job comes or ends, or a report is put away."""
        states = [(job.job_id, job.state, job.started) for job in (*self.imports[:5], *self.deletions[:5])]
        return repr((states, request.session.get(_READ)))

    def reports(self, request: HttpRequest) -> list[Report]:
        """Return what there is to say and was not put away. Of deletions only those that failed."""
        read = request.session.get(_READ, [])
        found = []
        for job in self.imports[:1]:
            if job.is_finished and job.job_id not in read:
                found.append(_of_import(job))
        for deletion in self.deletions[:1]:
            if deletion.state == State.FAILED and deletion.job_id not in read:
                found.append(Report(deletion.job_id, _("The channel was not deleted"), error=deletion.error))
        return found


def put_away(request: HttpRequest, job_id: str) -> None:
    """Show this report no more in this browser."""
    request.session[_READ] = [*request.session.get(_READ, []), job_id][-_KEPT:]


def _of_import(job: Job) -> Report:
    results = job.result["channels"] if job.state == State.COMPLETED else job.extra.get("results", [])
    lines = tuple(_line(result) for result in results)
    if job.state == State.COMPLETED:
        return Report(job.job_id, _("What came in last"), lines)
    stopped = job.error or _("You stopped it. What was finished before is here.")
    return Report(job.job_id, _("The import stopped"), lines, stopped, can_go_on=True)


def _line(result: Mapping[str, Any]) -> Line:
    bad = tuple(problems.from_json(kept).sentence() for kept in result.get("problems", ()))
    status = result["status"]
    if status in ("already", "older", "refused"):
        return Line(result["name"] or _("A channel"), result["sentence"], bad, refused=status == "refused")
    count = ngettext(
        "%(here)d of %(of)d resource is on this computer now.",
        "%(here)d of %(of)d resources are on this computer now.",
        result["of"],
    ) % {"here": result["resources"], "of": result["of"]}
    sentence = _("Version %(version)d came in.") % {"version": result["version"]} if status == "updated" else ""
    gone = tuple(result.get("gone", ()))
    return Line(result["name"], f"{sentence} {count}".strip(), bad, result.get("more_problems", 0), gone)
