"""A lesson as a learner sees it: the learner's own page, and the coach's look at it, are the same."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from collections.abc import Mapping
from dataclasses import dataclass

from kolibri.core.content import services as content
from kolibri.core.fields import local_now
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.plans import Plan
from kolibri.core.logger.services import Standing


@dataclass(frozen=True)
class Days:
    """The first and the last day of a lesson. They are told and hide nothing: this computer's clock may be wrong."""

    starts_on: datetime.date | None
    due_on: datetime.date | None

    @property
    def is_early(self) -> bool:
        """Whether the first day is still to come."""
        return self.starts_on is not None and self.starts_on > local_now().date()

    @property
    def is_late(self) -> bool:
        """Whether the last day has passed."""
        return self.due_on is not None and self.due_on < local_now().date()


@dataclass(frozen=True)
class Row:
    """One resource: where the learner stands with it (None: not opened), the coach's note, and where it opens."""

    resource: content.Resource
    standing: Standing | None
    note: str
    url: str


@dataclass(frozen=True)
class LessonSeen:
    """What the template `ui/_lesson.html` shows."""

    lesson: Lesson
    days: Days
    rows: list[Row]

    @property
    def done(self) -> int:
        """How many resources are finished."""
        return sum(row.standing is not None and row.standing.is_complete for row in self.rows)


def days(plan: Plan) -> Days:
    """Return the days of a plan."""
    return Days(plan.starts_on, plan.due_on)


def resources_of(lesson: Lesson) -> list[content.Resource]:
    """Return the lesson's resources in the coach's order, also those that are not here; at most four queries."""
    ids = [entry["contentnode_id"] for entry in lesson.resources]
    known = content.resources_by_ids(ids)
    return [known[pk] for pk in ids]


def seen(
    lesson: Lesson,
    address: Callable[[str], str],
    standings: Callable[[list[str]], Mapping[str, Standing]] = lambda works: {},
) -> LessonSeen:
    """Return the lesson for its page. `address` makes a resource's from its id, `standings` takes content ids."""
    plan = plans.plan_of(lesson.pk)
    resources = resources_of(lesson)
    stands = standings([resource.content_id for resource in resources if resource.content_id])
    rows = [
        Row(resource, stands.get(resource.content_id), plan.notes.get(resource.id, ""), address(resource.id))
        for resource in resources
    ]
    return LessonSeen(lesson, days(plan), rows)
