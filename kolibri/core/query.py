"""Array and count aggregates as correlated subqueries.

A join with GROUP BY multiplies one aggregate's rows by another's and reads the whole table
before a LIMIT; a subquery per row does neither, and gives the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any
from typing import TypeVar

from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import FieldError
from django.db import connections
from django.db import models
from django.db.models import F
from django.db.models import OuterRef
from django.db.models import Q
from django.db.models import QuerySet
from django.db.models import Subquery

M = TypeVar("M", bound=models.Model)

_ELEMENT = "_element"


class _JSONArraySubquery(Subquery):
    """`[...]` of the subquery's single column, as Python values of that column's type."""

    template = f"(SELECT json_group_array({_ELEMENT}) FROM (%(subquery)s) AS _elements)"

    def _resolve_output_field(self) -> models.Field[Any, Any]:
        return _JSONArray(self.query.output_field)


class _JSONArray(models.TextField):  # type: ignore[type-arg]
    """Reads what json_group_array writes; each element goes through the column's own conversion."""

    def __init__(self, element: models.Field[Any, Any]) -> None:
        self.element = element
        super().__init__()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> list[Any]:
        if not value or value == "[]":
            return []
        found = json.loads(value)
        if hasattr(self.element, "from_db_value"):
            return [self.element.from_db_value(one, expression, connection) for one in found]
        if isinstance(found[0], str) and isinstance(self.element, models.CharField | models.TextField):
            return found  # type: ignore[no-any-return]
        return [self.element.to_python(one) for one in found]


def _child_rows(queryset: QuerySet[M], path: str) -> tuple[QuerySet[Any], str, str]:
    """Return the rows to aggregate for one row of `queryset`, the rest of the path, and its first hop.

    A path that starts with a reverse foreign key starts from the child's table: one join less.
    """
    first, _, rest = path.partition("__")
    try:
        hop: Any = queryset.model._meta.get_field(first)
    except FieldDoesNotExist:
        names = ", ".join(sorted(field.name for field in queryset.model._meta.get_fields()))
        raise FieldError(
            f"Cannot resolve {first!r} of {path!r} on {queryset.model.__name__}. Choices are: {names}"
        ) from None
    if hop.one_to_many and hasattr(hop, "field"):
        rows = hop.related_model._base_manager.using(queryset.db).filter(**{hop.field.name: OuterRef("pk")})
        return rows, rest or "pk", first
    return queryset.model._base_manager.using(queryset.db).filter(pk=OuterRef("pk")), path, ""


def _below(condition: Q, hop: str) -> Q:
    """Return `condition` as seen from the child's table: without the first hop of each name."""
    if not hop:
        return condition
    moved = Q(_connector=condition.connector, _negated=condition.negated)
    for child in condition.children:
        if isinstance(child, Q):
            moved.children.append(_below(child, hop))
        elif isinstance(child, tuple) and child[0].startswith(f"{hop}__"):
            moved.children.append((child[0].removeprefix(f"{hop}__"), child[1]))
        else:
            raise FieldError(f"A filter of this aggregate starts with {hop!r}; {child!r} does not.")
    return moved


def _postgresql_array(rows: QuerySet[Any]) -> Subquery:
    # Its import needs a driver, which a desktop does not have.
    from django.contrib.postgres.expressions import ArraySubquery

    return ArraySubquery(rows)


def annotate_array_aggregate(
    queryset: QuerySet[M],
    *,
    filter: Q | None = None,
    distinct: bool = False,
    order_by: str | None = None,
    **paths: str,
) -> QuerySet[M]:
    """Return `queryset` with a list per row for each `name="path__to__field"`.

    Elements keep their type, are sorted by value (or by `order_by`, a path from the model) and
    never null; no related rows give `[]`. Separate related rows with equal values stay separate
    unless `distinct`. `filter` narrows the related rows; its names start at the model, as the
    paths do. Two aggregates do not multiply each other.

    Raises FieldError for a path that does not exist.
    """
    vendor = connections[queryset.db].vendor
    added: dict[str, Any] = {}
    for name, path in paths.items():
        rows, rest, hop = _child_rows(queryset, path)
        if filter is not None:
            rows = rows.filter(_below(filter, hop))
        # Named before it is filtered on: a second mention of a to-many path opens a second join.
        rows = rows.order_by().annotate(**{_ELEMENT: F(rest)}).filter(**{f"{_ELEMENT}__isnull": False})
        order = order_by.removeprefix(f"{hop}__") if order_by and hop else order_by
        rows = rows.order_by(order or _ELEMENT).values(_ELEMENT)
        if distinct:
            rows = rows.distinct()
        added[name] = _postgresql_array(rows) if vendor == "postgresql" else _JSONArraySubquery(rows)
    annotated: QuerySet[M] = queryset.annotate(**added)
    return annotated


def count_subquery(queryset: QuerySet[M], path: str, *, filter: Q | None = None) -> Subquery:
    """Return how many rows `path` reaches from each row, for `annotate`; counts without joining."""
    rows, rest, hop = _child_rows(queryset, path)
    if filter is not None:
        rows = rows.filter(_below(filter, hop))
    rows = rows.order_by().annotate(**{_ELEMENT: F(rest)}).filter(**{f"{_ELEMENT}__isnull": False})
    counted = rows.annotate(_all=models.Value(1)).values("_all").annotate(_count=models.Count("*")).values("_count")
    return Subquery(counted, output_field=models.IntegerField())


class _JSONEach(models.Func):
    """The set of ids in a JSON list, given as one parameter."""

    template = "(SELECT value FROM json_each(%(expressions)s))"

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        return self.as_sql(
            compiler, connection, template="(SELECT jsonb_array_elements_text(%(expressions)s::jsonb))", **extra
        )


def in_ids(field: str, ids: Iterable[str], *, using: str = "default") -> Q:
    """Return the condition that `field` is one of `ids`, any number of them, as a single parameter.

    For text and morango's id columns on SQLite; elsewhere it is a plain IN.
    """
    ids = list(ids)
    if connections[using].vendor != "sqlite" or len(ids) < 100:
        return Q(**{f"{field}__in": ids})
    listed = _JSONEach(models.Value(json.dumps(ids)), output_field=models.TextField())
    return Q(**{f"{field}__in": listed})
