"""The lesson API."""

from __future__ import annotations

from typing import Any
from typing import TypedDict
from typing import cast

from django.db.models import Q
from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri.core.api import Nested
from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesViewset
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.api import KolibriAuthPermissionsFilter
from kolibri.core.auth.constants.collection_kinds import ADHOCLEARNERSGROUP
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.content import services as content
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.serializers import LessonSerializer
from kolibri.core.query import annotate_array_aggregate


class ResourceItem(TypedDict):
    """One of a lesson's resources, as it is sent."""

    contentnode_id: str
    content_id: str
    channel_id: str
    title: str
    kind: str
    available: bool
    missing: bool


class LessonViewset(ValuesViewset[Lesson]):
    """Lessons: whole classes and groups in `assignments`, single learners in `learner_ids`."""

    # The class is asked about at each write.
    queryset = Lesson.objects.select_related("collection")
    serializer_class = LessonSerializer
    query_budget = 4
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
    steady = True
    passthrough = ("resources", "lesson_assignment_collections", "learner_ids")
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
        places = "lesson_assignments__collection__membership"
        return annotate_array_aggregate(
            queryset, filter=single & Membership.present(places), learner_ids=f"{places}__user_id"
        )

    @action(detail=True, answer=list[ResourceItem])
    def resources(self, request: Request, **kwargs: Any) -> Response:
        """The lesson's resources in their order, each with its title, or marked missing on this computer."""
        entries = self.get_object().resources
        found = content.resources_by_ids(entry["contentnode_id"] for entry in entries)
        return Response([_entry(entry, found[entry["contentnode_id"]]) for entry in entries])

    def perform_destroy(self, instance: Lesson) -> None:
        services.delete_lesson(instance, cast(FacilityUser, self.request.user))


def _entry(entry: dict[str, str], resource: content.Resource) -> dict[str, Any]:
    there = {"title": resource.title, "kind": resource.kind, "available": resource.available}
    return entry | there | {"missing": resource.missing}


class LessonAssignmentViewset(ReadOnlyValuesViewset[LessonAssignment]):
    """Which class or group has which lesson; written with the lesson."""

    queryset = LessonAssignment.objects.order_by("lesson", "collection")
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_fields = ("lesson", "collection")
    values = ("id", "lesson", "collection", "assigned_by")
