"""Pages and order, by the names that clients see."""

from __future__ import annotations

import base64
import functools
import json
from typing import Any
from typing import NamedTuple

from django.core.exceptions import EmptyResultSet
from django.core.exceptions import FieldError
from django.core.paginator import InvalidPage
from django.core.paginator import Paginator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Count
from django.db.models import F
from django.db.models import Q
from django.db.models import QuerySet
from django.db.models import Value
from django.db.models.lookups import Exact
from django.db.models.lookups import GreaterThan
from django.db.models.lookups import LessThan
from django.db.models.sql import Query
from django.db.models.sql.constants import SINGLE
from django.utils.translation import gettext as _
from rest_framework import filters
from rest_framework.exceptions import NotFound
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from kolibri.core.many_ids import in_ids
from kolibri.core.values.paths import UnknownName
from kolibri.core.values.paths import follow
from kolibri.core.values.paths import key_of

MOST_ROWS = 1000
ROWS = 100


def order_of(queryset: QuerySet[Any]) -> tuple[Any, ...]:
    """Return what the queryset is ordered by, the model's own order if it says nothing else."""
    query = queryset.query
    own = queryset.model._meta.ordering if query.default_ordering else ()
    return tuple(query.order_by or own or ())


def stable(queryset: QuerySet[Any]) -> QuerySet[Any]:
    """Return the queryset with its ties broken by the key, so that pages never overlap."""
    query = queryset.query
    if query.is_sliced or query.combinator or query.distinct_fields or query.extra_order_by:
        return queryset
    key = queryset.model._meta.pk
    keys = {"pk", key.name, key.attname} if key else {"pk"}
    order = order_of(queryset)
    if any(isinstance(name, str) and name.lstrip("+-") in keys for name in order):
        return queryset
    return queryset.order_by(*order, "pk")


def _page_size(request: Request, default: int | None) -> int | None:
    """Return the size that was asked for, capped. Raises ValidationError for what is no size."""
    asked = request.query_params.get("page_size", "")
    if not asked:
        return default
    if not (asked.isascii() and asked.isdigit() and asked.strip("0")):
        raise ValidationError({"page_size": _("Give a number of rows, 1 or more.")})
    return min(int(asked[:9]), MOST_ROWS)


def count_of(queryset: QuerySet[Any]) -> int:
    """Return `queryset.count()`; where it is one table with conditions, by a query that is ready but for these."""
    asked = queryset.query
    joined = any(count for alias, count in asked.alias_refcount.items() if alias != asked.get_initial_alias())
    own = asked.annotations or asked.distinct or asked.combinator or asked.extra or asked.is_sliced
    if joined or own or asked.group_by is not None:
        return queryset.count()
    model: Any = queryset.model
    query = _counting(model).clone()
    query.where = asked.where.clone()
    try:
        row = query.get_compiler(queryset.db).execute_sql(SINGLE)
    except EmptyResultSet:
        row = None
    return int(row[0]) if row else 0


@functools.cache
def _counting(model: Any) -> Query:
    query: Query = model._base_manager.order_by().query.clone()
    query.get_initial_alias()
    query.default_cols = False
    query.add_annotation(Count("*"), "count", select=True)
    return query


class _Paginator(Paginator):  # type: ignore[type-arg]
    @functools.cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return count_of(rows) if isinstance(rows, QuerySet) else len(rows)


class ValuesPageNumberPagination(PageNumberPagination):
    """`?page_size=30&page=2`; without either the whole list is sent, as peers do.

    The page stays a queryset: its rows are read once, and nothing is built as a model.
    """

    page_size = None
    page_size_query_param = "page_size"
    max_page_size = MOST_ROWS
    django_paginator_class = _Paginator

    def get_page_size(self, request: Request) -> int | None:
        default = self.page_size or (ROWS if self.page_query_param in request.query_params else None)
        return _page_size(request, default)

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        size = self.get_page_size(request)
        if not size:
            return None
        self.request = request
        try:
            self.page = self.django_paginator_class(queryset, size).page(
                request.query_params.get(self.page_query_param) or 1
            )
        except InvalidPage:
            raise NotFound(_("There is no such page.")) from None
        return self.page.object_list

    def get_paginated_response(self, data: Any) -> Response:
        assert self.page is not None
        paginator = self.page.paginator
        return Response({"count": paginator.count, "total_pages": paginator.num_pages, "results": data})


class _Step(NamedTuple):
    """One column of an order."""

    name: str
    down: bool
    field: Any


class ValuesCursorPagination(BasePagination):
    """`?page_size=100&cursor=...`: pages that go on after a row, whatever is added or deleted meanwhile.

    The answer holds the addresses of the next and the previous page. Costs two queries and no count.
    The order is the queryset's; only columns that are never null can be gone on from.
    """

    page_size = ROWS
    cursor_query_param = "cursor"

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> Any:
        self.request = request
        size = _page_size(request, self.page_size) or self.page_size
        steps = self._steps(queryset)
        cursor = request.query_params.get(self.cursor_query_param)
        forward, start = self._decode(cursor, steps) if cursor else (True, None)
        rows = queryset if start is None else queryset.filter(_beyond(steps, start, forward))
        signs = [("-" if step.down is forward else "") + step.name for step in steps]
        found = list(rows.order_by(*signs).values_list(*(step.name for step in steps))[: size + 1])
        more = len(found) > size
        found = found[:size] if forward else found[:size][::-1]
        came_on = start is not None
        self.next = self._encode(True, found[-1], steps) if found and (more if forward else came_on) else None
        self.previous = self._encode(False, found[0], steps) if found and (came_on if forward else more) else None
        return queryset.filter(in_ids("pk", [row[-1] for row in found]))

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self._link(self.next), "previous": self._link(self.previous), "results": data})

    def _link(self, cursor: str | None) -> str | None:
        address = self.request.build_absolute_uri()
        return replace_query_param(address, self.cursor_query_param, cursor) if cursor else None

    def _steps(self, queryset: QuerySet[Any]) -> list[_Step]:
        steps: dict[str, _Step] = {}
        for name in order_of(queryset):
            column = name.lstrip("+-") if isinstance(name, str) else ""
            try:
                path = follow(queryset.model, column)
            except UnknownName:
                path = None
            if path is None or path.many or path.nullable:
                text = _("Pages cannot go on by “%(name)s”; choose another order.") % {"name": column or str(name)}
                raise ValidationError({"ordering": text})
            steps.setdefault(column, _Step(column, str(name).startswith("-"), path.field))
        key = queryset.model._meta.pk
        # The key decides last, and what follows it decides nothing.
        kept = [step for step in steps.values() if step.field is not key]
        keyed = [step for step in steps.values() if step.field is key]
        return [*kept, _Step("pk", keyed[0].down if keyed else False, key)]

    def _encode(self, forward: bool, row: Any, steps: list[_Step]) -> str:
        values = [_target(step.field).get_prep_value(value) for step, value in zip(steps, row, strict=True)]
        text = json.dumps([forward, values], cls=DjangoJSONEncoder, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _decode(self, cursor: str, steps: list[_Step]) -> tuple[bool, list[Any]]:
        try:
            forward, values = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4)))
            for step, value in zip(steps, values, strict=True):
                if value is None or isinstance(value, list | dict):
                    raise ValueError(value)
                if isinstance(value, int) and abs(value) >= 2**63:
                    raise ValueError(value)
                key_of(step.field, value)
            return bool(forward), [
                _target(step.field).to_python(value) for step, value in zip(steps, values, strict=True)
            ]
        except (ValueError, TypeError, RecursionError):
            text = _("This place in the list is damaged; begin at its first page.")
            raise ValidationError({self.cursor_query_param: text}) from None


def _target(field: Any) -> Any:
    return getattr(field, "target_field", field)


def _beyond(steps: list[_Step], start: list[Any], forward: bool) -> Q:
    """Return the condition that a row comes after `start`, or before it."""
    beyond = Q()
    same = Q()
    for step, value in zip(steps, start, strict=True):
        at = Value(value, output_field=_target(step.field))
        # The plain comparisons of the column's text or number, as the order uses, not the field's own lookups.
        compare = LessThan if step.down is forward else GreaterThan
        beyond |= same & Q(compare(F(step.name), at))
        same &= Q(Exact(F(step.name), at))
    return beyond


class ValuesOrderingFilter(filters.OrderingFilter):
    """`?ordering=active,-classroom.name` by public names; an unknown name is a 400."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        asked = [name.strip() for name in request.query_params.get(self.ordering_param, "").split(",") if name.strip()]
        if not asked:
            return queryset
        names = view.plan.public_sources()  # type: ignore[attr-defined]
        order = []
        for name in asked:
            source = names.get(name.removeprefix("-"))
            if source is None or not _sorts(queryset, source):
                raise ValidationError({self.ordering_param: _("There is no “%(name)s” to sort by.") % {"name": name}})
            order.append(f"-{source}" if name.startswith("-") else source)
        return stable(queryset.order_by(*order))


def _sorts(queryset: QuerySet[Any], name: str) -> bool:
    """Return whether rows have one value under `name` before anything is added to them."""
    if name in queryset.query.annotations:
        return True
    try:
        return not follow(queryset.model, name).many
    except (UnknownName, FieldError):
        return False
