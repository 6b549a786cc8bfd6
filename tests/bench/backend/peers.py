"""What is measured beside our own list: the guide's class word for word, and a ModelSerializer."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import serializers
from rest_framework.viewsets import ReadOnlyModelViewSet

from kolibri.core.api import ValuesPageNumberPagination
from kolibri.core.api import ValuesViewset
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.api import KolibriAuthPermissionsFilter
from kolibri.core.auth.constants.collection_kinds import ADHOCLEARNERSGROUP
from kolibri.core.auth.models import Collection
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.serializers import LessonSerializer
from kolibri.core.query import annotate_array_aggregate


class LessonPermissions(KolibriAuthPermissions):
    # Permission logic here
    pass


def _map_lesson_classroom(item):  # type: ignore[no-untyped-def]
    """Transform flat classroom fields to nested object"""
    return {
        "id": item.pop("collection__id"),
        "name": item.pop("collection__name"),
        "parent": item.pop("collection__parent_id"),
    }


class GuideViewset(ValuesViewset):  # type: ignore[type-arg]
    """The guide's complete example, its annotation listed in `values`."""

    serializer_class = LessonSerializer
    queryset = Lesson.objects.all().order_by("-date_created")
    permission_classes = (LessonPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_fields = ("collection", "id")
    values = (
        "id",
        "title",
        "description",
        "resources",
        "is_active",
        "collection",  # Classroom FK (for filtering)
        "collection__id",  # For _map_lesson_classroom
        "collection__name",  # For _map_lesson_classroom
        "collection__parent_id",  # For _map_lesson_classroom
        "created_by",
        "date_created",
        "lesson_assignment_collections",
    )
    field_map = {
        "active": "is_active",
        "classroom": _map_lesson_classroom,
    }

    def annotate_queryset(self, queryset: Any) -> Any:
        """Add aggregated assignment collections"""
        return annotate_array_aggregate(queryset, lesson_assignment_collections="lesson_assignments__collection")

    def consolidate(self, items: Any, queryset: Any) -> Any:
        """Add learner IDs for ad-hoc assignments"""
        if not items:
            return items
        lesson_ids = [item["id"] for item in items]
        adhoc_assignments = LessonAssignment.objects.filter(
            lesson_id__in=lesson_ids, collection__kind=ADHOCLEARNERSGROUP
        )
        adhoc_assignments = annotate_array_aggregate(adhoc_assignments, learner_ids="collection__membership__user_id")
        adhoc_map = {a["lesson"]: a for a in adhoc_assignments.values("lesson", "learner_ids")}
        for item in items:
            if item["id"] in adhoc_map:
                item["learner_ids"] = adhoc_map[item["id"]]["learner_ids"]
            else:
                item["learner_ids"] = []
        return items


class RoomSerializer(serializers.ModelSerializer[Collection]):
    parent = serializers.CharField(source="parent_id")

    class Meta:
        model = Collection
        fields = ("id", "name", "parent")


class Moment(serializers.DateTimeField):
    def to_representation(self, value: Any) -> str:
        return str(value.isoformat())


class PlainSerializer(serializers.ModelSerializer[Lesson]):
    """Gives the JSON of our own list."""

    resources = serializers.JSONField()
    active = serializers.BooleanField(source="is_active")
    collection = serializers.CharField(source="collection_id")
    created_by = serializers.CharField(source="created_by_id")
    date_created = Moment()
    classroom = RoomSerializer(source="collection")
    assignments = serializers.SerializerMethodField()
    learner_ids = serializers.SerializerMethodField()

    class Meta:
        model = Lesson
        fields = (
            *("id", "title", "description", "resources", "active", "collection", "created_by", "date_created"),
            *("classroom", "assignments", "learner_ids"),
        )

    def get_assignments(self, lesson: Lesson) -> list[str]:
        given = [one.collection for one in lesson.lesson_assignments.all()]
        return sorted(one.pk for one in given if one.kind != ADHOCLEARNERSGROUP)

    def get_learner_ids(self, lesson: Lesson) -> list[str]:
        given = [one.collection for one in lesson.lesson_assignments.all()]
        single = [one for one in given if one.kind == ADHOCLEARNERSGROUP]
        return sorted(member.user_id for one in single for member in one.membership.all())


class PlainViewset(ReadOnlyModelViewSet[Lesson]):
    queryset = Lesson.objects.select_related("collection").prefetch_related(
        Prefetch("lesson_assignments", LessonAssignment.objects.select_related("collection")),
        "lesson_assignments__collection__membership",
    )
    serializer_class = PlainSerializer
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_fields = ("collection", "id")
    pagination_class = ValuesPageNumberPagination
