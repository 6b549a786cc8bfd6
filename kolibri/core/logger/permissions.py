"""What a learner did is the learner's own to write, and for those who teach the learner to read."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.db.models import QuerySet

from kolibri.core.auth.permissions import ModelPermissions
from kolibri.core.auth.permissions import collections_reached
from kolibri.core.auth.permissions import runs_whole_school

if TYPE_CHECKING:
    from kolibri.core.auth.models import Person


class LogPermissions(ModelPermissions):
    """Records with a `user`: one's own, and those of the learners of one's classes."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if runs_whole_school(user):
            return queryset.filter(dataset_id=user.dataset_id)
        own = Q(user_id=user.pk)
        if not user.is_teacher:
            return queryset.filter(own)
        memberships = apps.get_model("kolibriauth", "Membership").objects.order_by()
        taught = memberships.filter(collection_id__in=collections_reached(user)).values("user_id")
        return queryset.filter(own | Q(user_id__in=taught))

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.is_authenticated and obj.user_id == user.pk
