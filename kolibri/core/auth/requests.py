"""How a request to the API is allowed: the model's own permissions, asked at the right moments.

Apart from `api`, because REST framework imports its default permission class before its views.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar

from rest_framework.permissions import SAFE_METHODS
from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.views import APIView


Method = TypeVar("Method", bound="Callable[..., Any]")


def scoped(get_queryset: Method) -> Method:
    """Mark a viewset's own `get_queryset` as one that narrows the rows to the person itself."""
    get_queryset.narrows_to_person = True  # type: ignore[attr-defined]
    return get_queryset


def is_scoped(get_queryset: Callable[..., Any]) -> bool:
    """Return whether `get_queryset` is marked `@scoped`."""
    return getattr(get_queryset, "narrows_to_person", False)


class KolibriAuthPermissions(BasePermission):
    """Asks the model's own permissions; refuses whoever has not signed in.

    Reading a list is narrowed by `KolibriAuthPermissionsFilter`; one object is checked again.
    A write is checked on the object as it was and as it becomes: the viewsets ask once more
    after saving, inside the transaction. `allow_anonymous_read = True` on the view opts out
    of signing in for safe methods.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS and getattr(view, "allow_anonymous_read", False):
            return True
        if not request.user.is_authenticated:
            return False
        # Who holds no role can change nothing through a list; the object's own rule says the rest.
        return request.method != "POST" or request.user.is_teacher

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        if request.method in SAFE_METHODS:
            return bool(obj.permissions.can_read(request.user, obj))
        return bool(obj.permissions.can_write(request.user, obj))


class KolibriAuthPermissionsFilter:
    """Leaves only the rows that the person may read, for every method.

    A row that may not be read is 404 whatever is tried; one that may be read but not written is 403.
    """

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        model: Any = queryset.model
        return model.readable_by(request.user, queryset)  # type: ignore[no-any-return]
