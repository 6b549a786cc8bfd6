"""What one learner has done with the lessons of a class, resource by resource; a fixed number of queries."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kolibri.coach import class_report
from kolibri.coach import lesson_page
from kolibri.coach.report import Cell
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.content import services as content
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.errors import NotHere

NOTHING = Cell()


@dataclass(frozen=True)
class LessonWork:
    """One lesson that the learner gets: its resources in the lesson's order, each with what was done with it."""

    id: str
    title: str
    is_active: bool
    works: list[tuple[content.Resource, Cell]]

    @property
    def done(self) -> int:
        """How many resources are finished."""
        return sum(cell.is_finished for _resource, cell in self.works)

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self.works) and self.done == len(self.works)

    @property
    def seconds(self) -> float:
        """Time with all its resources."""
        return sum(cell.seconds for _resource, cell in self.works)


@dataclass(frozen=True)
class LearnerReport:
    """A learner and the class's lessons for him or her, in the learners' order; the archive is left out."""

    learner: FacilityUser
    lessons: list[LessonWork]
    last_seen: datetime.datetime | None


def of_learner(classroom: Classroom, learner_id: str) -> LearnerReport:
    """Return the report of one learner of the class; eleven queries at most. Raises NotHere for anybody else."""
    learner = next((one for one in lesson_page.learners_of(classroom) if one.pk == learner_id), None)
    if learner is None:
        raise NotHere(_("This learner is not in the class any more."))
    lessons = class_report.lessons_of(classroom)
    given = class_report.recipients_of(lessons)
    own = [lesson for lesson in lessons if learner.pk in given[lesson.pk]]
    works = {entry["content_id"] for lesson in own for entry in lesson.resources}
    kept = ContentSummaryLog.objects.filter(user_id=learner.pk, content_id__in_ids=list(works)).order_by()
    cells: dict[str, Cell] = {}
    moments: list[datetime.datetime] = []
    told = kept.values_list("content_id", "progress", "completion_timestamp", "time_spent", "end_timestamp")
    for work, progress, finished, seconds, moment in told:
        cells[work] = Cell(True, finished is not None, round(min(progress, 1) * 100), seconds)
        moments += [moment] if moment else []
    known = content.resources_by_ids({entry["contentnode_id"] for lesson in own for entry in lesson.resources})
    return LearnerReport(
        learner,
        [
            LessonWork(
                lesson.pk,
                lesson.title,
                lesson.is_active,
                [
                    (known[entry["contentnode_id"]], cells.get(entry["content_id"], NOTHING))
                    for entry in lesson.resources
                ],
            )
            for lesson in own
        ],
        max(moments, default=None),
    )
