"""The lesson API."""

from __future__ import annotations

from typing import Any
from typing import cast

from django.db.models import Q
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend

from kolibri.core.api import Nested
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesViewset
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.api import KolibriAuthPermissionsFilter
from kolibri.core.auth.constants.collection_kinds import ADHOCLEARNERSGROUP
from kolibri.core.auth.models import FacilityUser
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.serializers import LessonSerializer
from kolibri.core.query import annotate_array_aggregate


class LessonViewset(ValuesViewset[Lesson]):
    """Lessons: whole classes and groups in `assignments`, single learners in `learner_ids`."""

    queryset = Lesson.objects.all()
    serializer_class = LessonSerializer
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_fields = ("collection", "id")
    values = (
        "id",
        "title",
        "description",
        "resources",
        "is_active",
        "collection",
        "collection__id",
        "collection__name",
        "collection__parent_id",
        "created_by",
        "date_created",
        "lesson_assignment_collections",
        "learner_ids",
    )
    field_map = {
        "active": "is_active",
        "classroom": Nested(id="collection__id", name="collection__name", parent="collection__parent_id"),
        "assignments": "lesson_assignment_collections",
    }

    def annotate_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        single = Q(lesson_assignments__collection__kind=ADHOCLEARNERSGROUP)
        queryset = annotate_array_aggregate(
            queryset, filter=~single, lesson_assignment_collections="lesson_assignments__collection"
        )
        return annotate_array_aggregate(
            queryset, filter=single, learner_ids="lesson_assignments__collection__membership__user_id"
        )

    def perform_destroy(self, instance: Lesson) -> None:
        services.delete_lesson(instance, cast(FacilityUser, self.request.user))


class LessonAssignmentViewset(ReadOnlyValuesViewset[LessonAssignment]):
    """Which class or group has which lesson; written with the lesson."""

    queryset = LessonAssignment.objects.order_by("lesson", "collection")
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_fields = ("lesson", "collection")
    values = ("id", "lesson", "collection", "assigned_by")
