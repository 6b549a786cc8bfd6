"""The API of jobs: how far they are, and stopping them."""

from __future__ import annotations

from typing import Any
from typing import cast

from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.auth.models import Person
from kolibri.core.auth.requests import scoped
from kolibri.core.jobs.permissions import readable_by
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import JobRow


class NothingSerializer(Serializer[JobRow]):
    """A write that needs no body."""


class JobViewset(ReadOnlyValuesViewset[JobRow]):
    """One's own jobs, and those that one administers. What they were told, found or broke on is not shown."""

    queryset = JobRow.objects.order_by("-created", "-id")
    permission_classes = (IsAuthenticated,)
    query_budget = 4
    watches = ()
    values = (
        "id",
        "task",
        "state",
        "progress",
        "total_progress",
        "error",
        "error_code",
        "requested_by",
        "cancel_requested",
        "created",
        "scheduled_for",
        "started",
        "finished",
    )
    field_map = {"total": "total_progress"}

    @scoped
    def get_queryset(self) -> QuerySet[Any]:
        return readable_by(cast(Person, self.request.user), super().get_queryset())

    @action(detail=True, methods=["post"], serializer_class=NothingSerializer)
    def cancel(self, request: Request, **kwargs: Any) -> Response:
        """Ask the job to stop. One that has ended stays as it ended, so asking twice is harmless."""
        job = self.get_object()
        Job.get(job.pk).cancel()
        return Response(self.serialize_object(pk=job.pk))
