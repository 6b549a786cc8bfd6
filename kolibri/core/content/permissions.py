"""Who may read about content: everybody who has signed in; what is for coaches only teachers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from django.db.models import F
from django.db.models import Q
from django.db.models import QuerySet

from kolibri.core.auth.permissions import ModelPermissions
from kolibri.core.content import constants

if TYPE_CHECKING:
    from kolibri.core.auth.models import Person


# A folder counts as for coaches when nothing in it is for anybody else.
FOR_LEARNERS = Q(coach_content=False) & ~Q(
    kind=constants.TOPIC, on_device_resources__gt=0, coach_resources__gte=F("on_device_resources")
)


class ChannelPermissions(ModelPermissions):
    """Channels: open to all who have signed in."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class NodePermissions(ModelPermissions):
    """Folders and resources: without those for coaches, unless one is a teacher."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if user.is_teacher else queryset.filter(FOR_LEARNERS)
