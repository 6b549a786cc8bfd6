"""What the forms about a whole class may send."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from kolibri.core.auth import class_copies
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.serializers import ClassroomSerializer


class CopySerializer(ClassroomSerializer):
    """A new class after the one in the context's `original`, which the person runs."""

    with_learners = serializers.BooleanField(default=False)

    class Meta(ClassroomSerializer.Meta):
        fields = (*ClassroomSerializer.Meta.fields, "with_learners")  # type: ignore[assignment]

    def create(self, validated_data: dict[str, Any]) -> Classroom:
        return class_copies.copy_class(
            self.context["original"], validated_data["name"], with_learners=validated_data["with_learners"]
        )
