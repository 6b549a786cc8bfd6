"""The API of what learners did: read by them and by those who teach them, told by their own devices."""

from __future__ import annotations

import dataclasses

from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.api import KolibriAuthPermissionsFilter
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.logger.serializers import VisitSerializer


class ProgressViewset(ReadOnlyValuesViewset[ContentSummaryLog]):
    """How far each person is with each work."""

    queryset = ContentSummaryLog.objects.order_by("user", "content_id")
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = (KolibriAuthPermissionsFilter, DjangoFilterBackend)
    filterset_fields = ("user", "content_id")
    values = (
        "id",
        "user",
        "content_id",
        "channel_id",
        "kind",
        "progress",
        "time_spent",
        "start_timestamp",
        "end_timestamp",
        "completion_timestamp",
    )

    @action(detail=False, methods=["put"], url_path="visit/(?P<visit>[0-9a-f]{32})", serializer_class=VisitSerializer)
    def visit(self, request: Request, visit: str) -> Response:
        """Tell of one visit so far. The id is the device's own, made when the resource was opened."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(dataclasses.asdict(serializer.save(visit=visit)))
