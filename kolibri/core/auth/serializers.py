"""What may be sent for schools, classes, groups and people: the one door for API and screens."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from typing import Any
from typing import cast

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Person
from kolibri.core.auth.models import Role
from kolibri.core.auth.permissions import TEACHING
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput


def hex_id(value: Any) -> str:
    """Return the id as 32 lower-case hex characters. Raises ValidationError for anything else."""
    found = hex_or_none(value)
    if found is None:
        raise serializers.ValidationError(_("This is not an id: 32 hexadecimal characters."), code="invalid")
    return found


class HexIdField(serializers.CharField):
    """An id as the wire has it."""

    def to_internal_value(self, data: Any) -> str:
        return hex_id(data)


class IdsField(serializers.ListField):
    """Ids of groups or people; each at most once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(child=HexIdField(), **kwargs)

    def to_internal_value(self, data: Any) -> list[str]:
        ids: list[str] = super().to_internal_value(data)
        if len(ids) != len(set(ids)):
            raise serializers.ValidationError(_("The same choice is there twice."), code="duplicate")
        return ids


class RecordField(serializers.RelatedField[Any, Any, str]):
    """A reference by id to a record that the person may work with.

    A missing or malformed id is the sender's mistake (400, the field named). One that does not
    exist and one that is somebody else's are refused alike (403), so that nobody can probe.
    """

    default_error_messages = {"null": _("Choose one."), "required": _("Choose one.")}

    def __init__(self, allowed: Callable[[Person, Any], bool] | None = None, **kwargs: Any) -> None:
        self.allowed = allowed
        super().__init__(**kwargs)

    def use_pk_only_optimization(self) -> bool:
        return True

    def to_internal_value(self, data: Any) -> Any:
        pk = hex_id(data)
        records = self.get_queryset()
        record = None if records is None else records.filter(pk=pk).first()
        user = self.context["request"].user
        if record is None or (self.allowed is not None and not self.allowed(user, record)):
            raise PermissionDenied(_("You may not do this there."))
        return record

    def to_representation(self, value: Any) -> str:
        return str(value.pk)


def teaches(user: Person, collection: Collection) -> bool:
    return user.has_role_for(TEACHING, collection)


def runs(user: Person, collection: Collection) -> bool:
    return user.has_role_for(role_kinds.ADMIN, collection)


def person_of(serializer: serializers.BaseSerializer[Any]) -> FacilityUser:
    """Return who sends the data."""
    return cast(FacilityUser, serializer.context["request"].user)


class FacilitySerializer(serializers.ModelSerializer[Facility]):
    class Meta:
        model = Facility
        fields = ("id", "name")

    def update(self, instance: Facility, validated_data: dict[str, Any]) -> Facility:
        services.rename(instance, validated_data.get("name", instance.name))
        return instance


class FacilityDatasetSerializer(serializers.ModelSerializer[FacilityDataset]):
    class Meta:
        model = FacilityDataset
        fields = (
            "id",
            "learner_can_edit_username",
            "learner_can_edit_name",
            "learner_can_edit_password",
            "learner_can_sign_up",
            "learner_can_login_with_no_password",
        )


_CLASS_NAME = dict.fromkeys(("blank", "required", "null"), _("Write the class's name."))
_CLASS_NAME["max_length"] = _("Write at most 100 letters.")


class ClassroomSerializer(serializers.ModelSerializer[Classroom]):
    parent: Any = RecordField(runs, queryset=Facility.objects.all())

    class Meta:
        model = Classroom
        fields = ("id", "name", "parent")
        extra_kwargs = {"name": {"error_messages": _CLASS_NAME}}

    def create(self, validated_data: dict[str, Any]) -> Classroom:
        return services.create_classroom(validated_data["parent"], validated_data["name"])

    def update(self, instance: Classroom, validated_data: dict[str, Any]) -> Classroom:
        if validated_data.get("parent", instance.parent) != instance.parent:
            raise serializers.ValidationError({"parent": _("A class stays in its school.")})
        services.rename(instance, validated_data.get("name", instance.name))
        return instance


class LearnerGroupSerializer(serializers.ModelSerializer[LearnerGroup]):
    parent: Any = RecordField(teaches, queryset=Classroom.objects.all())
    learner_ids = IdsField(max_length=1000, required=False)

    class Meta:
        model = LearnerGroup
        fields = ("id", "name", "parent", "learner_ids")

    def people(self, classroom: Collection, ids: Iterable[str]) -> list[FacilityUser]:
        """Return these learners of the class. Raises ValidationError (`learner_ids`) for any other id."""
        wanted = set(ids)
        members = Membership.objects.filter(collection=classroom, user_id__in=wanted).order_by().values("user_id")
        people = list(FacilityUser.objects.filter(pk__in=members))
        if len(people) != len(wanted):
            raise serializers.ValidationError({"learner_ids": _("Choose learners of this class.")})
        return people

    def create(self, validated_data: dict[str, Any]) -> LearnerGroup:
        classroom = validated_data["parent"]
        people = self.people(classroom, validated_data.get("learner_ids", ()))
        return services.create_group(classroom, validated_data["name"], people)

    @transaction.atomic
    def update(self, instance: LearnerGroup, validated_data: dict[str, Any]) -> LearnerGroup:
        classroom: Any = validated_data.get("parent", instance.parent)
        if classroom.pk != instance.parent_id:
            raise serializers.ValidationError({"parent": _("A group stays in its class.")})
        if "name" in validated_data:
            services.rename(instance, validated_data["name"])
        if "learner_ids" in validated_data:
            services.set_members(instance, self.people(classroom, validated_data["learner_ids"]))
        return instance


class FacilityUserSerializer(serializers.ModelSerializer[FacilityUser]):
    facility = RecordField(runs, queryset=Facility.objects.all())
    username = serializers.CharField(max_length=30)
    password = serializers.CharField(
        max_length=128, write_only=True, required=False, allow_blank=True, trim_whitespace=False
    )

    class Meta:
        model = FacilityUser
        fields = ("id", "facility", "username", "full_name", "password", "id_number", "birth_year", "gender")

    def validate_username(self, username: str) -> str:
        """Refuse what no service would write, so that it is told together with what is wrong elsewhere."""
        try:
            if self.instance is not None:
                services.check_username(self.instance.facility, username, own_id=self.instance.pk)
            else:
                services.check_spelling(username)
        except BadInput as error:
            raise serializers.ValidationError(str(error), code=error.code) from error
        return username

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Not while writing: others would wait for the hashing. The API has done it before its transaction began.
        if attrs.get("password"):
            person = self.instance or FacilityUser(facility=attrs["facility"])
            attrs["password"] = self.context.get("hashed") or services.hash_password(person, attrs["password"])
        return attrs

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> FacilityUser:
        person = services.create_person(
            validated_data.pop("facility"),
            username=validated_data.pop("username"),
            full_name=validated_data.pop("full_name", ""),
            password=validated_data.pop("password", ""),
        )
        return self._write(person, validated_data)

    @transaction.atomic
    def update(self, instance: FacilityUser, validated_data: dict[str, Any]) -> FacilityUser:
        if validated_data.pop("facility", instance.facility).pk != instance.facility_id:
            raise serializers.ValidationError({"facility": _("A person stays in their school.")})
        if "username" in validated_data:
            services.check_username(instance.facility, validated_data["username"], own_id=instance.pk)
        if "password" in validated_data:
            services.set_password(instance, validated_data.pop("password"))
            instance.save(update_fields=["password"])
        return self._write(instance, validated_data)

    def _write(self, person: FacilityUser, columns: dict[str, Any]) -> FacilityUser:
        for name, value in columns.items():
            setattr(person, name, value)
        if columns:
            person.save(update_fields=list(columns))
        return person


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    user = RecordField(queryset=FacilityUser.objects.all())
    collection = RecordField(queryset=Collection.objects.all())

    class Meta:
        model = Membership
        fields = ("id", "user", "collection")
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        membership = Membership(**attrs)
        if not Membership.permissions.can_write(person_of(self), membership):
            raise PermissionDenied(_("You may not do this there."))
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Membership:
        if not services.enrol(validated_data["collection"], [validated_data["user"]]):
            raise serializers.ValidationError({"user": _("This learner is already there.")}, code="duplicate")
        return Membership.objects.get(**validated_data)  # type: ignore[no-any-return]


class RoleSerializer(serializers.ModelSerializer[Role]):
    user = RecordField(queryset=FacilityUser.objects.all())
    collection = RecordField(runs, queryset=Collection.objects.all())
    kind = serializers.ChoiceField(choices=[role_kinds.ADMIN, role_kinds.COACH])

    class Meta:
        model = Role
        fields = ("id", "user", "collection", "kind")
        validators: list[Any] = []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not Role.permissions.can_write(person_of(self), Role(**attrs)):
            raise PermissionDenied(_("You may not do this there."))
        return attrs

    def create(self, validated_data: dict[str, Any]) -> Role:
        return services.give_role(validated_data["user"], validated_data["collection"], validated_data["kind"])
