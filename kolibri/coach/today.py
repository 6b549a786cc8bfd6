"""What the learners of a class have done since midnight; a fixed number of queries."""

from __future__ import annotations

import datetime
import hashlib
from collections import Counter
from collections import defaultdict
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from typing import NamedTuple

from kolibri.coach import lesson_page
from kolibri.coach.class_report import lessons_of
from kolibri.coach.minutes import whole_minutes
from kolibri.coach.telling_apart import TellsApart
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.content import services as content
from kolibri.core.fields import local_now
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog

LATEST: Final = 10
# Who has been with one resource as long as this and not finished it may need help.
LONG: Final = 10 * 60.0


class Touched(NamedTuple):
    """A learner's work that was gone on with: when it was last, when it ended if it has, and seconds altogether."""

    person: str
    work: str
    at: datetime.datetime
    ended: datetime.datetime | None
    seconds: float


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

    id: str
    name: str
    username: str
    minutes: int
    opened: int
    finished: int


@dataclass(frozen=True)
class Today(TellsApart):
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
    present = lesson_page.learners_of(classroom)
    shown = [person for person in present if only is None or person.pk in only]
    return of_learners(shown, (lesson.resources for lesson in lessons_of(classroom)))


def of_learners(
    people: Iterable[FacilityUser],
    resources: Iterable[list[dict[str, str]]],
    known: Mapping[str, content.Resource] | None = None,
) -> Today:
    """Return the picture of those people with the lessons that have those `resources`.

    Two queries when these are `known` by their ids already, six at most when not.
    """
    midnight = local_now().replace(hour=0, minute=0, second=0, microsecond=0)
    learners = {person.pk: person for person in people}
    nodes = {entry["contentnode_id"]: entry["content_id"] for entries in resources for entry in entries}
    works = set(nodes.values())
    visits = ContentSessionLog.objects.filter(
        user_id__in_ids=list(learners), content_id__in_ids=list(works), end_timestamp__gte=midnight
    )
    spent: dict[str, float] = defaultdict(float)
    for person, seconds in visits.order_by().values_list("user_id", "time_spent"):
        spent[person] += seconds
    touched = ContentSummaryLog.objects.filter(
        user_id__in_ids=list(learners), content_id__in_ids=list(works), end_timestamp__gte=midnight
    )
    # Tuples: a class of 50 has hundreds of rows, and as records they take longer than all the rest.
    changed = [
        Touched(str(person), work, moment, ended, seconds)
        for person, work, moment, ended, seconds in touched.order_by("-end_timestamp", "pk").values_list(
            "user_id", "content_id", "end_timestamp", "completion_timestamp", "time_spent"
        )
    ]
    shown = {one.work for one in changed}
    asked = [node for node, work in nodes.items() if work in shown]
    found = content.resources_by_ids(asked) if known is None else {node: known[node] for node in asked}
    titles = {nodes[pk]: resource.title for pk, resource in found.items() if resource.title}
    latest = [
        Activity(str(learners[one.person]), titles.get(one.work, ""), one.ended is not None, one.at)
        for one in changed[:LATEST]
    ]
    needing = [
        (str(learners[one.person]), titles.get(one.work, ""))
        for one in changed
        if one.ended is None and one.seconds >= LONG
    ]
    opened = Counter(one.person for one in changed)
    done = Counter(one.person for one in changed if one.ended and one.ended >= midnight)
    return Today(
        seen=len(opened),
        count=len(learners),
        minutes=whole_minutes(sum(spent.values())),
        finished=done.total(),
        latest=latest,
        needing=needing,
        lines=[
            Line(pk, str(person), person.username, whole_minutes(spent[pk]), opened[pk], done[pk])
            for pk, person in learners.items()
        ],
    )
