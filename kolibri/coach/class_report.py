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
    plan = [(given[lesson.pk], [entry["content_id"] for entry in lesson.resources]) for lesson in lessons]
    # By plain ids and values: of 3,000 cells each looks at every resource of its lesson.
    ids = [learner.pk for learner in learners]
    work, last = _work(ids, {content_id for _given, works in plan for content_id in works})
    lines = [
        Line(
            pk,
            str(person),
            person.username,
            [_cell(works, work[pk]) if pk in getting else None for getting, works in plan],
            last.get(pk),
        )
        for pk, person in zip(ids, learners, strict=True)
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


def _work(
    learner_ids: list[str], works: set[str]
) -> tuple[dict[str, dict[str, tuple[bool, float]]], dict[str, datetime.datetime]]:
    """Return by learner and work whether it is finished and its seconds, and when each was seen last; one query."""
    kept = ContentSummaryLog.objects.filter(user_id__in_ids=learner_ids, content_id__in_ids=list(works)).order_by()
    found: dict[str, dict[str, tuple[bool, float]]] = defaultdict(dict)
    last: dict[str, datetime.datetime] = {}
    for person, work, ended, seconds, moment in kept.values_list(
        "user_id", "content_id", "completion_timestamp", "time_spent", "end_timestamp"
    ):
        found[person][work] = (ended is not None, seconds)
        if moment and (person not in last or moment > last[person]):
            last[person] = moment
    return found, last


def _cell(works: list[str], work: dict[str, tuple[bool, float]]) -> Cell:
    begun = [work[one] for one in works if one in work]
    return Cell(
        done=sum(is_done for is_done, _seconds in begun),
        count=len(works),
        is_begun=bool(begun),
        seconds=sum(seconds for _is_done, seconds in begun),
    )
