"""What may be sent for a lesson: the one door for the API and the coach's page."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.serializers import HexIdField
from kolibri.core.auth.serializers import IdsField
from kolibri.core.auth.serializers import RecordField
from kolibri.core.auth.serializers import person_of
from kolibri.core.auth.serializers import teaches
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson

# As a peer would: the columns are wider.
LONGEST_DESCRIPTION = 200
MOST_RESOURCES = 500
LONGEST_TERM = 50
LONGEST_NOTE = 500


class ResourceSerializer(serializers.Serializer[Any]):
    """One entry of a lesson, as the schema has it."""

    contentnode_id = HexIdField()
    content_id = HexIdField()
    channel_id = HexIdField()


class ResourcesField(serializers.ListSerializer[Any]):
    """A lesson's resources in order; each at most once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=ResourceSerializer(), max_length=MOST_RESOURCES, **kwargs)

    def validate(self, attrs: list[dict[str, str]]) -> list[dict[str, str]]:
        ids = [entry["contentnode_id"] for entry in attrs]
        if len(ids) != len(set(ids)):
            raise serializers.ValidationError(_("The same resource is there twice."), code="duplicate")
        return [dict(entry) for entry in attrs]


class LessonSerializer(serializers.ModelSerializer[Lesson]):
    """A lesson; `active` and `is_active` are one and the same. `created_by` is whoever sends it."""

    title = serializers.CharField(
        max_length=services.LONGEST_TITLE,
        error_messages={"blank": _("Give the lesson a title: learners find it by that.")},
    )
    description = serializers.CharField(max_length=LONGEST_DESCRIPTION, required=False, allow_blank=True)
    collection = RecordField(teaches, queryset=Collection.objects.select_related("parent"))
    resources = ResourcesField(required=False)
    is_active = serializers.BooleanField(required=False)
    active = serializers.BooleanField(required=False, write_only=True)
    assignments = IdsField(required=False, max_length=1000)
    learner_ids = IdsField(required=False, max_length=5000)

    class Meta:
        model = Lesson
        fields = (
            "id",
            "title",
            "description",
            "collection",
            "resources",
            "is_active",
            "active",
            "assignments",
            "learner_ids",
        )

    def validate_collection(self, collection: Collection) -> Collection:
        if collection.kind not in (collection_kinds.CLASSROOM, collection_kinds.FACILITY):
            raise serializers.ValidationError(_("Choose a class; groups are chosen as who the lesson is for."))
        return collection

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        sent = getattr(self, "initial_data", {}).get("created_by")
        if sent and str(sent) != str(person_of(self).pk):
            raise serializers.ValidationError({"created_by": _("A lesson carries the name of who makes it.")})
        if "active" in attrs:
            attrs["is_active"] = attrs.pop("active")
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Lesson:
        return services.create_lesson(person_of(self), **validated_data)

    def update(self, instance: Lesson, validated_data: dict[str, Any]) -> Lesson:
        services.update_lesson(instance, person_of(self), **validated_data)
        return instance


class NotesField(serializers.DictField):
    """Notes by `contentnode_id`; an empty one is none."""

    child = serializers.CharField(max_length=LONGEST_NOTE, allow_blank=True)
    default_error_messages = dict.fromkeys(("not_a_dict", "empty"), _("Send notes by the ids of resources."))

    def to_internal_value(self, data: Any) -> dict[str, str]:
        notes: dict[str, str] = super().to_internal_value(data)
        if len(notes) > MOST_RESOURCES:
            raise serializers.ValidationError(_("A lesson has at most 500 resources."), code="max_length")
        return {key: note for key, note in sorted(notes.items()) if note}


_A_DAY: dict[str, Any] = dict.fromkeys(("invalid", "datetime", "null"), _("Write the day as 2026-01-31."))


class PlannedLessonSerializer(LessonSerializer):
    """A lesson with its plan, as the coach's page sends it."""

    term = serializers.CharField(max_length=LONGEST_TERM, required=False, allow_blank=True)
    starts_on = serializers.DateField(required=False, allow_null=True, error_messages=_A_DAY)
    due_on = serializers.DateField(required=False, allow_null=True, error_messages=_A_DAY)
    is_archived = serializers.BooleanField(required=False)
    notes = NotesField(required=False)

    class Meta(LessonSerializer.Meta):
        fields = (*LessonSerializer.Meta.fields, *plans.FIELDS)  # type: ignore[assignment]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs.keys() & {"starts_on", "due_on"} and self.instance is not None:
            plan = plans.plan_of(self.instance.pk)
            starts, due = attrs.get("starts_on", plan.starts_on), attrs.get("due_on", plan.due_on)
            if starts and due and due < starts:
                # The field that was changed last is where the hand is.
                field = "due_on" if "due_on" in attrs else "starts_on"
                raise serializers.ValidationError({field: _("It is due before it starts. Change one of the two days.")})
        return attrs
