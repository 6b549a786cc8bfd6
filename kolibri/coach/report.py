"""What the learners of a lesson have done with its resources; a fixed number of queries."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from typing import Final

from kolibri.coach import lesson_page
from kolibri.coach.minutes import whole_minutes
from kolibri.coach.telling_apart import TellsApart
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.models import ContentSummaryLog

# So many learners say something about a resource.
MANY: Final = 3


@dataclass(frozen=True)
class Cell:
    """One learner with one resource. `percent` of it, seconds spent."""

    is_opened: bool = False
    is_finished: bool = False
    percent: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Line:
    """One learner: a cell for each resource, in the lesson's order."""

    id: str
    name: str
    username: str
    cells: list[Cell]

    @property
    def finished(self) -> int:
        """How many resources the learner has finished."""
        return sum(cell.is_finished for cell in self.cells)

    @property
    def has_begun(self) -> bool:
        """Whether the learner has opened anything."""
        return any(cell.is_opened for cell in self.cells)

    @property
    def seconds(self) -> float:
        """Time with all resources together."""
        return sum(cell.seconds for cell in self.cells)

    @property
    def minutes(self) -> int:
        """The same in minutes."""
        return whole_minutes(self.seconds)


@dataclass(frozen=True)
class ResourceLine:
    """One resource: how many have opened and finished it, and how many minutes those who opened it took on average."""

    title: str
    opened: int
    finished: int
    minutes: int

    @property
    def is_hard(self) -> bool:
        """Whether many have begun it and few of them have finished."""
        return self.opened >= MANY and self.finished * 3 <= self.opened


@dataclass(frozen=True)
class Report(TellsApart):
    """Learners by resources, and what stands out."""

    resources: list[Any]
    lines: list[Line]

    @property
    def done(self) -> list[Line]:
        """Who has finished everything."""
        return [line for line in self.lines if self.resources and line.finished == len(self.resources)]

    @property
    def by_resource(self) -> list[ResourceLine]:
        """The resources in the lesson's order."""
        found = []
        for place, resource in enumerate(self.resources):
            cells = [line.cells[place] for line in self.lines if line.cells[place].is_opened]
            seconds = sum(cell.seconds for cell in cells) / len(cells) if cells else 0
            finished = sum(cell.is_finished for cell in cells)
            found.append(ResourceLine(resource.title, len(cells), finished, whole_minutes(seconds)))
        return found

    @property
    def unfinished(self) -> list[Line]:
        """Who has something left to do, the furthest last."""
        left = [line for line in self.lines if line.finished < len(self.resources)]
        return sorted(left, key=lambda line: line.finished)

    @property
    def waiting(self) -> list[Line]:
        """Who has opened nothing yet."""
        return [line for line in self.lines if not line.has_begun]

    @property
    def finished_by(self) -> list[int]:
        """For each resource, how many learners have finished it."""
        return [sum(line.cells[place].is_finished for line in self.lines) for place in range(len(self.resources))]

    @property
    def fingerprint(self) -> str:
        """A short text that changes with what the page shows."""
        shown = repr(([resource.title for resource in self.resources], self.lines))
        return hashlib.blake2b(shown.encode(), digest_size=12).hexdigest()


def of_lesson(lesson: Lesson, only: Collection[str] | None = None) -> Report:
    """Return the report of a lesson; whoever it is not for any more is left out. At most six queries.

    `only`: the ids of those to show, if not all.
    """
    resources = lesson_page.resources(lesson)
    learners = [one for one in services.recipients(lesson) if only is None or one.pk in only]
    works = [entry["content_id"] for entry in lesson.resources]
    found = ContentSummaryLog.objects.filter(
        user_id__in_ids=[learner.pk for learner in learners], content_id__in_ids=works
    ).values_list("user_id", "content_id", "progress", "completion_timestamp", "time_spent")
    cells = {
        (user, work): Cell(True, finished is not None, round(min(progress, 1) * 100), seconds)
        for user, work, progress, finished, seconds in found
    }
    nothing = Cell()
    lines = [
        Line(learner.pk, str(learner), learner.username, [cells.get((learner.pk, work), nothing) for work in works])
        for learner in learners
    ]
    return Report(resources, lines)
