"""Finding what an address names, for somebody who teaches there.

What the person may not read does not exist for him (404); what he may read but not write is refused (403).
"""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from kolibri.core.auth import by_name
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.permissions import TEACHING
from kolibri.core.bin import services as bin_services
from kolibri.core.bin.models import Deletion
from kolibri.core.ids import hex_or_none
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import LessonTemplate
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.ui.requests import PersonRequest


def _find(request: PersonRequest, queryset: Any, pk: str) -> Any:
    found = queryset.model.readable_by(request.user, queryset).filter(pk=pk).first()
    if found is None:
        raise NotHere(_("This page is not here. It may have been deleted, or the address is wrong."))
    return found


def classes_taught(request: PersonRequest) -> list[Classroom]:
    """Return the classes that the person teaches, by name, with `learner_count` and `lesson_count`; one query."""
    classes = Classroom.objects.select_related("parent")
    counted = classes.annotate(
        learner_count=Count("membership", filter=Membership.present(), distinct=True),
        lesson_count=Count("lessons", distinct=True),
    )
    readable = Classroom.readable_by(request.user, counted)
    return by_name.places(classroom for classroom in readable if request.user.has_role_for(TEACHING, classroom))


def taught_class(request: PersonRequest, pk: str) -> Classroom:
    """Return the class. Raises NotHere or Refused."""
    classroom: Classroom = _find(request, Classroom.objects.select_related("parent"), pk)
    if not request.user.has_role_for(TEACHING, classroom):
        raise Refused(_("You do not teach this class. Ask the school's admin to make you its coach."))
    return classroom


def taught_group(request: PersonRequest, pk: str) -> LearnerGroup:
    """Return the group. Raises NotHere or Refused."""
    group: LearnerGroup = _find(request, LearnerGroup.objects.select_related("parent__parent"), pk)
    if not request.user.has_role_for(TEACHING, group):
        raise Refused(_("You do not teach the class of this group."))
    return group


def taught_lesson(request: PersonRequest, pk: str, *, lock: bool = False) -> Lesson:
    """Return the lesson; with `lock`, inside a transaction, others wait to change it. Raises NotHere or Refused."""
    lessons = Lesson.objects.select_related("collection__parent")
    lesson: Lesson = _find(request, lessons.select_for_update(of=("self",)) if lock else lessons, pk)
    if not request.user.has_role_for(TEACHING, lesson.collection):
        raise Refused(_("You do not teach the class of this lesson."))
    return lesson


def undoable_change(request: PersonRequest, pk: str) -> LessonChange:
    """Return a change of a lesson which the person may take back. Raises NotHere.

    He must teach the class that the lesson was in then, the one that it is in now, and the one that it would go to.
    """
    change = LessonChange.objects.filter(pk=pk).first()
    if change is not None:
        classes = {change.collection_id, (change.before or {}).get("collection_id", change.collection_id)}
        classes.update(Lesson.objects.filter(pk=change.lesson_id).values_list("collection_id", flat=True))
        places = Collection.objects.filter(pk__in=classes).select_related("parent")
        if all(request.user.has_role_for(TEACHING, place) for place in places):
            return change
    raise NotHere(_("There is nothing to undo here any more."))


def template(request: PersonRequest, classroom: Classroom, pk: str, *, removed: bool = False) -> LessonTemplate:
    """Return a template of the class's school, of the list or (`removed`) taken out of it. Raises NotHere."""
    templates = LessonTemplate.objects.filter(
        facility_id=classroom.parent_id, date_removed__isnull=not removed
    ).select_related("facility")
    return _find(request, templates, pk)  # type: ignore[no-any-return]


def own_template(request: PersonRequest, classroom: Classroom, pk: str, *, removed: bool = False) -> LessonTemplate:
    """Return a template that the person may take out of the list. Raises NotHere or Refused."""
    found = template(request, classroom, pk, removed=removed)
    if not found.permissions.can_write(request.user, found):
        raise Refused(_("Another teacher made this template. An admin of the school can remove it."))
    return found


def removed_template(request: PersonRequest, classroom: Classroom, pk: str | None) -> LessonTemplate | None:
    """Return the template that the person has just taken out of the list, if it is that."""
    if pk is None:
        return None
    try:
        return own_template(request, classroom, pk, removed=True)
    except (NotHere, Refused):
        return None


def deleted_group(request: PersonRequest, pk: str | None) -> Deletion | None:
    """Return the deletion of a group, when it can be taken back and the person teaches that class."""
    found = bin_services.find(hex_or_none(pk))
    if found is None or found.undone_at is not None or found.what != collection_kinds.LEARNERGROUP:
        return None
    classroom = Classroom.objects.select_related("parent").filter(pk=found.collection_id).first()
    return found if classroom is not None and request.user.has_role_for(TEACHING, classroom) else None


def school_of(request: PersonRequest) -> Facility | None:
    """Return the person's school."""
    return Facility.objects.filter(pk=request.user.facility_id).first()  # type: ignore[no-any-return]
