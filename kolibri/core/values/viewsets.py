"""The three viewsets, and the door that screens read through."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any
from typing import ClassVar
from typing import Generic
from typing import TypeVar

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import FieldError
from django.core.exceptions import ValidationError
from django.db import models
from django.db import transaction
from django.db.models import F
from django.db.models import Func
from django.db.models import QuerySet
from django.http import Http404
from rest_framework import status
from rest_framework import viewsets
from rest_framework.exceptions import ParseError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri.core.values.pages import ValuesPageNumberPagination
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
        return None if value is None else orjson.Fragment(value)


class _AsIs(Func):
    """A JSON column that goes from the database to the answer without being parsed."""

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
    # JSON columns that `consolidate` does not look into.
    passthrough: ClassVar[tuple[str, ...]] = ()
    # Set when `values` crosses a to-many relation on purpose and `consolidate` puts the rows together.
    multi_valued: ClassVar[bool] = False
    query_budget: ClassVar[int | None] = None
    plan: ClassVar[Plan]

    pagination_class = ValuesPageNumberPagination

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.abstract = cls.__dict__.get("abstract", False)
        if cls.abstract:
            return
        where = f"{cls.__module__}.{cls.__qualname__}"
        cls.plan = Plan(cls.values, cls.field_map, where)
        if not _returns_items(cls.consolidate):
            raise TypeError(f"kolibri.E121: {where}.consolidate can end without returning the items")
        registry.append(cls)

    def annotate_queryset(self, queryset: QuerySet[M]) -> QuerySet[M]:
        """Add computed columns; return the queryset."""
        return queryset

    def consolidate(self, items: list[Item], queryset: QuerySet[M]) -> list[Item]:
        """Add, drop or change items after they are mapped; return them."""
        return items

    def serialize(self, queryset: QuerySet[M]) -> list[Item]:
        """Return the items of an unsliced or sliced queryset. Raises ConsolidateError."""
        name = type(self).__name__
        annotated = self.annotate_queryset(queryset)
        if annotated is None:
            raise TypeError(f"{name}.annotate_queryset returned None; it must return the queryset")
        raw = self.passthrough if orjson is not None else ()
        rows = annotated.values_list(*(_AsIs(value) if value in raw else value for value in self.plan.values))
        items: Any = self.consolidate([self.plan.row(row) for row in rows], annotated)
        if items is None or isinstance(items, dict | str):
            raise ConsolidateError(f"{name}.consolidate returned {type(items).__name__}; it must return the items")
        return items if isinstance(items, list) else list(items)

    @classmethod
    def fetch(cls, queryset: QuerySet[M]) -> list[Item]:
        """Return the items of `queryset` without a request: the door that screens use, too."""
        return cls().serialize(queryset)

    def serialize_object(self, **lookup: Any) -> Item:
        """Return the one item that the address, or `lookup`, names. Raises Http404."""
        instance = None
        if not lookup:
            instance = self.get_object()
            lookup = {"pk": instance.pk}
        items = self.serialize(self.get_queryset().filter(**lookup))
        if not items:
            raise Http404
        return items[0]

    def get_object(self) -> Any:
        """Return the row that the address names, after asking its permission. Raises Http404."""
        key = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        try:
            instance = self.filter_queryset(self.get_queryset()).filter(**{self.lookup_field: key}).first()
        except (TypeError, ValueError, ValidationError):
            # A key that the column cannot hold; what follows is not guarded, so that real faults show.
            raise Http404 from None
        if instance is None:
            raise Http404
        self.check_object_permissions(self.request, instance)
        return instance


class ReadOnlyValuesViewset(BaseValuesViewset[M]):
    """List and retrieve."""

    abstract = True

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        queryset = self.filter_queryset(self.get_queryset())
        by_number = isinstance(self.paginator, PageNumberPagination)
        # A page of keys first: no row is built twice, and none as a model where the page needs no columns.
        page = self.paginate_queryset(queryset.values_list("pk", flat=True) if by_number else queryset)
        if page is None:
            return Response(self.serialize(queryset))
        keys = list(page) if by_number else [row.pk for row in page]
        items = self.serialize(queryset.model._base_manager.using(queryset.db).filter(pk__in=keys))
        place = {key: number for number, key in enumerate(keys)}
        if all("id" in item for item in items):
            items.sort(key=lambda item: place.get(item["id"], len(place)))
        return self.get_paginated_response(items)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return Response(self.serialize_object())


class ValuesViewset(ReadOnlyValuesViewset[M]):
    """List, retrieve, create, update, partial update and destroy.

    Each write is one transaction, and the permission is asked again about the row as it became.
    Answers have the shape of a read, whatever the address would filter out.
    """

    abstract = True

    @transaction.atomic
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=_object(request))
        serializer.is_valid(raise_exception=True)
        self.perform_create(serializer)
        return Response(self._written(serializer.instance), status=status.HTTP_201_CREATED)

    @transaction.atomic
    def update(self, request: Request, *args: Any, partial: bool = False, **kwargs: Any) -> Response:
        instance = self.get_object()
        serializer = self.get_serializer(instance, data=_object(request), partial=partial)
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

    def _written(self, instance: Any) -> Item:
        self.check_object_permissions(self.request, instance)
        items = self.serialize(self.get_queryset().model._base_manager.filter(pk=instance.pk))
        if not items:
            raise Http404
        return items[0]


def _object(request: Request) -> Any:
    """Return the body, which must be an object. Raises ParseError (400)."""
    if not isinstance(request.data, Mapping):
        raise ParseError("Send one object, not a list or a value.")
    return request.data


def _returns_items(function: Any) -> bool:
    """Return False when the source of a `consolidate` shows that it can end without a value."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError, IndentationError):
        return True
    if not isinstance(tree, ast.FunctionDef):
        return True
    found = _Returns()
    for statement in tree.body:
        found.visit(statement)
    return not found.bare and (found.valued or isinstance(tree.body[-1], ast.Raise))


class _Returns(ast.NodeVisitor):
    """Looks for `return` with and without a value, not inside functions within."""

    valued = False
    bare = False

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self.bare = True
        else:
            self.valued = True

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        return

    def visit_Lambda(self, node: ast.Lambda) -> None:
        return


def crosses_to_many(model: type[models.Model], path: str) -> bool:
    """Return whether `path` repeats rows. Raises FieldDoesNotExist for a wrong name."""
    many = False
    at: Any = model
    for part in path.split("__"):
        if at is None:
            raise FieldDoesNotExist(path)
        found = at._meta.pk if part == "pk" else None
        if found is None:
            by_column = (field for field in at._meta.concrete_fields if field.attname == part)
            found = next(by_column, None) or at._meta.get_field(part)
        many = many or bool(found.one_to_many or found.many_to_many)
        at = found.related_model if found.is_relation else None
    return many


@checks.register("kolibri")
def check_viewsets(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Check every viewset's names against its model, without a query."""
    return [message for viewset in registry for message in check_viewset(viewset)] if apps.models_ready else []


def check_viewset(viewset: type[BaseValuesViewset[Any]]) -> list[checks.CheckMessage]:
    """Return what is wrong with one viewset's declarations."""
    from_class = f"{viewset.__module__}.{viewset.__qualname__}"
    queryset: Any = getattr(viewset, "queryset", None)
    if queryset is None:
        return []
    try:
        annotated = viewset().annotate_queryset(queryset.none())
        added = set(annotated.query.annotations)
    except (FieldError, AttributeError, TypeError) as error:
        text = f"{from_class}.annotate_queryset failed on an empty queryset: {error}"
        return [checks.Error(text, id="kolibri.E105")]
    found: list[checks.CheckMessage] = []
    model = queryset.model
    names = sorted(field.name for field in model._meta.get_fields())
    for value in viewset.plan.values:
        if value in added:
            continue
        try:
            many = crosses_to_many(model, value)
        except FieldDoesNotExist:
            hint = closest(value, [*names, *added])
            text = f"{from_class}.values: {model.__name__} has no field {value!r}{hint}"
            found.append(checks.Error(text, id="kolibri.E101"))
            continue
        if many and not viewset.multi_valued:
            text = f"{from_class}.values: {value!r} crosses a to-many relation and would repeat rows"
            hint = "Aggregate it with annotate_array_aggregate, or set multi_valued and put the rows together."
            found.append(checks.Error(text, hint=hint, id="kolibri.E103"))
    unused = sorted(added - set(viewset.plan.values) - set(queryset.query.annotations))
    for name in unused:
        text = f"{from_class}.annotate_queryset adds {name!r}, which is not in values"
        found.append(checks.Warning(text, id="kolibri.W104"))
    writes = issubclass(viewset, ValuesViewset)
    if writes and viewset.serializer_class is None and "get_serializer_class" not in viewset.__dict__:
        text = f"{from_class} accepts writes but has no serializer_class"
        found.append(checks.Warning(text, id="kolibri.W109"))
    return found
