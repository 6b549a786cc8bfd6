"""What other computers did to lessons: noted in the same history as what is done here, and undone by the same undo."""

from __future__ import annotations

from collections.abc import Collection as Container
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final

from kolibri.core.lessons import history
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import LessonPlan
from kolibri.core.lessons.models import Origin

Record = Lesson | LessonPlan
# The kinds of records of which two versions can stand against each other.
KINDS: Final[tuple[type[Record], ...]] = (Lesson, LessonPlan)
# Nobody has looked whether the class of a version that did not stay is one of the school's.
_LEFT_OUT: Final = "collection_id"


def changes(model: type[Record], arrived: Sequence[Record], losers: Mapping[str, Record]) -> dict[str, LessonChange]:
    """Return, by the record's id, the unsaved entry for each arrived lesson or plan that differs from what is here.

    To be called before the records are written; what is new here has no entry. `losers` are the versions that did not
    stay where two computers had changed a record at the same time, by the record's id. Which of the two stays is
    morango's decision, and each side sees the other one. Three queries at most.
    """
    present = model.objects.in_bulk([record.pk for record in arrived])
    classes = _classes(model, present.values())
    found: dict[str, LessonChange] = {}
    before: Any
    after: Any
    for record in arrived:
        here = present.get(record.pk)
        lesson_id = _lesson_id(record)
        if here is None or lesson_id not in classes:
            continue
        was, will = _parts(here), _parts(record)
        lost = losers.get(record.pk)
        other = {name: value for name, value in _parts(lost).items() if name != _LEFT_OUT} if lost else None
        if was != will:
            is_conflict = other is not None and _is_part(other, was)
            before, after = history.differences(was, will, was)
            origin = Origin.CONFLICT if is_conflict else Origin.ELSEWHERE
        elif other is not None and not _is_part(other, will):
            before, after = history.differences(other, will, other)
            origin = Origin.CONFLICT
        else:
            continue
        found[record.pk] = LessonChange(
            lesson_id=lesson_id, collection_id=classes[lesson_id], before=before, after=after, origin=origin
        )
    return _not_noted_yet(found)


def keep(entries: Mapping[str, LessonChange], written: Container[str]) -> None:
    """Write the entries of the records that were written."""
    LessonChange.objects.bulk_create([entry for pk, entry in entries.items() if pk in written])


def keep_deleted(lessons: Iterable[Lesson]) -> None:
    """Note what brings these lessons back; to be called before they are deleted."""
    for lesson in lessons:
        before: Any = services.whole(lesson, history.adhoc_group(lesson.pk))
        LessonChange.objects.create(
            lesson_id=lesson.pk,
            collection_id=lesson.collection_id,
            before=before,
            after=None,
            origin=Origin.ELSEWHERE,
        )


def _parts(record: Record) -> dict[str, Any]:
    if isinstance(record, LessonPlan):
        return plans.parts(record)
    return {name: getattr(record, name) for name in history.FIELDS}


def _is_part(some: Mapping[str, Any], of: Mapping[str, Any]) -> bool:
    return all(of.get(name) == value for name, value in some.items())


def _lesson_id(record: Record) -> str:
    return str(record.lesson_id if isinstance(record, LessonPlan) else record.pk)


def _classes(model: type[Record], present: Iterable[Record]) -> dict[str, str]:
    """Return the class of each record's lesson, by the lesson's id."""
    if model is Lesson:
        return {lesson.pk: lesson.collection_id for lesson in present if isinstance(lesson, Lesson)}
    ids = {_lesson_id(record) for record in present}
    return dict(Lesson.objects.filter(pk__in=ids).order_by().values_list("pk", "collection_id")) if ids else {}


def _not_noted_yet(found: dict[str, LessonChange]) -> dict[str, LessonChange]:
    """Leave out the versions that did not stay and stand in the history already: a record keeps them for ever."""
    lessons = {entry.lesson_id for entry in found.values() if entry.origin == Origin.CONFLICT}
    noted = LessonChange.objects.filter(lesson_id__in=lessons, origin=Origin.CONFLICT) if lessons else ()
    known = [(entry.lesson_id, entry.before) for entry in noted]
    return {
        pk: entry
        for pk, entry in found.items()
        if entry.origin != Origin.CONFLICT or (entry.lesson_id, entry.before) not in known
    }
