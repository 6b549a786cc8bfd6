"""Whom a lesson is for: its class, groups of it, or single learners; call inside the write's transaction."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from kolibri.core.auth import services as auth_services
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.syncable import create_many
from kolibri.core.lessons import history
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.errors import BadInput


def assign_first(lesson: Lesson, actor: FacilityUser, assignments: set[str], learners: set[str]) -> AdHocGroup | None:
    """Assign a lesson that nobody has yet, and return the group of its single learners, if there are any."""
    _check_assignments(lesson, assignments)
    collections = sorted(assignments)
    group = None
    if learners:
        _check_learners(lesson, learners)
        group = AdHocGroup(name="Ad hoc", parent=lesson.collection, dataset_id=lesson.dataset_id)
        group.save(force_insert=True)
        collections.append(group.pk)
    by = signature(actor, lesson)
    create_many(
        [LessonAssignment(lesson=lesson, collection_id=pk, assigned_by=by) for pk in collections], may_come_back=False
    )
    if group:
        places = [Membership(user_id=pk, collection=group, dataset_id=group.dataset_id) for pk in sorted(learners)]
        create_many(places, may_come_back=False)
    return group


def _check_assignments(lesson: Lesson, wanted: set[str]) -> None:
    """Raise BadInput (`assignments`) unless all are the lesson's class or groups of it."""
    others = wanted - {lesson.collection_id}
    found = (
        Collection.objects.filter(pk__in=others, parent_id=lesson.collection_id)
        .filter(kind__in=(collection_kinds.LEARNERGROUP, collection_kinds.CLASSROOM))
        .values_list("pk", flat=True)
    )
    if others and others - set(found):
        raise BadInput(_("Choose the class itself or groups of it."), code="other_class", field="assignments")


def _check_learners(lesson: Lesson, wanted: set[str]) -> None:
    """Raise BadInput (`learner_ids`) unless all are in the lesson's class."""
    found = Membership.objects.filter(collection_id=lesson.collection_id, user_id__in=wanted, user__date_deleted=None)
    if lesson.collection.kind != collection_kinds.CLASSROOM or wanted - set(found.values_list("user_id", flat=True)):
        raise BadInput(_("Choose learners of this class."), code="not_in_class", field="learner_ids")


def set_assignments(lesson: Lesson, actor: FacilityUser, collection_ids: Iterable[str]) -> None:
    """Make the lesson's classes and groups exactly these; single learners stay as they are."""
    wanted = set(collection_ids)
    _check_assignments(lesson, wanted)
    existing = {
        assignment.collection_id: assignment
        for assignment in LessonAssignment.objects.filter(lesson=lesson).exclude(
            collection__kind=collection_kinds.ADHOCLEARNERSGROUP
        )
    }
    for collection_id in existing.keys() - wanted:
        existing[collection_id].delete()
    for collection_id in sorted(wanted - existing.keys()):
        LessonAssignment.objects.create(
            lesson=lesson, collection_id=collection_id, assigned_by=signature(actor, lesson)
        )


def set_learners(lesson: Lesson, actor: FacilityUser, learner_ids: Iterable[str], source_id: str = "") -> None:
    """Make the lesson's single learners exactly these; the group that holds them comes and goes with them."""
    wanted = set(learner_ids)
    group = history.adhoc_group(lesson.pk)
    if group is not None and (not wanted or group.parent_id != lesson.collection_id):
        group.delete()
        group = None
    if not wanted:
        return
    _check_learners(lesson, wanted)
    people = list(FacilityUser.objects.filter(pk__in=wanted))
    if group is None:
        group = AdHocGroup(name="Ad hoc", parent=lesson.collection, _morango_source_id=source_id)
        group.save()
        LessonAssignment.objects.create(lesson=lesson, collection=group, assigned_by=signature(actor, lesson))
    auth_services.set_members(group, people)


def signature(actor: FacilityUser, lesson: Lesson) -> FacilityUser | None:
    """Return the actor where the schema lets his name stand: a superuser of another school leaves none."""
    return actor if actor.dataset_id == lesson.dataset_id else None
