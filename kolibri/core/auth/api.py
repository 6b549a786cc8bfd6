"""The API of a school's people; every other API takes its permission classes from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from typing import cast

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from kolibri.core.api import ReadOnlyValuesViewset
from kolibri.core.api import ValuesViewset
from kolibri.core.auth import deleting
from kolibri.core.auth import services
from kolibri.core.auth.hashers import Hashed
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Person
from kolibri.core.auth.models import Role
from kolibri.core.auth.requests import KolibriAuthPermissions
from kolibri.core.auth.requests import KolibriAuthPermissionsFilter
from kolibri.core.auth.serializers import ClassroomSerializer
from kolibri.core.auth.serializers import FacilitySerializer
from kolibri.core.auth.serializers import FacilityUserSerializer
from kolibri.core.auth.serializers import LearnerGroupSerializer
from kolibri.core.auth.serializers import MembershipSerializer
from kolibri.core.auth.serializers import RoleSerializer
from kolibri.core.fields import local_now
from kolibri.core.ids import hex_or_none
from kolibri.core.query import annotate_array_aggregate

PERMITTED = (KolibriAuthPermissionsFilter, DjangoFilterBackend)


class FacilityViewset(ReadOnlyValuesViewset[Facility]):
    """Schools of this computer that the person belongs to."""

    queryset = Facility.objects.order_by("name", "id")
    serializer_class = FacilitySerializer
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    filterset_fields = ("id",)
    values = ("id", "name", "dataset_id")
    field_map = {"dataset": "dataset_id"}


class FacilityDatasetViewset(ReadOnlyValuesViewset[FacilityDataset]):
    """A school's settings."""

    queryset = FacilityDataset.objects.order_by("id")
    query_budget = 3
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    values = (
        "id",
        "preset",
        "learner_can_edit_username",
        "learner_can_edit_name",
        "learner_can_edit_password",
        "learner_can_sign_up",
        "learner_can_login_with_no_password",
    )


class ClassroomViewset(ValuesViewset[Classroom]):
    """Classes."""

    queryset = Classroom.objects.order_by("name", "id")
    serializer_class = ClassroomSerializer
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    filterset_fields = ("id", "parent")
    values = ("id", "name", "parent")

    def perform_destroy(self, instance: Classroom) -> None:
        # As where a screen deletes it: it can be brought back for 30 days.
        deleting.delete(instance, cast(FacilityUser, self.request.user))


class LearnerGroupViewset(ValuesViewset[LearnerGroup]):
    """Groups of a class, with their learners' ids."""

    queryset = LearnerGroup.objects.order_by("name", "id")
    serializer_class = LearnerGroupSerializer
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    filterset_fields = ("id", "parent")
    values = ("id", "name", "parent", "user_ids")

    def annotate_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return annotate_array_aggregate(queryset, filter=Membership.present(), user_ids="membership__user_id")

    def perform_destroy(self, instance: LearnerGroup) -> None:
        # As where a screen deletes it: it can be brought back for 30 days.
        deleting.delete(instance, cast(FacilityUser, self.request.user))


class FacilityUserViewset(ValuesViewset[FacilityUser]):
    """People of a school; a deleted one is only marked, so that peers hear of it and it can come back."""

    queryset = FacilityUser.objects.order_by("full_name", "username", "id")
    serializer_class = FacilityUserSerializer
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    filterset_fields = ("id", "facility", "username")
    values = ("id", "username", "full_name", "facility", "id_number", "gender", "birth_year", "date_joined")
    hashed: Hashed | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Hash a password that was sent before the transaction of the write: all others would wait for it."""
        super().initial(request, *args, **kwargs)
        if request.method not in ("POST", "PUT", "PATCH") or not isinstance(request.data, Mapping):
            return
        pk = hex_or_none(kwargs.get("pk", request.data.get("facility")))
        if not request.data.get("password") or not pk or not cast(Person, request.user).is_admin:
            return
        try:
            password = FacilityUserSerializer().fields["password"].run_validation(request.data["password"])
        except ValidationError:
            # Told together with whatever else is wrong.
            return
        if "pk" in kwargs:
            person = FacilityUser.objects.filter(pk=pk).first()
        else:
            person = FacilityUser(facility=facility) if (facility := Facility.objects.filter(pk=pk).first()) else None
        self.hashed = services.hash_password(person, password) if person else None

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "hashed": self.hashed}

    def perform_destroy(self, instance: FacilityUser) -> None:
        instance.date_deleted = local_now()
        instance.save(update_fields=["date_deleted"])


class MembershipViewset(ValuesViewset[Membership]):
    """Who is in which class or group."""

    http_method_names = ["get", "head", "options", "post", "delete"]
    queryset = Membership.objects.order_by("collection", "user")
    serializer_class = MembershipSerializer
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    filterset_fields = ("id", "user", "collection")
    values = ("id", "user", "collection")

    def perform_destroy(self, instance: Membership) -> None:
        services.leave(instance.collection, [instance.user_id])


class RoleViewset(ValuesViewset[Role]):
    """Who coaches and runs what."""

    http_method_names = ["get", "head", "options", "post", "delete"]
    queryset = Role.objects.order_by("collection", "user", "kind")
    serializer_class = RoleSerializer
    query_budget = 4
    permission_classes = (KolibriAuthPermissions,)
    filter_backends = PERMITTED
    filterset_fields = ("id", "user", "collection", "kind")
    values = ("id", "user", "collection", "kind")


__all__ = [
    "ClassroomViewset",
    "FacilityDatasetViewset",
    "FacilityUserViewset",
    "FacilityViewset",
    "KolibriAuthPermissions",
    "KolibriAuthPermissionsFilter",
    "LearnerGroupViewset",
    "MembershipViewset",
    "RoleViewset",
]
