"""Array and count aggregates as correlated subqueries, and a lookup for any number of ids.

A join with GROUP BY multiplies one aggregate's rows by another's and reads the whole table
before a LIMIT; a subquery per row does neither, and gives the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar

from django.core.exceptions import EmptyResultSet
from django.core.exceptions import FieldDoesNotExist
from django.core.exceptions import FieldError
from django.db import models
from django.db.models import F
from django.db.models import Func
from django.db.models import OuterRef
from django.db.models import Q
from django.db.models import QuerySet
from django.db.models import Subquery
from django.db.models.functions import Coalesce

M = TypeVar("M", bound=models.Model)
if TYPE_CHECKING:
    _Lookup = models.Lookup[Any]
    _TextField = models.TextField[Any, Any]
else:
    _Lookup = models.Lookup
    _TextField = models.TextField

_ELEMENT = "_element"


class _Bytewise(Func):
    """Text sorted by its bytes, as SQLite sorts, also where the database has a language."""

    template = "%(expressions)s"
    arity = 1

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        field = getattr(self.output_field, "target_field", self.output_field)
        text = isinstance(field, models.CharField | models.TextField)
        plain = not text or field.db_type(connection) == "uuid"
        template = None if plain else '(%(expressions)s COLLATE "C")'
        return self.as_sql(compiler, connection, template=template, **extra)


class _List(_TextField):
    """Reads SQLite's JSON text and PostgreSQL's array; each element as its own column would be read."""

    def __init__(self, element: Any) -> None:
        self.element = element
        super().__init__()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[Any]:
        found: list[Any] = json.loads(value) if isinstance(value, str) else list(value or ())
        if found:
            for convert in self._converters(connection):
                found = [convert(one, self.element, connection) for one in found]
        return found

    def _converters(self, connection: Any) -> Any:
        return connection.ops.get_db_converters(self.element) + self.element.get_db_converters(connection)


class _Array(Subquery):
    """The single column of a subquery as a list."""

    template = "ARRAY(%(subquery)s)"

    @cached_property
    def output_field(self) -> Any:
        return _List(self.query.annotations[_ELEMENT])

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = f"(SELECT json_group_array({_ELEMENT}) FROM (%(subquery)s) AS _elements)"
        return self.as_sql(compiler, connection, template=template, **extra)


class _Related:
    """The rows that a path reaches from each row of a queryset.

    A path that starts with a reverse foreign key starts from the child's table: one join less.
    Any other starts from the row itself. Raises FieldError for a first part that does not exist.
    """

    def __init__(self, queryset: QuerySet[Any], path: str) -> None:
        model = queryset.model
        first, _, rest = path.partition("__")
        try:
            hop: Any = model._meta.pk if first == "pk" else model._meta.get_field(first)
        except FieldDoesNotExist:
            names = ", ".join(sorted(field.name for field in model._meta.get_fields()))
            text = f"Cannot resolve {first!r} of {path!r} on {model.__name__}. Choices are: {names}"
            raise FieldError(text) from None
        # A GenericRelation is to-many too, but has no foreign key to start from.
        by_child = bool(hop.one_to_many and hop.auto_created)
        self.hop = first if by_child else ""
        self.rest = (rest or "pk") if by_child else path
        if by_child:
            own = OuterRef(hop.field.target_field.name)
            self.rows: QuerySet[Any] = hop.related_model._base_manager.filter(**{hop.field.name: own})
        else:
            self.rows = model._base_manager.filter(pk=OuterRef("pk"))

    def elements(self, condition: Q | None) -> QuerySet[Any]:
        """Return the rows with the path's value in one column, those without a value left out."""
        rows = self.rows if condition is None else self.rows.filter(self.below(condition))
        # Named before it is filtered on: a second mention of a to-many path opens a second join.
        named = rows.order_by().annotate(**{_ELEMENT: _Bytewise(F(self.rest))})
        found: QuerySet[Any] = named.filter(**{f"{_ELEMENT}__isnull": False})
        return found

    def name_below(self, name: str) -> str:
        """Return a name that starts at the model as seen from where `rows` start. Raises FieldError."""
        if not self.hop:
            return name
        if name == self.hop:
            return "pk"
        if not name.startswith(f"{self.hop}__"):
            raise FieldError(f"The filter and order of this aggregate start with {self.hop!r}; {name!r} does not.")
        return name.removeprefix(f"{self.hop}__")

    def below(self, condition: Q) -> Q:
        moved = Q(_connector=condition.connector, _negated=condition.negated)
        for child in condition.children:
            if isinstance(child, Q):
                moved.children.append(self.below(child))
            elif isinstance(child, tuple):
                moved.children.append((self.name_below(child[0]), child[1]))
            elif self.hop:
                raise FieldError(f"The filter of this aggregate is made of Q(name=value), not of {child!r}.")
            else:
                moved.children.append(child)
        return moved


def annotate_array_aggregate(
    queryset: QuerySet[M],
    *,
    filter: Q | None = None,
    distinct: bool = False,
    order_by: str | None = None,
    **paths: str,
) -> QuerySet[M]:
    """Return `queryset` with a list per row for each `name="path__to__field"`.

    Elements keep their type, are sorted by value (text by its bytes) or by `order_by`, a path
    from the model that may start with a minus, and are never null; no related rows give `[]`.
    Separate related rows with equal values stay separate unless `distinct`. `filter` narrows the
    related rows; its names start at the model, as the paths do. Two aggregates do not multiply
    each other. The same lists come from SQLite and PostgreSQL.

    Raises FieldError for a path that does not exist, ValueError for `distinct` with `order_by`.
    """
    if distinct and order_by:
        raise ValueError("distinct elements are sorted by their value; leave out order_by")
    added: dict[str, Any] = {}
    for name, path in paths.items():
        related = _Related(queryset, path)
        rows = related.elements(filter)
        order = [_ELEMENT]
        if order_by:
            minus = "-" if order_by.startswith("-") else ""
            order.insert(0, minus + related.name_below(order_by.removeprefix("-")))
        rows = rows.order_by(*order).values(_ELEMENT)
        added[name] = _Array(rows.distinct() if distinct else rows)
    annotated: QuerySet[M] = queryset.annotate(**added)
    return annotated


def count_subquery(queryset: QuerySet[M], path: str, *, filter: Q | None = None) -> Coalesce:
    """Return how many rows `path` reaches from each row of `queryset`, for `annotate`; joins nothing.

    `filter` is as for `annotate_array_aggregate`. Raises FieldError for a path that does not exist.
    """
    rows = _Related(queryset, path).elements(filter).annotate(_all=models.Value(1)).values("_all")
    counted = rows.annotate(_count=models.Count("*")).values("_count")
    return Coalesce(Subquery(counted, output_field=models.IntegerField()), 0)


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class InIds(_Lookup):
    """`field__in_ids=ids`: one of any number of ids, sent to the database as a single parameter."""

    lookup_name = "in_ids"

    def get_prep_lookup(self) -> list[Any]:
        field = getattr(self.lhs.output_field, "target_field", self.lhs.output_field)
        return [field.get_prep_value(one) for one in self.rhs if one is not None]

    def _ids(self, connection: Any) -> list[Any]:
        field = getattr(self.lhs.output_field, "target_field", self.lhs.output_field)
        ids = [field.get_db_prep_value(one, connection, prepared=True) for one in dict.fromkeys(self.rhs)]
        if not ids:
            raise EmptyResultSet
        return ids

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(self._ids(connection))]

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        lhs, params = self.process_lhs(compiler, connection)
        column = self.lhs.output_field.rel_db_type(connection)
        cast = "" if "char" in column or "text" in column else f"::{column}[]"
        return f"{lhs} = ANY(%s{cast})", [*params, self._ids(connection)]


def in_ids(field: str, ids: Iterable[Any]) -> Q:
    """Return the condition that `field` is one of `ids`, any number of them, as a single parameter."""
    return Q(**{f"{field}__in_ids": list(ids)})
