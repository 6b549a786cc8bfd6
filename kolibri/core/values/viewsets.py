"""The three viewsets, and the door that screens read through."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import TypeVar
from typing import cast

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db import models
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework import status
from rest_framework import viewsets
from rest_framework.exceptions import ParseError
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri.core.many_ids import in_ids
from kolibri.core.values import conditional
from kolibri.core.values.filters import is_idle
from kolibri.core.values.pages import ValuesPageNumberPagination
from kolibri.core.values.pages import stable
from kolibri.core.values.paths import follow
from kolibri.core.values.paths import key_of
from kolibri.core.values.plan import Item
from kolibri.core.values.plan import Nested
from kolibri.core.values.plan import Plan
from kolibri.core.values.plan import closest
from kolibri.core.values.reading import prepared
from kolibri.core.values.reading import select
from kolibri.core.values.returns import returns_items

M = TypeVar("M", bound=models.Model)

# Every concrete viewset class, for the checks of this module and of the auth app.
registry: list[type[BaseValuesViewset[Any]]] = []


class ConsolidateError(TypeError):
    """A viewset's `consolidate` did not return a list of items."""


class BaseValuesViewset(viewsets.GenericViewSet, Generic[M]):  # type: ignore[type-arg]
    """Registers no action of its own; `serialize` and `fetch` turn querysets into items.

    A row goes: get_queryset, filter_queryset, page, annotate_queryset, values, field_map, consolidate.
    Wrong declarations stop the class statement (TypeError), wrong names of fields a system check.
    """

    abstract: ClassVar[bool] = True
    values: ClassVar[tuple[str, ...]] = ()
    field_map: ClassVar[Mapping[str, str | Nested | Callable[[Item], Any]]] = {}
    # JSON columns and lists of ids or text that go into an answer as the database holds them;
    # `consolidate` cannot look into them.
    passthrough: ClassVar[tuple[str, ...]] = ()
    # Set where `queryset` and `annotate_queryset` are the same for every request, and rows are kept from a
    # person only by what `permission_classes` ask of an object, too. Its SQL is then put together once.
    steady: ClassVar[bool] = False
    # Set when `values` crosses a to-many relation on purpose and `consolidate` puts the rows together.
    multi_valued: ClassVar[bool] = False
    # The types of keys that no column tells: JSON, and what `consolidate` adds. For the API's description.
    shapes: ClassVar[Mapping[str, Any]] = {}
    # Most queries that a list of any length takes, those for the tag and the person's rights with it; a page's
    # count comes on top. Held by `kolibri.core.values.budgets`.
    query_budget: ClassVar[int | None] = None
    # For the API's description, too: the type of what an action of one's own answers, `@action(answer=list[X])`.
    answer: ClassVar[Any] = None
    # Models that `get_queryset` and `consolidate` read, so that other tables' changes leave an ETag as it is.
    watches: ClassVar[tuple[type[models.Model], ...] | None] = None
    plan: ClassVar[Plan]

    pagination_class: Any = ValuesPageNumberPagination

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.abstract = cls.__dict__.get("abstract", False)
        # A class that says neither what it reads nor how is a base for others, as the guide's short examples are.
        bare = cls.values == () and getattr(cls, "queryset", None) is None and not hasattr(cls, "plan")
        if cls.abstract or (bare and cls.get_queryset is BaseValuesViewset.get_queryset):
            return
        where = f"{cls.__module__}.{cls.__qualname__}"
        cls.plan = Plan(cls.values, cls.field_map, where)
        if not isinstance(cls.passthrough, tuple):
            raise TypeError(f"kolibri.E113: {where}.passthrough must be a tuple, not {cls.passthrough!r}")
        for name in sorted(set(cls.passthrough) - set(cls.values)):
            hint = closest(name, cls.values)
            raise TypeError(f"kolibri.E113: {where}.passthrough names {name!r}, which is not in values{hint}")
        if "consolidate" in cls.__dict__ and not returns_items(cls.consolidate):
            raise TypeError(f"kolibri.E121: {where}.consolidate can end without returning the items")
        if cls.steady and (cls.get_queryset is not BaseValuesViewset.get_queryset or cls.lookup_field != "pk"):
            raise TypeError(
                f"kolibri.E114: {where} is steady, so it reads its `queryset` and finds objects by their key"
            )
        registry.append(cls)

    @property
    def _consolidates(self) -> bool:
        return type(self).consolidate is not BaseValuesViewset.consolidate

    def annotate_queryset(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """Add computed columns; return the queryset."""
        return queryset

    def consolidate(self, items: list[Item], queryset: QuerySet[M]) -> list[Item]:
        """Add, drop or change items after they are mapped; return them."""
        return items

    def serialize(self, queryset: QuerySet[M], *, parsed: bool = False) -> list[Item]:
        """Return the items of a queryset, which may be sliced; with `parsed`, JSON is never passed through.

        Raises ConsolidateError, and FieldMapError where a `field_map` asks for a key in vain.
        """
        name = type(self).__name__
        items = prepared(self, queryset.db, parsed).items(queryset) if self.steady else None
        annotated = queryset
        if items is None or self._consolidates:
            annotated = self.annotate_queryset(queryset)
        if annotated is None:
            raise TypeError(f"{name}.annotate_queryset returned None; it must return the queryset")
        if items is None:
            rows, row = select(self.plan, annotated, () if parsed else self.passthrough)
            items = [row(values) for values in rows]
        return self._consolidated(items, annotated)

    def _consolidated(self, items: list[Item], queryset: QuerySet[M]) -> list[Item]:
        found: Any = self.consolidate(items, queryset)
        if found is None or isinstance(found, Mapping | str | bytes) or not isinstance(found, Iterable):
            name = type(self).__name__
            raise ConsolidateError(f"{name}.consolidate returned {type(found).__name__}; it must return the items")
        return found if isinstance(found, list) else list(found)

    @classmethod
    def fetch(cls, queryset: QuerySet[M]) -> list[Item]:
        """Return the items of `queryset` without a request: the door that screens use, too."""
        return cls().serialize(queryset, parsed=True)

    def serialize_object(self, **lookup: Any) -> Item:
        """Return the one item that the address, or `lookup`, names. Raises Http404."""
        if lookup:
            items = self.serialize(self.get_queryset().filter(**lookup))
        elif self.steady and not self.request.query_params:
            items = self._item_of_address()
        else:
            items = self.serialize(self.get_queryset().filter(pk=self.get_object().pk))
        if not items:
            raise Http404
        return items[0]

    def _item_of_address(self) -> list[Item]:
        """Return what `get_object` and `serialize` would, by statements that are ready."""
        queryset = cast(QuerySet[M], type(self).queryset)
        key = self._key(queryset)
        found = prepared(self, queryset.db, parsed=False).get(key, queryset.db)
        if found is None:
            raise Http404
        instance, item = found
        try:
            self.check_object_permissions(self.request, instance)
        except PermissionDenied:
            # As from a list that leaves it out.
            raise Http404 from None
        return self._consolidated([item], queryset.filter(pk=key)) if self._consolidates else [item]

    def filter_queryset(self, queryset: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
        """Return what the filter backends leave; one that has nothing to do is not asked."""
        for backend in self.filter_backends:
            if not is_idle(backend, self):
                queryset = backend().filter_queryset(self.request, queryset, self)
        return queryset

    def get_object(self) -> Any:
        """Return the row that the address names, after asking its permission. Raises Http404."""
        queryset = self.filter_queryset(self.get_queryset())
        key = self._key(queryset)
        if self.request.method not in SAFE_METHODS and connections[queryset.db].in_atomic_block:
            # Nobody changes the row between this look at it and the write; SQLite's transactions hold it anyway.
            queryset = queryset.select_for_update(of=("self",))
        # Nothing below is guarded: a fault in what is asked of the row is a fault, not a missing row.
        instance = queryset.filter(**{self.lookup_field: key}).first()
        if instance is None:
            raise Http404
        self.check_object_permissions(self.request, instance)
        return instance

    def _key(self, queryset: QuerySet[M]) -> Any:
        text = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        try:
            return key_of(follow(queryset.model, self.lookup_field).field, text, queryset.db)
        except ValueError:
            raise Http404 from None

    def get_serializer_class(self) -> Any:
        """Return the serializer of writes; an empty one where nothing can be written."""
        return self.serializer_class or serializers.Serializer


class ReadOnlyValuesViewset(BaseValuesViewset[M]):
    """List and retrieve."""

    abstract = True

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return conditional.unchanged(self, request) or conditional.mark(self._listed(), request)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return conditional.unchanged(self, request) or conditional.mark(Response(self.serialize_object()), request)

    def _listed(self) -> Response:
        queryset = stable(self.filter_queryset(self.get_queryset()))
        page: Any = self.paginate_queryset(queryset)
        if page is None:
            return Response(self.serialize(queryset))
        if not isinstance(page, QuerySet):
            # Another library's paginator, which has read its rows.
            page = queryset.filter(in_ids("pk", [row.pk for row in page]))
        return self.get_paginated_response(self.serialize(page))


class ValuesViewset(ReadOnlyValuesViewset[M]):
    """List, retrieve, create, update, partial update and destroy.

    Each write is one transaction, and the permission is asked again about the row as it became.
    Answers have the shape of a read, whatever the address would filter out.
    """

    abstract = True

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self._serializer(data=_object(request))
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(self._written(serializer.instance), status=status.HTTP_201_CREATED)

    @transaction.atomic
    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        instance = self.get_object()
        serializer = self._serializer(instance, data=_object(request), partial=partial)
        serializer.is_valid(raise_exception=True)
        self.perform_update(serializer)
        return Response(self._written(serializer.instance))

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.update(request, *args, partial=True, **kwargs)

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        self.perform_destroy(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def perform_create(self, serializer: Any) -> None:
        serializer.save()

    def perform_update(self, serializer: Any) -> None:
        serializer.save()

    def perform_destroy(self, instance: Any) -> None:
        instance.delete()

    def _serializer(self, *args: Any, **kwargs: Any) -> Any:
        serializer = self.get_serializer(*args, **kwargs)
        if type(serializer) is serializers.Serializer:
            raise ImproperlyConfigured(f"{type(self).__name__} accepts writes but has no serializer_class")
        return serializer

    def _written(self, instance: Any) -> Item:
        self.check_object_permissions(self.request, instance)
        items = self.serialize(self.get_queryset().filter(pk=instance.pk))
        if not items:
            # The write itself may have moved the row out of what this view lists.
            items = self.serialize(type(instance)._base_manager.filter(pk=instance.pk))
        if not items:
            raise Http404
        return items[0]


def _object(request: Request) -> Any:
    """Return the body, which must be an object. Raises ParseError (400)."""
    if not isinstance(request.data, Mapping):
        raise ParseError(_("Send one object, not a list or a value."))
    return request.data
