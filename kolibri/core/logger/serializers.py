"""What a learner's device may tell."""

from __future__ import annotations

import json
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from kolibri.core.auth.models import Person
from kolibri.core.auth.serializers import RecordField
from kolibri.core.auth.serializers import person_of
from kolibri.core.content.models import ContentNode
from kolibri.core.logger import services
from kolibri.core.nesting import is_deep

# What a resource wants to find again; a film's place is a few bytes, a drawing some thousand.
LARGEST_STATE = 64 * 1024
# Objects in objects; a resource needs few.
DEEPEST_STATE = 64


def _may_open(user: Person, node: ContentNode) -> bool:
    return ContentNode.permissions.can_read(user, node)


class StateField(serializers.JSONField):
    """JSON of any shape that is not too deep to be written again. Raises ValidationError."""

    def to_internal_value(self, data: Any) -> Any:
        if is_deep(data, DEEPEST_STATE):
            raise serializers.ValidationError(_("This is too much to keep for one resource."), code="too_large")
        return super().to_internal_value(data)


class VisitSerializer(serializers.Serializer[services.Standing]):
    """One visit so far: totals, not differences, so that a message may come twice or late."""

    contentnode_id = RecordField(_may_open, queryset=ContentNode.objects.all())
    seconds = serializers.FloatField(min_value=0, max_value=services.LONGEST_VISIT)
    progress = serializers.FloatField(min_value=0, max_value=1)
    state = StateField(required=False)

    def validate_contentnode_id(self, node: ContentNode) -> ContentNode:
        if node.kind == "topic":
            raise serializers.ValidationError(_("A folder is not something to learn with; name what is in it."))
        return node

    def validate_state(self, state: Any) -> dict[str, Any]:
        if not isinstance(state, dict):
            raise serializers.ValidationError(_("Send one object, not a list or a value."), code="invalid")
        if len(json.dumps(state)) > LARGEST_STATE:
            raise serializers.ValidationError(_("This is too much to keep for one resource."), code="too_large")
        return state

    def create(self, validated_data: dict[str, Any]) -> services.Standing:
        node = validated_data.pop("contentnode_id")
        return services.record_visit(person_of(self), node, **validated_data)
