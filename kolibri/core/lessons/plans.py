"""When a lesson is for, where it stands among the others, and a note for each resource.

The schema has no column for any of it, so it travels in records of its own beside the lesson's:
a peer that does not know them keeps them and passes them on. A lesson without such a record has
the plan `Plan()`.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final
from typing import Protocol
from typing import TypeVar

from kolibri.core.auth import by_name
from kolibri.core.auth import services as auth_services
from kolibri.core.auth.models import Collection
from kolibri.core.lessons.models import ClassPlan
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonPlan
from kolibri.core.transactions import joined

FIELDS: Final[tuple[str, ...]] = ("term", "starts_on", "due_on", "is_archived", "notes")
_DAYS: Final = ("starts_on", "due_on")


@dataclass(frozen=True)
class Plan:
    """The plan of one lesson. The days are advice: they never hide a lesson, whatever a clock says.

    `notes` are by the resource's `contentnode_id`.
    """

    term: str = ""
    starts_on: datetime.date | None = None
    due_on: datetime.date | None = None
    is_archived: bool = False
    notes: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the plan as a history keeps it: days as ISO 8601 text."""
        return {name: _to_json(getattr(self, name)) for name in FIELDS}


class HasLesson(Protocol):
    """Whatever stands in an order of lessons, the newest first."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=HasLesson)


def plan_of(lesson_id: str) -> Plan:
    """Return the plan of a lesson; one query."""
    return plans_of([lesson_id]).get(lesson_id, Plan())


def plans_of(lesson_ids: Iterable[str]) -> dict[str, Plan]:
    """Return the plans of those of the lessons that have one; one query."""
    kept = LessonPlan.objects.filter(lesson_id__in_ids=list(lesson_ids)).order_by()
    return {
        row["lesson_id"]: Plan(**{name: row[name] for name in FIELDS})
        for row in kept.values("lesson_id", *FIELDS)
        if isinstance(row["notes"], dict)
    }


def terms_of(collection_id: str) -> list[str]:
    """Return the names of the terms that the class's lessons are in, each once; one query."""
    kept = LessonPlan.objects.filter(lesson__collection_id=collection_id).exclude(term="").order_by()
    return sorted(set(kept.values_list("term", flat=True)), key=by_name.key)


def from_json(name: str, value: Any) -> Any:
    """Return a field of a plan as `Plan.as_json` wrote it, for `write`."""
    return datetime.date.fromisoformat(value) if name in _DAYS and value else value


def parts(record: LessonPlan) -> dict[str, Any]:
    """Return a plan's record as a history keeps it (`Plan.as_json`)."""
    return {name: _to_json(getattr(record, name)) for name in FIELDS}


def write(lesson: Lesson, values: dict[str, Any]) -> None:
    """Set those fields of the lesson's plan; call inside the write's transaction."""
    record = LessonPlan.objects.filter(lesson_id=lesson.pk).first() or LessonPlan(lesson=lesson)
    changed = [name for name, value in values.items() if getattr(record, name) != value]
    for name in changed:
        setattr(record, name, values[name])
    if changed:
        record.save()


def order_of(collection_id: str) -> list[str]:
    """Return the ids of the class's lessons in the order that its coaches gave them; one query."""
    kept = ClassPlan.objects.filter(collection_id=collection_id).values_list("lesson_order", flat=True).first()
    return [pk for pk in kept if isinstance(pk, str)] if isinstance(kept, list) else []


def in_order(lessons: Iterable[T], order: Sequence[str]) -> list[T]:
    """Return the lessons in the given order; those that are not in it come first, as they come.

    >>> from types import SimpleNamespace as Row
    >>> [row.id for row in in_order([Row(id="new"), Row(id="a"), Row(id="b")], ["b", "a"])]
    ['new', 'b', 'a']
    """
    places = {pk: place for place, pk in enumerate(order)}
    return sorted(lessons, key=lambda one: places.get(one.id, -1))


@joined
def set_order(collection: Collection, lesson_ids: Iterable[str]) -> list[str]:
    """Give the class's lessons this order and return the one before.

    Ids of no lesson of the class are left out. A lesson that has a place and is not named (it is in
    the archive, say) stays before the one that follows it; one that has none yet goes on coming first.
    """
    auth_services.hold(collection)
    kept = order_of(collection.pk)
    newest_first = list(Lesson.objects.filter(collection_id=collection.pk).order_by("-date_created", "pk").only("id"))
    before = [lesson.id for lesson in in_order(newest_first, kept)]
    there = set(before)
    named = [pk for pk in dict.fromkeys(lesson_ids) if pk in there]
    after = list(named)
    for place, pk in enumerate(before):
        if pk in kept and pk not in named:
            following = next((other for other in before[place + 1 :] if other in named), None)
            after.insert(after.index(following) if following else len(after), pk)
    if after != kept:
        record = ClassPlan.objects.filter(collection_id=collection.pk).first() or ClassPlan(collection=collection)
        record.lesson_order = after
        record.save()
    return before


def _to_json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value
