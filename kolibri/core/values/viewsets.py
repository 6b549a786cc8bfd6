"""The three viewsets, and the door that screens read through."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db import models
from django.db import transaction
from django.db.models import F
from django.db.models import Func
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework import status
from rest_framework import viewsets
from rest_framework.exceptions import ParseError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri.core.many_ids import in_ids
from kolibri.core.query import ArrayOfSubquery
from kolibri.core.values import conditional
from kolibri.core.values.pages import ValuesPageNumberPagination
from kolibri.core.values.pages import stable
from kolibri.core.values.paths import UnknownName
from kolibri.core.values.paths import follow
from kolibri.core.values.paths import key_of
from kolibri.core.values.plan import Item
from kolibri.core.values.plan import Nested
from kolibri.core.values.plan import Plan
from kolibri.core.values.plan import closest
from kolibri.core.values.rendering import orjson

M = TypeVar("M", bound=models.Model)

# Every concrete viewset class, for the checks of this module and of the auth app.
registry: list[type[BaseValuesViewset[Any]]] = []


class ConsolidateError(TypeError):
    """A viewset's `consolidate` did not return a list of items."""


class _RawJSON(models.TextField):  # type: ignore[type-arg]
    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        # A peer may have left the column empty.
        return orjson.Fragment(value) if value else None


class _AsIs(Func):
    """A JSON column, or a list that the database makes, that goes from the database to the answer without being parsed."""

    template = "%(expressions)s"

    def __init__(self, name: str) -> None:
        super().__init__(F(name), output_field=_RawJSON())


class BaseValuesViewset(viewsets.GenericViewSet, Generic[M]):  # type: ignore[type-arg]
    """Registers no action of its own; `serialize` and `fetch` turn querysets into items.

    A row goes: get_queryset, filter_queryset, page, annotate_queryset, values, field_map, consolidate.
    Wrong declarations stop the class statement (TypeError), wrong names of fields a system check.
    """

    abstract: ClassVar[bool] = True
    values: ClassVar[Any] = ()
    field_map: ClassVar[Mapping[str, str | Nested | Callable[[Item], Any]]] = {}
    # JSON columns and lists of ids or text that go into an answer as the database holds them;
    # `consolidate` cannot look into them.
    passthrough: ClassVar[tuple[str, ...]] = ()
    # Set when `values` crosses a to-many relation on purpose and `consolidate` puts the rows together.
    multi_valued: ClassVar[bool] = False
    # The types of keys that no column tells: JSON, and what `consolidate` adds. For the API's description.
    shapes: ClassVar[Mapping[str, Any]] = {}
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
        registry.append(cls)

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
        annotated = self.annotate_queryset(queryset)
        if annotated is None:
            raise TypeError(f"{name}.annotate_queryset returned None; it must return the queryset")
        raw = self._raw(annotated) if orjson is not None and not parsed else ()
        columns = _columns(self.plan, annotated, raw)
        row = self.plan.row_of(columns)
        named = (_AsIs(column) if column in raw else column for column in dict.fromkeys(columns))
        items: Any = self.consolidate([row(values) for values in annotated.values_list(*named)], annotated)
        if items is None or isinstance(items, Mapping | str | bytes) or not isinstance(items, Iterable):
            raise ConsolidateError(f"{name}.consolidate returned {type(items).__name__}; it must return the items")
        return items if isinstance(items, list) else list(items)

    def _raw(self, queryset: QuerySet[M]) -> tuple[str, ...]:
        added = queryset.query.annotations
        lists = {name: one for name in self.passthrough if isinstance(one := added.get(name), ArrayOfSubquery)}
        if not lists:
            return self.passthrough
        connection = connections[queryset.db]
        return tuple(name for name in self.passthrough if name not in lists or lists[name].is_json(connection))

    @classmethod
    def fetch(cls, queryset: QuerySet[M]) -> list[Item]:
        """Return the items of `queryset` without a request: the door that screens use, too."""
        return cls().serialize(queryset, parsed=True)

    def serialize_object(self, **lookup: Any) -> Item:
        """Return the one item that the address, or `lookup`, names. Raises Http404."""
        if not lookup:
            lookup = {"pk": self.get_object().pk}
        items = self.serialize(self.get_queryset().filter(**lookup))
        if not items:
            raise Http404
        return items[0]

    def get_object(self) -> Any:
        """Return the row that the address names, after asking its permission. Raises Http404."""
        queryset = self.filter_queryset(self.get_queryset())
        text = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        try:
            key = key_of(follow(queryset.model, self.lookup_field).field, text, queryset.db)
        except ValueError:
            raise Http404 from None
        if self.request.method not in SAFE_METHODS and connections[queryset.db].in_atomic_block:
            # Nobody changes the row between this look at it and the write; SQLite's transactions hold it anyway.
            queryset = queryset.select_for_update(of=("self",))
        # Nothing below is guarded: a fault in what is asked of the row is a fault, not a missing row.
        instance = queryset.filter(**{self.lookup_field: key}).first()
        if instance is None:
            raise Http404
        self.check_object_permissions(self.request, instance)
        return instance

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


def _columns(plan: Plan, queryset: QuerySet[Any], raw: tuple[str, ...]) -> tuple[str, ...]:
    """Return the column that each value is read from: `collection` and `collection__id` are one."""
    added = frozenset(queryset.query.annotations)
    key = (queryset.model, added, raw)
    if key not in plan.columns:
        plan.columns[key] = tuple(
            value if value in added or value in raw else _column(queryset.model, value) for value in plan.values
        )
    return plan.columns[key]


def _column(model: type[models.Model], value: str) -> str:
    try:
        return follow(model, value).column
    except UnknownName:
        # Reading it raises Django's own FieldError, which lists the choices.
        return value


def _object(request: Request) -> Any:
    """Return the body, which must be an object. Raises ParseError (400)."""
    if not isinstance(request.data, Mapping):
        raise ParseError(_("Send one object, not a list or a value."))
    return request.data


def returns_items(function: Any) -> bool:
    """Return False when the source of a `consolidate` shows that it can end without a value.

    Without its source nothing is known, and True is returned; `serialize` looks at what comes out.
    """
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        return True
    if not isinstance(tree, ast.FunctionDef):
        return True
    found = _Returns()
    for statement in tree.body:
        found.visit(statement)
    return found.yields or (_ends(tree.body) and not found.bare)


def _ends(body: list[ast.stmt]) -> bool:
    """Return whether a block never runs past its last statement."""
    last = body[-1]
    match last:
        case ast.Return() | ast.Raise():
            return True
        case ast.If():
            return bool(last.orelse) and _ends(last.body) and _ends(last.orelse)
        case ast.With():
            return _ends(last.body)
        case ast.While():
            endless = isinstance(last.test, ast.Constant) and bool(last.test.value)
            return endless and not any(isinstance(node, ast.Break) for node in ast.walk(last))
        case ast.Try():
            tried = _ends(last.orelse) if last.orelse else _ends(last.body)
            handled = all(_ends(handler.body) for handler in last.handlers)
            return (tried and handled) or (bool(last.finalbody) and _ends(last.finalbody))
        case ast.Match():
            whole = any(isinstance(one.pattern, ast.MatchAs) and one.pattern.pattern is None for one in last.cases)
            return whole and all(_ends(one.body) for one in last.cases)
    return False


class _Returns(ast.NodeVisitor):
    """Looks for `return` without a value and for `yield`, not inside functions within."""

    bare = False
    yields = False

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None or (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.bare = True
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield) -> None:
        self.yields = True

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.yields = True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        return

    def visit_Lambda(self, node: ast.Lambda) -> None:
        return
