"""Lessons are their class's coaches' to write, and their learners' to read once they are visible."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.db.models import QuerySet

from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.permissions import TEACHING
from kolibri.core.auth.permissions import ModelPermissions
from kolibri.core.auth.permissions import collections_reached
from kolibri.core.auth.permissions import runs_whole_school

if TYPE_CHECKING:
    from kolibri.core.auth.models import Person


def _assigned_to(user: Person) -> QuerySet[Any]:
    """Return ids of the lessons that are for a class or group of `user`."""
    assignments: QuerySet[Any] = apps.get_model("lessons", "LessonAssignment").objects.order_by()
    return assignments.filter(collection__membership__user_id=user.pk).values("lesson_id")


class LessonPermissions(ModelPermissions):
    """Coaches read and write the lessons of what they teach; learners read their visible ones."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if runs_whole_school(user):
            return queryset.filter(dataset_id=user.dataset_id)
        mine = Q(is_active=True, dataset_id=user.dataset_id, pk__in=_assigned_to(user))
        if user.is_teacher:
            return queryset.filter(mine | Q(collection_id__in=collections_reached(user)))
        return queryset.filter(mine)

    def can_read(self, user: Person, obj: Any) -> bool:
        # Who may write a lesson may read it; that costs no query.
        return self.can_write(user, obj) or super().can_read(user, obj)

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.has_role_for(TEACHING, obj.collection)


class LessonAssignmentPermissions(ModelPermissions):
    """An assignment is read with its lesson and written by who may write the lesson and teaches the group."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        lessons: QuerySet[Any] = apps.get_model("lessons", "Lesson").objects.order_by()
        return queryset.filter(lesson_id__in=LessonPermissions().narrow(user, lessons).values("pk"))

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.has_role_for(TEACHING, obj.lesson.collection) and user.has_role_for(TEACHING, obj.collection)


class LessonPlanPermissions(ModelPermissions):
    """A plan is read with its lesson and written by who may write the lesson."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        lessons: QuerySet[Any] = apps.get_model("lessons", "Lesson").objects.order_by()
        return queryset.filter(lesson_id__in=LessonPermissions().narrow(user, lessons).values("pk"))

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.has_role_for(TEACHING, obj.lesson.collection)


class ClassPlanPermissions(ModelPermissions):
    """The order of a class's lessons is its coaches' to write, and everybody's of the school to read."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(dataset_id=user.dataset_id)

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.has_role_for(TEACHING, obj.collection)


class LessonTemplatePermissions(ModelPermissions):
    """Every teacher of the school reads all templates; who made one, or runs the school, may remove it."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(dataset_id=user.dataset_id) if user.is_teacher else queryset.none()

    def can_write(self, user: Person, obj: Any) -> bool:
        is_own = obj.created_by_id == user.pk and user.is_teacher
        return is_own or user.has_role_for(role_kinds.ADMIN, obj.facility)
