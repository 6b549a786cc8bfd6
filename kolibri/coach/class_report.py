"""What the learners of a class have done with its lessons; a fixed number of queries."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from kolibri.coach import lesson_page
from kolibri.coach.minutes import whole_minutes
from kolibri.coach.telling_apart import TellsApart
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.logger.models import ContentSummaryLog


@dataclass(frozen=True)
class Cell:
    """One learner with one lesson: resources finished of how many, and seconds spent."""

    done: int
    count: int
    is_begun: bool
    seconds: float

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.count > 0 and self.done == self.count

    @property
    def percent(self) -> int:
        """How much of the lesson is finished."""
        return round(100 * self.done / self.count) if self.count else 0


@dataclass(frozen=True)
class Line:
    """One learner: a cell for each lesson, None where the lesson is for others."""

    id: str
    name: str
    username: str
    cells: list[Cell | None]
    last_seen: datetime.datetime | None

    @property
    def finished(self) -> int:
        """How many lessons are finished."""
        return sum(cell is not None and cell.is_done for cell in self.cells)

    @property
    def given(self) -> int:
        """How many lessons the learner gets."""
        return sum(cell is not None for cell in self.cells)

    @property
    def seconds(self) -> float:
        """Time with the lessons together; a resource of two lessons counts in both."""
        return sum(cell.seconds for cell in self.cells if cell is not None)

    @property
    def minutes(self) -> int:
        """The same in minutes."""
        return whole_minutes(self.seconds)


@dataclass(frozen=True)
class Column:
    """One lesson, and how far those are who get it."""

    id: str
    title: str
    is_active: bool
    finished: int
    begun: int
    given: int


@dataclass(frozen=True)
class ClassReport(TellsApart):
    """Learners by lessons, in the learners' order; the archive is left out."""

    columns: list[Column]
    lines: list[Line]


def of_class(classroom: Classroom, only: Collection[str] | None = None) -> ClassReport:
    """Return the report of a class, of those with the ids `only` if given; six queries."""
    lessons = lessons_of(classroom)
    learners = [one for one in lesson_page.learners_of(classroom) if only is None or one.pk in only]
    given = recipients_of(lessons)
    works = {entry["content_id"] for lesson in lessons for entry in lesson.resources}
    summaries = _summaries(learners, works)
    last: dict[str, datetime.datetime] = {}
    for (person, _work), summary in summaries.items():
        moment = summary.end_timestamp
        if moment and (person not in last or moment > last[person]):
            last[person] = moment
    lines = [
        Line(
            person.pk,
            str(person),
            person.username,
            [_cell(lesson, person, summaries) if person.pk in given[lesson.pk] else None for lesson in lessons],
            last.get(person.pk),
        )
        for person in learners
    ]
    columns = []
    for place, lesson in enumerate(lessons):
        cells = [cell for line in lines if (cell := line.cells[place]) is not None]
        begun = sum(cell.is_begun for cell in cells)
        columns.append(
            Column(lesson.pk, lesson.title, lesson.is_active, sum(cell.is_done for cell in cells), begun, len(cells))
        )
    return ClassReport(columns, lines)


def lessons_of(classroom: Classroom) -> list[Lesson]:
    """Return the class's lessons without the archive, in the learners' order; three queries."""
    rows = list(Lesson.objects.filter(collection=classroom).order_by("-date_created", "pk"))
    planned = plans.plans_of(lesson.pk for lesson in rows)
    kept = [lesson for lesson in rows if lesson.pk not in planned or not planned[lesson.pk].is_archived]
    return plans.in_order(kept, plans.order_of(classroom.pk))


def recipients_of(lessons: list[Lesson]) -> dict[str, set[str]]:
    """Return who gets each of the lessons; two queries."""
    assigned = list(
        LessonAssignment.objects.filter(lesson_id__in_ids=[lesson.pk for lesson in lessons])
        .order_by()
        .values_list("lesson_id", "collection_id")
    )
    members: dict[str, set[str]] = defaultdict(set)
    places = Membership.objects.filter(collection_id__in_ids=list({collection for _lesson, collection in assigned}))
    for collection, person in places.order_by().values_list("collection_id", "user_id"):
        members[collection].add(person)
    found: dict[str, set[str]] = defaultdict(set)
    for lesson, collection in assigned:
        found[lesson] |= members[collection]
    return found


def _summaries(learners: list[FacilityUser], works: set[str]) -> dict[tuple[str, str], ContentSummaryLog]:
    kept = ContentSummaryLog.objects.filter(
        user_id__in_ids=[learner.pk for learner in learners], content_id__in_ids=list(works)
    )
    return {(str(one.user_id), one.content_id): one for one in kept.order_by().defer("extra_fields")}


def _cell(lesson: Lesson, person: FacilityUser, summaries: dict[tuple[str, str], ContentSummaryLog]) -> Cell:
    found = [summaries.get((person.pk, entry["content_id"])) for entry in lesson.resources]
    opened = [one for one in found if one is not None]
    return Cell(
        done=sum(one.completion_timestamp is not None for one in opened),
        count=len(found),
        is_begun=bool(opened),
        seconds=sum(one.time_spent for one in opened),
    )
