"""What the learners of a class have done since midnight; a fixed number of queries."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from kolibri.coach import lesson_page
from kolibri.coach.class_report import lessons_of
from kolibri.core.auth.models import Classroom
from kolibri.core.content import services as content
from kolibri.core.fields import local_now
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog

LATEST: Final = 10
# Who has been with one resource as long as this and not finished it may need help.
LONG: Final = 10 * 60.0


@dataclass(frozen=True)
class Activity:
    """What somebody did last: `title` is the resource's."""

    name: str
    title: str
    is_finished: bool
    at: datetime.datetime


@dataclass(frozen=True)
class Line:
    """One learner since midnight: minutes, resources opened, and of these finished."""

    name: str
    username: str
    minutes: int
    opened: int
    finished: int


@dataclass(frozen=True)
class Today:
    """The class since midnight: who was seen, how long in minutes, what was finished, who may need help."""

    seen: int
    count: int
    minutes: int
    finished: int
    latest: list[Activity]
    needing: list[tuple[str, str]]  # a name, and the resource that takes long
    lines: list[Line]

    @property
    def fingerprint(self) -> str:
        """A short text that changes with what the page shows."""
        return hashlib.blake2b(repr(self).encode(), digest_size=12).hexdigest()


def of_class(classroom: Classroom, only: Collection[str] | None = None) -> Today:
    """Return the class's picture of today, of those with the ids `only` if given; nine queries."""
    midnight = local_now().replace(hour=0, minute=0, second=0, microsecond=0)
    lessons = lessons_of(classroom)
    present = lesson_page.learners_of(classroom)
    learners = {person.pk: person for person in present if only is None or person.pk in only}
    nodes = {entry["contentnode_id"]: entry["content_id"] for lesson in lessons for entry in lesson.resources}
    works = set(nodes.values())
    visits = ContentSessionLog.objects.filter(
        user_id__in_ids=list(learners), content_id__in_ids=list(works), end_timestamp__gte=midnight
    )
    spent: dict[str, float] = defaultdict(float)
    for person, seconds in visits.order_by().values_list("user_id", "time_spent"):
        spent[person] += seconds
    changed = list(
        ContentSummaryLog.objects.filter(
            user_id__in_ids=list(learners), content_id__in_ids=list(works), end_timestamp__gte=midnight
        ).order_by("-end_timestamp", "pk")
    )
    shown = {summary.content_id for summary in changed}
    known = content.resources_by_ids(node for node, work in nodes.items() if work in shown)
    titles = {nodes[pk]: resource.title for pk, resource in known.items() if resource.title}
    latest = [
        Activity(
            str(learners[str(summary.user_id)]),
            titles.get(summary.content_id, ""),
            summary.completion_timestamp is not None,
            summary.end_timestamp,
        )
        for summary in changed[:LATEST]
        if summary.end_timestamp
    ]
    needing = [
        (str(learners[str(summary.user_id)]), titles.get(summary.content_id, ""))
        for summary in changed
        if summary.completion_timestamp is None and summary.time_spent >= LONG
    ]
    opened = Counter(str(summary.user_id) for summary in changed)
    done = Counter(str(one.user_id) for one in changed if _is_finished_since(one, midnight))
    return Today(
        seen=len({summary.user_id for summary in changed}),
        count=len(learners),
        minutes=round(sum(spent.values()) / 60),
        finished=done.total(),
        latest=latest,
        needing=needing,
        lines=[
            Line(str(person), person.username, round(spent[pk] / 60), opened[pk], done[pk])
            for pk, person in learners.items()
        ],
    )


def _is_finished_since(summary: ContentSummaryLog, moment: datetime.datetime) -> bool:
    return bool(summary.completion_timestamp and summary.completion_timestamp >= moment)
