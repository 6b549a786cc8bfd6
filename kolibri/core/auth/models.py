"""People, the collections that they belong to and what they may do there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from typing import ClassVar

from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AnonymousUser as DjangoAnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Upper
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from morango.models import Certificate
from morango.models import SyncableModelManager
from morango.models import UUIDField

from kolibri.core.auth import permissions
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.constants import facility_presets
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.names_door import DoorSettings
from kolibri.core.auth.own_language import PersonSettings
from kolibri.core.auth.roster.kept import ListImport
from kolibri.core.auth.signing_in_limits import Guesses
from kolibri.core.auth.syncable import DatasetRecord
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.auth.ways import Way
from kolibri.core.compiled import Compiled
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now

# What peers store for a person who has no password of his own.
NO_PASSWORD = "NOT_SPECIFIED"


def default_extra_fields() -> dict[str, Any]:
    return {"facility": {}, "on_my_own_setup": False, "pin_code": ""}


class FacilityDataset(SchoolRecord):
    """A school's settings, and the root that every other record of it hangs on.

    Its id is that of the school's root certificate, which is made with it.
    """

    morango_model_name = "facilitydataset"
    permissions = permissions.DatasetPermissions()

    description = models.TextField(blank=True)
    location = models.CharField(max_length=200, blank=True)
    preset = models.CharField(max_length=50, choices=facility_presets.choices, default=facility_presets.NONFORMAL)
    learner_can_edit_username = models.BooleanField(default=True)
    learner_can_edit_name = models.BooleanField(default=True)
    learner_can_edit_password = models.BooleanField(default=True)
    learner_can_sign_up = models.BooleanField(default=True)
    learner_can_delete_account = models.BooleanField(default=True)
    learner_can_login_with_no_password = models.BooleanField(default=False)
    show_download_button_in_learn = models.BooleanField(default=True)
    enable_mark_attendance = models.BooleanField(default=False)
    picture_password_settings = JSONTextField(null=True, blank=True, default=None)
    extra_fields = JSONTextField(null=True, blank=True, default=default_extra_fields)
    registered = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.description or str(self.id)

    @property
    def way_in(self) -> Way:
        """How the school's learners sign in. Pictures ask for more than a name: they win where a peer sets both."""
        if self.picture_password_settings:
            return Way.PICTURES
        return Way.NAME if self.learner_can_login_with_no_password else Way.PASSWORD

    def calculate_source_id(self) -> str:
        return str(self._morango_source_id or Certificate.generate_root_certificate("full-facility").id)

    @staticmethod
    def compute_namespaced_id(partition_value: str, source_id_value: str, model_name: str) -> str:
        return source_id_value

    def calculate_partition(self) -> str:
        return f"{self.ID_PLACEHOLDER}:allusers-ro"

    def check_rules(self) -> None:
        if self.learner_can_edit_password and (
            self.learner_can_login_with_no_password or self.picture_password_settings
        ):
            raise ValidationError(
                {
                    "learner_can_edit_password": ValidationError(
                        "must be off when learners sign in without a password", code="conflict"
                    )
                }
            )


class Collection(DatasetRecord):
    """A school, a class, a group or a choice of learners; all kinds share one table."""

    morango_model_name: ClassVar[str | None] = None
    KIND: ClassVar[str] = ""
    dataset_from = "parent"
    same_dataset = ("parent",)
    permissions = permissions.CollectionPermissions()

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=20, choices=collection_kinds.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.KIND and not args:
            kwargs["kind"] = self.KIND
        super().__init__(*args, **kwargs)

    def __str__(self) -> str:
        return self.name

    def calculate_partition(self) -> str:
        return f"{self.dataset_id}:allusers-ro"

    @property
    def classroom_id(self) -> str | None:
        """The id of the class that this is, or that it is a part of; None for a school."""
        if self.kind == collection_kinds.FACILITY:
            return None
        return str(self.id if self.kind == collection_kinds.CLASSROOM else self.parent_id)


class KindManager(SyncableModelManager):  # type: ignore[misc]
    """Rows of the proxy's own kind only."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(kind=self.model.KIND)  # type: ignore[no-any-return]


class Facility(Collection):
    """A school."""

    morango_model_name = KIND = collection_kinds.FACILITY
    dataset_from = ""
    objects = KindManager()
    syncing_objects = KindManager()

    class Meta:
        proxy = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.dataset_id:
            self.dataset = FacilityDataset.objects.create()
        super().save(*args, **kwargs)


class Classroom(Collection):
    """A class of a school."""

    morango_model_name = KIND = collection_kinds.CLASSROOM
    morango_model_dependencies = (Facility,)
    objects = KindManager()
    syncing_objects = KindManager()

    class Meta:
        proxy = True


class LearnerGroup(Collection):
    """A named part of a class."""

    morango_model_name = KIND = collection_kinds.LEARNERGROUP
    morango_model_dependencies = (Classroom,)
    objects = KindManager()
    syncing_objects = KindManager()

    class Meta:
        proxy = True


class AdHocGroup(Collection):
    """Single learners of a class who are given one lesson."""

    morango_model_name = KIND = collection_kinds.ADHOCLEARNERSGROUP
    morango_model_dependencies = (Classroom,)
    objects = KindManager()
    syncing_objects = KindManager()

    class Meta:
        proxy = True

    @classmethod
    def deserialize(cls, dict_model: dict[str, Any], sync_filter: Any = None) -> AdHocGroup:
        if not dict_model.get("name"):
            dict_model["name"] = "Ad hoc"
        return super().deserialize(dict_model, sync_filter=sync_filter)  # type: ignore[no-any-return]


class RoleHolder:
    """What permissions ask of whoever sends a request."""

    is_superuser: bool
    # (kind, collection id) of each role, read once a request.
    roles_held: tuple[tuple[str, str], ...]

    def has_role_for(self, kinds: str | Iterable[str], collection: Collection) -> bool:
        """Return whether one of `kinds` is held on `collection`, on its class or on its school."""
        wanted = {kinds} if isinstance(kinds, str) else set(kinds)
        if self.is_superuser:
            return True
        held = {where for kind, where in self.roles_held if kind in wanted}
        if not held:
            return False
        if collection.id in held or collection.parent_id in held:
            return True
        if collection.kind in (collection_kinds.LEARNERGROUP, collection_kinds.ADHOCLEARNERSGROUP):
            return collection.parent is not None and collection.parent.parent_id in held
        return False

    @property
    def is_admin(self) -> bool:
        """Whether the person runs a school here."""
        return self.is_superuser or any(kind == role_kinds.ADMIN for kind, _ in self.roles_held)

    @property
    def is_teacher(self) -> bool:
        """Whether the person coaches or runs anything here."""
        return self.is_admin or any(kind == role_kinds.COACH for kind, _ in self.roles_held)


class AnonymousUser(RoleHolder, DjangoAnonymousUser):
    """Whoever has not signed in: holds no role."""

    is_superuser = False
    roles_held = ()
    full_name = ""
    facility_id = None
    dataset_id = None


class PresentUsers(BaseUserManager["FacilityUser"], SyncableModelManager):  # type: ignore[misc]
    """People who have not been removed; a removed person's record stays and goes on syncing."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(date_deleted__isnull=True)


class FacilityUser(RoleHolder, AbstractBaseUser, DatasetRecord):
    """A learner, coach or admin of one school.

    Usernames are unique among the people of a school by the services' rule, not by the
    database: a duplicate that arrives from a peer is accepted and shown.
    """

    morango_model_name = "facilityuser"
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    dataset_from = "facility"
    same_dataset = ("facility",)
    is_active = True
    permissions = permissions.UserPermissions()

    username = models.CharField(max_length=254)
    full_name = models.CharField(max_length=120, blank=True)
    date_joined = DateTimeTzField(default=local_now, editable=False)
    facility = models.ForeignKey(Facility, models.CASCADE, related_name="users")
    gender = models.CharField(max_length=16, default="", blank=True)
    birth_year = models.CharField(max_length=16, default="", blank=True)
    id_number = models.CharField(max_length=64, default="", blank=True)
    extra_demographics = JSONTextField(null=True, blank=True)
    date_deleted = DateTimeTzField(null=True, blank=True, editable=False)
    picture_password = models.CharField(max_length=8, null=True, blank=True, default=None)

    objects = PresentUsers()
    all_objects = SyncableModelManager()
    syncing_objects = SyncableModelManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "picture_password"], name="kolibriauth_one_picture_password"),
        ]
        indexes = [
            models.Index(fields=["facility", "username"], name="kolibriauth_username"),
            # A district's sign-in looks in all schools, and PostgreSQL compares without case by UPPER.
            models.Index(Upper("username"), name="kolibriauth_username_upper"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.username

    def calculate_partition(self) -> str:
        return f"{self.dataset_id}:user-ro:{self.ID_PLACEHOLDER}"

    @classmethod
    def deserialize(cls, dict_model: dict[str, Any], sync_filter: Any = None) -> FacilityUser:
        if not dict_model.get("password"):
            dict_model["password"] = NO_PASSWORD
        return super().deserialize(dict_model, sync_filter=sync_filter)  # type: ignore[no-any-return]

    @property
    def has_own_password(self) -> bool:
        return self.password not in ("", NO_PASSWORD)

    @cached_property
    def is_superuser(self) -> bool:  # type: ignore[override]
        """Whether this computer is the person's to run (`kolibri.core.device` keeps the right, it never syncs)."""
        if "device_permissions" in self._state.fields_cache:
            held = self._state.fields_cache["device_permissions"]
            return bool(held and held.is_superuser)
        return any(is_superuser for (is_superuser,) in _device_rights.rows(self.pk, using=self._state.db or "default"))

    @cached_property
    def roles_held(self) -> tuple[tuple[str, str], ...]:  # type: ignore[override]
        return tuple((kind, where) for kind, where in _roles_held.rows(self.pk, using=self._state.db or "default"))

    def has_morango_certificate_scope_permission(self, scope_definition_id: str, scope_params: dict[str, str]) -> bool:
        """Return whether a peer that signs in as this person may be given a certificate of this scope."""
        if scope_params.get("dataset_id") != self.dataset_id:
            return False
        runs_school = self.is_superuser or (role_kinds.ADMIN, self.facility_id) in self.roles_held
        if scope_definition_id == "full-facility":
            return runs_school
        return scope_definition_id == "single-user" and (runs_school or scope_params.get("user_id") == self.pk)


# Asked for at every request.
_roles_held = Compiled(lambda user: Role.objects.filter(user_id=user).order_by().values_list("kind", "collection_id"))
_device_rights = Compiled(
    lambda user: apps.get_model("device", "DevicePermissions").objects.filter(user_id=user).values_list("is_superuser")
)

Person = FacilityUser | AnonymousUser


class UserRecord(DatasetRecord):
    """A record about one person, which only that person's devices and the school's may read."""

    dataset_from = "user"
    same_dataset = ("user", "collection")

    class Meta:
        abstract = True

    def calculate_partition(self) -> str:
        return f"{self.dataset_id}:user-ro:{self.user_id}"


class Role(UserRecord):
    """What a person may do for a school or a class."""

    morango_model_name = "role"
    permissions = permissions.RolePermissions()

    user = models.ForeignKey(FacilityUser, models.CASCADE, related_name="roles")
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=26, choices=role_kinds.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "collection", "kind"], name="kolibriauth_one_role_of_a_kind"),
        ]
        indexes = [models.Index(fields=["user", "kind", "collection"], name="kolibriauth_role_lookup")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.collection_id}"

    def calculate_source_id(self) -> str:
        return f"{self.collection_id}:{self.kind}"

    def check_rules(self) -> None:
        kind = self.collection.kind
        if kind != collection_kinds.FACILITY and (kind != collection_kinds.CLASSROOM or self.kind != role_kinds.COACH):
            raise ValidationError(
                {
                    "kind": ValidationError(
                        _("A class has coaches only, and nobody has a role in a group."), code="wrong_place"
                    )
                }
            )


class Membership(UserRecord):
    """A learner's place in a class or a group."""

    morango_model_name = "membership"
    permissions = permissions.MembershipPermissions()

    user = models.ForeignKey(FacilityUser, models.CASCADE, related_name="memberships")
    # The guide reaches learners as `collection__membership__user_id`.
    collection = models.ForeignKey(Collection, models.CASCADE, related_name="membership")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "collection"], name="kolibriauth_one_membership"),
        ]
        indexes = [models.Index(fields=["collection", "user"], name="kolibriauth_members")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.collection_id}"

    @staticmethod
    def present(path: str = "membership") -> models.Q:
        """Return the condition that the person of a place has not been removed; `path` leads to the places.

        A removed person keeps their places, and has them again when brought back.
        """
        return models.Q(**{f"{path}__user__date_deleted__isnull": True})

    def calculate_source_id(self) -> str:
        return str(self.collection_id)

    def check_rules(self) -> None:
        kind = self.collection.kind
        if kind == collection_kinds.FACILITY:
            raise ValidationError(
                {"collection": ValidationError("people belong to a school by their account", code="wrong_place")}
            )
        if kind != collection_kinds.CLASSROOM and not (
            Membership.objects.filter(user_id=self.user_id, collection_id=self.collection.parent_id).exists()
        ):
            raise ValidationError({"user": ValidationError("is not in the class of this group", code="not_in_class")})


__all__ = [
    "AdHocGroup",
    "AnonymousUser",
    "Classroom",
    "Collection",
    "DoorSettings",
    "Facility",
    "FacilityDataset",
    "FacilityUser",
    "Guesses",
    "LearnerGroup",
    "ListImport",
    "Membership",
    "NO_PASSWORD",
    "Person",
    "PersonSettings",
    "Role",
    "UUIDField",
]
