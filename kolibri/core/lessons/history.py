"""Snapshots of a lesson, and the way back from one change without losing the later ones."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import Membership
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment

# Columns of a lesson that a change may touch and undo may bring back.
FIELDS = ("title", "description", "resources", "is_active", "collection_id")
LISTS = ("resources", "assignments", "learner_ids")

Snapshot = dict[str, Any]


def adhoc_group(lesson_id: str) -> AdHocGroup | None:
    """Return the group that holds the lesson's single learners, if it has any; one query."""
    assigned = LessonAssignment.objects.filter(lesson_id=lesson_id).values("collection_id")
    return AdHocGroup.objects.filter(pk__in=assigned).order_by("pk").first()  # type: ignore[no-any-return]


def people_of(lesson_id: str) -> Snapshot:
    """Return whom the lesson is for: `assignments` (ids of classes and groups) and `learner_ids`, each sorted."""
    rows = LessonAssignment.objects.filter(lesson_id=lesson_id).values_list("collection_id", "collection__kind")
    assignments = sorted(pk for pk, kind in rows if kind != collection_kinds.ADHOCLEARNERSGROUP)
    adhoc = [pk for pk, kind in rows if kind == collection_kinds.ADHOCLEARNERSGROUP]
    learners = Membership.objects.filter(collection_id__in=adhoc).values_list("user_id", flat=True) if adhoc else ()
    return {"assignments": assignments, "learner_ids": sorted(set(learners))}


def snapshot(lesson: Lesson, people: Snapshot, group: AdHocGroup | None) -> Snapshot:
    """Return all of a lesson that undo of its deletion needs; plain JSON.

    `people` is what `people_of` returns, `group` the one of its single learners.
    """
    return {
        **{name: getattr(lesson, name) for name in FIELDS},
        **people,
        "source_id": lesson._morango_source_id,
        "created_by_id": lesson.created_by_id,
        "date_created": lesson._meta.get_field("date_created").value_to_string(lesson),
        "adhoc_source_id": group._morango_source_id if group else None,
    }


def _key(entry: Any) -> str:
    return str(entry["contentnode_id"]) if isinstance(entry, dict) else str(entry)


def revert_list(current: list[Any], before: list[Any], after: list[Any]) -> list[Any]:
    """Return `current` without what one change (`before` to `after`) did to it; later changes stay.

    What the change removed comes back at its old place, what it added goes, and an order that is
    still as the change left it becomes the old one.

    >>> revert_list(["b", "c", "d"], before=["a", "b", "c"], after=["b", "c"])
    ['a', 'b', 'c', 'd']
    """
    if current == after:
        return list(before)
    old = [_key(entry) for entry in before]
    new = {_key(entry) for entry in after}
    result = [entry for entry in current if _key(entry) in old or _key(entry) not in new]
    there = {_key(entry) for entry in result}
    for place, entry in enumerate(before):
        if _key(entry) not in new and _key(entry) not in there:
            result.insert(min(place, len(result)), entry)
    return result


def revert_notes(current: dict[str, str], before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    """Return `current` without what one change did to single notes; the others stay as they are.

    >>> revert_notes({"a": "2", "b": "9"}, before={"a": "1"}, after={"a": "2"})
    {'a': '1', 'b': '9'}
    """
    touched = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    kept = {key: note for key, note in current.items() if key not in touched}
    return dict(sorted((kept | {key: before[key] for key in touched if key in before}).items()))


def differences(before: Snapshot, after: Snapshot, names: Iterable[str]) -> tuple[Snapshot, Snapshot]:
    """Return the parts of two snapshots that differ, of the columns `names`."""
    changed = [name for name in names if before.get(name) != after.get(name)]
    return {name: before.get(name) for name in changed}, {name: after.get(name) for name in changed}
