"""What changes lessons. Every function is atomic, and leaves a LessonChange that `undo` walks back."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from django.db.models import Exists
from django.db.models import OuterRef
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kolibri.core.auth import by_name
from kolibri.core.auth import services as auth_services
from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.usernames import fold
from kolibri.core.fields import local_now
from kolibri.core.fields import text_to_moment
from kolibri.core.lessons import audience
from kolibri.core.lessons import history
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import LessonPlan
from kolibri.core.lessons.models import Origin
from kolibri.core.transactions import joined
from kolibri.errors import BadInput
from kolibri.errors import Conflict

# So long is a deleted lesson offered.
DAYS = 30
# As a peer has it; the column is wider.
LONGEST_TITLE = 50
WIDEST_TITLE = 255


def check_title(collection: Collection, title: str, own_id: str | None = None) -> None:
    """Raise BadInput (`title`) when another lesson of the class is called so. Call inside the write's transaction."""
    auth_services.hold(collection)
    wanted = fold(title)
    for pk, other in Lesson.objects.filter(collection_id=collection.pk).order_by().values_list("pk", "title"):
        if pk != own_id and fold(other) == wanted:
            message = _("This class already has a lesson with this title. Choose another title.")
            raise BadInput(message, code="duplicate", field="title")


def free_title(collection: Collection, title: str) -> str:
    """Return `title`, or the first of “title 2”, “title 3” ... that no lesson of the class has."""
    return free_among(title, Lesson.objects.filter(collection=collection).order_by().values_list("title", flat=True))


def free_among(title: str, taken: Iterable[str]) -> str:
    """Return `title`, or the first of “title 2”, “title 3” ... that is not in `taken`; cut to what a title may hold."""
    most = LONGEST_TITLE if len(title) <= LONGEST_TITLE else WIDEST_TITLE
    folded = {fold(other) for other in taken}
    candidate, number = title, 2
    while fold(candidate) in folded:
        tail = f" {number}"
        candidate, number = f"{title[: most - len(tail)]}{tail}", number + 1
    return candidate


@joined
def create_lesson(
    actor: FacilityUser,
    *,
    collection: Collection,
    title: str,
    description: str = "",
    resources: Sequence[dict[str, str]] = (),
    is_active: bool = False,
    assignments: Iterable[str] | None = None,
    learner_ids: Iterable[str] = (),
) -> Lesson:
    """Return a new lesson of the class. `assignments` are ids of the class itself or groups of it.

    None of either kind given means the whole class. Raises BadInput (`title`, `assignments`, `learner_ids`).
    """
    check_title(collection, title)
    learner_ids = list(learner_ids)
    assignments = ([] if learner_ids else [collection.pk]) if assignments is None else list(assignments)
    lesson = Lesson.objects.create(
        collection=collection,
        title=title,
        description=description,
        resources=list(resources),
        is_active=is_active,
        created_by=actor if actor.dataset_id == collection.dataset_id else None,
    )
    group = audience.assign_first(lesson, actor, set(assignments), set(learner_ids))
    people = {"assignments": sorted(set(assignments)), "learner_ids": sorted(set(learner_ids))}
    _note(lesson, actor, before=None, after=history.snapshot(lesson, people, group))
    return lesson  # type: ignore[no-any-return]


@joined
def update_lesson(lesson: Lesson, actor: FacilityUser, **changes: Any) -> LessonChange | None:
    """Write exactly what was sent and return the change, or None when nothing differs.

    Takes `title description resources is_active collection assignments learner_ids` and the fields
    of a plan (`kolibri.core.lessons.plans.FIELDS`). `lesson` is brought up to date. A move to
    another class takes the lesson from everybody who had it in the old one, and gives it to the
    whole new class unless `assignments` or `learner_ids` say otherwise. Who archives a lesson hides
    it, and who shows one takes it out of the archive. Raises BadInput with the field's name.
    """
    was_archived = _refresh(lesson)
    if changes.get("is_archived"):
        changes["is_active"] = False
    elif changes.get("is_active") and was_archived:
        changes["is_archived"] = False
    names = {"collection_id" if name == "collection" else name for name in changes}
    if "collection" in changes:
        names |= {"assignments", "learner_ids", "title"}
    before = _parts(lesson, names)
    collection = changes.get("collection", lesson.collection)
    if "title" in names:
        check_title(collection, changes.get("title", lesson.title), own_id=lesson.pk)
    moved = collection.pk != lesson.collection_id
    columns = [name for name in ("title", "description", "resources", "is_active", "collection") if name in changes]
    for name in columns:
        setattr(lesson, name, changes[name])
    if columns:
        lesson.save(update_fields=[*columns, "date_modified"])
    if moved:
        changes.setdefault("learner_ids", [])
        changes.setdefault("assignments", [] if changes["learner_ids"] else [collection.pk])
    if "assignments" in changes:
        audience.set_assignments(lesson, actor, changes["assignments"])
    if "learner_ids" in changes:
        audience.set_learners(lesson, actor, changes["learner_ids"])
    if planned := {name: changes[name] for name in plans.FIELDS if name in changes}:
        plans.write(lesson, planned)
    old, new = history.differences(before, _parts(lesson, names), sorted(names))
    return _note(lesson, actor, before=old, after=new) if new else None


@joined
def delete_lesson(lesson: Lesson, actor: FacilityUser) -> LessonChange:
    """Delete the lesson and return the change that brings it back."""
    _refresh(lesson)
    group = history.adhoc_group(lesson.pk)
    kept = whole(lesson, group)
    change = _note(lesson, actor, before=kept, after=None)
    if group:
        group.delete()
    lesson.delete()
    return change


@joined
def undo(change: LessonChange, actor: FacilityUser) -> Lesson | None:
    """Take one change back and return the lesson; None when its creation was undone. What came later stays.

    Undoing twice is refused (Conflict). A deleted lesson comes back with its id.
    """
    change = LessonChange.objects.select_for_update().get(pk=change.pk)
    if change.undone_at is not None:
        raise Conflict(_("This change was already undone."), code="already_undone")
    lesson: Lesson | None = Lesson.objects.select_related("collection").filter(pk=change.lesson_id).first()
    if change.after is None:
        lesson = lesson or _bring_back(change, actor)
    elif lesson is None:
        raise Conflict(_("This lesson was deleted. Undo the deletion first."), code="deleted")
    elif change.before is None:
        delete_lesson(lesson, actor)
        lesson = None
    else:
        stays = _changed_since(lesson, change)
        if back := update_lesson(lesson, actor, **_way_back(lesson, change, stays)):
            # A step back is none to take back: the next undo goes one change further.
            back.undone_at = local_now()
            back.save(update_fields=["undone_at"])
        _hand_on(change, stays)
    change.undone_at = local_now()
    change.save(update_fields=["undone_at"])
    return lesson


def whole(lesson: Lesson, group: AdHocGroup | None) -> history.Snapshot:
    """Return all that brings the lesson back when it is deleted; `group` is the one of its single learners."""
    return history.snapshot(lesson, history.people_of(lesson.pk), group) | plans.plan_of(lesson.pk).as_json()


def deleted_lately(collection: Collection) -> QuerySet[LessonChange]:
    """Return what brings back the class's lessons that were deleted in the last days, here or elsewhere, newest first.

    A lesson that is there again has none.
    """
    there = Lesson.objects.filter(pk=OuterRef("lesson_id")).order_by()
    since = local_now() - datetime.timedelta(days=DAYS)
    changes = LessonChange.objects.filter(collection=collection, after__isnull=True, undone_at__isnull=True)
    return changes.filter(made_at__gte=since).exclude(Exists(there))


def recipients(lesson: Lesson) -> list[FacilityUser]:
    """Return the learners who get the lesson, each once, by name; one query."""
    members = Membership.objects.filter(collection__assigned_lessons__lesson_id=lesson.pk).order_by().values("user_id")
    return by_name.people(FacilityUser.objects.filter(pk__in=members))


def latest_change(lesson_id: str) -> LessonChange | None:
    """Return the newest change of the lesson that can still be undone."""
    return LessonChange.objects.filter(lesson_id=lesson_id, undone_at__isnull=True).first()


def _parts(lesson: Lesson, names: set[str]) -> dict[str, Any]:
    """Return what a history keeps of the lesson, as far as changes of `names` need it."""
    people = history.people_of(lesson.pk) if names & {"assignments", "learner_ids"} else {}
    plan = plans.plan_of(lesson.pk).as_json() if names & set(plans.FIELDS) else {}
    return {name: getattr(lesson, name) for name in history.FIELDS} | people | plan


def _refresh(lesson: Lesson) -> bool:
    """Read the row anew under a lock: what a request read before its turn may be old. Return whether it is archived."""
    rows = Lesson.objects.select_for_update(of=("self",)).select_related("collection")
    archived = LessonPlan.objects.filter(lesson_id=OuterRef("pk"), is_archived=True).order_by()
    fresh = rows.annotate(archived=Exists(archived)).filter(pk=lesson.pk).first()
    if fresh is None:
        raise Conflict(_("This lesson was deleted in the meantime."), code="deleted")
    for field in Lesson._meta.concrete_fields:
        setattr(lesson, field.attname, getattr(fresh, field.attname))
    lesson.collection = fresh.collection
    return bool(fresh.archived)


def _note(lesson: Lesson, actor: FacilityUser, *, before: Any, after: Any) -> LessonChange:
    return LessonChange.objects.create(
        lesson_id=lesson.pk, collection_id=lesson.collection_id, made_by=actor, before=before, after=after
    )


def _bring_back(change: LessonChange, actor: FacilityUser) -> Lesson:
    """Make the deleted lesson again: the same source id gives the same ids, also to its assignments."""
    kept = change.before
    collection = Collection.objects.filter(pk=kept["collection_id"]).first()
    if collection is None:
        raise Conflict(_("The class of this lesson was deleted."), code="deleted")
    lesson = Lesson(
        collection=collection,
        title=free_title(collection, kept["title"]),
        description=kept["description"],
        resources=kept["resources"],
        is_active=kept["is_active"],
        created_by=FacilityUser.all_objects.filter(pk=kept["created_by_id"]).first(),
        date_created=text_to_moment(kept["date_created"]),
        _morango_source_id=kept["source_id"],
    )
    lesson.save()
    there = set(Collection.objects.filter(pk__in=kept["assignments"]).values_list("pk", flat=True))
    audience.set_assignments(lesson, actor, there)
    # Who was removed meanwhile does not stop it.
    learners = Membership.objects.filter(
        collection=collection, user_id__in=kept["learner_ids"], user__date_deleted__isnull=True
    )
    audience.set_learners(lesson, actor, learners.values_list("user_id", flat=True), kept["adhoc_source_id"] or "")
    plans.write(lesson, {name: plans.from_json(name, kept[name]) for name in plans.FIELDS if name in kept})
    return lesson


def _way_back(lesson: Lesson, change: LessonChange, stays: set[str]) -> dict[str, Any]:
    """Return what `update_lesson` must be given to take `change` out of the lesson as it is now, but for `stays`."""
    now = _parts(lesson, set(change.before))
    back: dict[str, Any] = {}
    for name, before in change.before.items():
        if name in stays:
            continue
        if name == "notes":
            back[name] = history.revert_notes(now[name], before, change.after[name])
        elif name in plans.FIELDS:
            back[name] = plans.from_json(name, before)
        elif name in history.LISTS:
            back[name] = history.revert_list(now[name], before, change.after[name])
        elif name == "collection_id":
            back["collection"] = Collection.objects.filter(pk=before).first() or lesson.collection
        else:
            back[name] = before
    # Groups that were deleted and learners who left since cannot be brought back by this.
    home = back.get("collection", lesson.collection)
    if "assignments" in back:
        groups = Collection.objects.filter(pk__in=back["assignments"], parent_id=home.pk)
        there = {*groups.values_list("pk", flat=True), home.pk}
        back["assignments"] = [pk for pk in back["assignments"] if pk in there]
    if "learner_ids" in back:
        members = Membership.objects.filter(
            collection_id=home.pk, user_id__in=back["learner_ids"], user__date_deleted__isnull=True
        )
        back["learner_ids"] = list(members.values_list("user_id", flat=True))
    return back


def _changed_since(lesson: Lesson, change: LessonChange) -> set[str]:
    """Return the plain fields of the change that somebody has changed since."""
    if change.origin == Origin.CONFLICT:
        # Asked for is the version that did not stay, whatever came after.
        return set()
    now = _parts(lesson, set(change.before))
    plain = change.before.keys() - {*history.LISTS, "notes"}
    return {name for name in plain if now[name] != change.after[name]}


def _hand_on(change: LessonChange, fields: set[str]) -> None:
    """Have the way back of the change that came next in each of these fields lead to what was before this one."""
    left = set(fields)
    later = LessonChange.objects.filter(lesson_id=change.lesson_id, made_at__gte=change.made_at, undone_at__isnull=True)
    for one in later.filter(after__isnull=False).exclude(pk=change.pk).order_by("made_at", "id") if left else ():
        handed = {name for name in left if name in (one.before or {}) and one.before[name] == change.after[name]}
        if handed:
            one.before |= {name: change.before[name] for name in handed}
            one.save(update_fields=["before"])
            left -= handed
