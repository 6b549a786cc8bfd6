"""Who may read and change which records of a school.

Two questions only, and both have one home: `readable_by` narrows a queryset, `can_read` asks
for one object; they agree (tests hold them together). Roles are read once a request and put into
an IN over the few collections that they reach: a school has three levels and no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any

from django.apps import apps
from django.db.models import Q
from django.db.models import QuerySet

from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.constants import role_kinds

if TYPE_CHECKING:
    from kolibri.core.auth.models import Collection
    from kolibri.core.auth.models import Person

TEACHING = (role_kinds.ADMIN, role_kinds.COACH)


def collections_reached(user: Person, kinds: Iterable[str] = TEACHING) -> QuerySet[Any]:
    """Return ids of the collections for which `user` holds one of `kinds`, as a subquery for IN."""
    wanted = set(kinds)
    held = [where for kind, where in user.roles_held if kind in wanted]
    collections: QuerySet[Any] = apps.get_model("kolibriauth", "Collection").objects.order_by()
    if not held:
        return collections.none().values("pk")
    reached = Q(pk__in=held) | Q(parent_id__in=held)
    if user.facility_id in held:
        reached |= Q(dataset_id=user.dataset_id)
    return collections.filter(reached).values("pk")


def runs_whole_school(user: Person, kinds: Iterable[str] = TEACHING) -> bool:
    """Return whether `user` holds one of `kinds` on the school itself, so that all its records are open."""
    wanted = set(kinds)
    return any(kind in wanted and where == user.facility_id for kind, where in user.roles_held)


class ModelPermissions:
    """What is allowed for one model. Nothing is allowed to nobody."""

    def readable_by(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the part of `queryset` that `user` may read."""
        if user.is_superuser:
            return queryset
        if not user.is_authenticated:
            return queryset.none()
        return self.narrow(user, queryset)

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return what a signed-in person without device rights may read."""
        return queryset.none()

    def can_read(self, user: Person, obj: Any) -> bool:
        """Return whether `user` may read `obj`, which is saved."""
        return self.readable_by(user, type(obj)._base_manager.filter(pk=obj.pk)).exists()

    def can_write(self, user: Person, obj: Any) -> bool:
        """Return whether `user` may create, change or delete `obj` as it stands."""
        return bool(user.is_superuser)


class DatasetPermissions(ModelPermissions):
    """A school's settings: read by its people, changed by its admins."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(pk=user.dataset_id)

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.is_superuser or (obj.pk == user.dataset_id and runs_whole_school(user, [role_kinds.ADMIN]))


class OfSchoolPermissions(ModelPermissions):
    """A school's own records: read by its people, written by its admins."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(dataset_id=user.dataset_id)

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.is_superuser or (obj.dataset_id == user.dataset_id and runs_whole_school(user, [role_kinds.ADMIN]))


class OwnPermissions(ModelPermissions):
    """What a person keeps about themselves: nobody else's to read or to change."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(user_id=user.pk)

    def can_write(self, user: Person, obj: Any) -> bool:
        return bool(user.is_superuser or obj.user_id == user.pk)


class CollectionPermissions(ModelPermissions):
    """Schools, classes and groups: names are open to the school's people, classes are the admins' to change."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if user.is_teacher:
            return queryset.filter(dataset_id=user.dataset_id)
        mine = Q(pk=user.facility_id) | Q(
            pk__in=apps.get_model("kolibriauth", "Membership")
            .objects.filter(user_id=user.pk)
            .order_by()
            .values("collection_id")
        )
        return queryset.filter(mine)

    def can_write(self, user: Person, obj: Collection) -> bool:
        if obj.kind in (collection_kinds.FACILITY, collection_kinds.CLASSROOM):
            return user.has_role_for(role_kinds.ADMIN, obj)
        return user.has_role_for(TEACHING, obj)


class UserPermissions(ModelPermissions):
    """People: oneself, the learners of one's classes, or everybody for who teaches the whole school."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if runs_whole_school(user):
            return queryset.filter(dataset_id=user.dataset_id)
        members = (
            apps.get_model("kolibriauth", "Membership")
            .objects.filter(collection_id__in=collections_reached(user))
            .order_by()
            .values("user_id")
        )
        return queryset.filter(Q(pk=user.pk) | Q(pk__in=members))

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.is_superuser or user.has_role_for(role_kinds.ADMIN, obj.facility)


class _OwnOrTaught(ModelPermissions):
    """Records with a `user` and a `collection`: one's own, and those of the collections that one teaches."""

    def narrow(self, user: Person, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if runs_whole_school(user):
            return queryset.filter(dataset_id=user.dataset_id)
        return queryset.filter(Q(user_id=user.pk) | Q(collection_id__in=collections_reached(user)))


class RolePermissions(_OwnOrTaught):
    """Roles are given and taken by admins."""

    def can_write(self, user: Person, obj: Any) -> bool:
        return user.is_superuser or (
            obj.user.dataset_id == obj.collection.dataset_id and user.has_role_for(role_kinds.ADMIN, obj.collection)
        )


class MembershipPermissions(_OwnOrTaught):
    """Admins put learners into classes, coaches put learners of their classes into groups."""

    def can_write(self, user: Person, obj: Any) -> bool:
        if user.is_superuser:
            return True
        if obj.user.dataset_id != obj.collection.dataset_id:
            return False
        kinds = [role_kinds.ADMIN] if obj.collection.kind == collection_kinds.CLASSROOM else TEACHING
        return user.has_role_for(kinds, obj.collection)
