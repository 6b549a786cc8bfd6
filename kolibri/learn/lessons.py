"""A learner's lessons, in the order that the coaches gave them; a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field

from kolibri.core.auth import by_name
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.usernames import fold
from kolibri.core.content import services as content
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import ClassPlan
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger import services as logger
from kolibri.core.logger.services import Standing
from kolibri.ui import lessons as pages
from kolibri.ui.lessons import Days
from kolibri.ui.viewers import has_viewer


@dataclass(frozen=True)
class Row:
    """One lesson: how many resources it has, and how many of them are finished."""

    id: str
    title: str
    count: int
    done: int
    is_begun: bool
    days: Days
    following: content.Resource | None = None  # the first that is not finished and can be shown

    @property
    def is_done(self) -> bool:
        """Whether nothing is left to do."""
        return self.count > 0 and self.done == self.count


@dataclass(frozen=True)
class Term:
    """Lessons under one heading; an empty name for those without a term."""

    name: str
    lessons: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class ClassLessons:
    """The lessons of one class, under their terms."""

    name: str
    terms: list[Term]


def by_class(lessons: list[Lesson], person: FacilityUser) -> list[ClassLessons]:
    """Return the lessons, the newest first, under their classes and terms; seven queries at most."""
    planned = plans.plans_of(lesson.pk for lesson in lessons)
    works = {entry["content_id"] for lesson in lessons for entry in lesson.resources}
    standings = logger.standings(person, works)
    known = content.resources_by_ids({entry["contentnode_id"] for lesson in lessons for entry in lesson.resources})
    classes: dict[str, Collection] = {lesson.collection_id: lesson.collection for lesson in lessons}
    orders = dict(ClassPlan.objects.filter(collection_id__in=classes).values_list("collection_id", "lesson_order"))
    found = []
    for classroom in sorted(classes.values(), key=lambda one: (by_name.key(one.name), one.pk)):
        kept = orders.get(classroom.pk)
        own = [lesson for lesson in lessons if lesson.collection_id == classroom.pk]
        terms: dict[str, Term] = {}
        for lesson in plans.in_order(own, kept if isinstance(kept, list) else []):
            plan = planned.get(lesson.pk, plans.Plan())
            terms.setdefault(fold(plan.term), Term(plan.term)).lessons.append(_row(lesson, plan, standings, known))
        found.append(ClassLessons(classroom.name, list(terms.values())))
    return found


def _row(lesson: Lesson, plan: plans.Plan, standings: dict[str, Standing], known: dict[str, content.Resource]) -> Row:
    works = [entry["content_id"] for entry in lesson.resources]
    finished = {work for work in works if work in standings and standings[work].is_complete}
    left = (known[entry["contentnode_id"]] for entry in lesson.resources if entry["content_id"] not in finished)
    return Row(
        id=lesson.pk,
        title=lesson.title,
        count=len(works),
        done=sum(work in finished for work in works),
        is_begun=any(work in standings for work in works),
        days=pages.days(plan),
        following=next((one for one in left if one.available and has_viewer(one.kind)), None),
    )
