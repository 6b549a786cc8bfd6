"""Array and count aggregates as correlated subqueries.

A join with GROUP BY multiplies one aggregate's rows by another's and reads the whole table
before a LIMIT; a subquery per row does neither, and gives the same on SQLite and PostgreSQL.
"""

from __future__ import annotations

import functools
from functools import cached_property
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar

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

from kolibri.core import quick_json

M = TypeVar("M", bound=models.Model)
if TYPE_CHECKING:
    _TextField = models.TextField[Any, Any]
else:
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


class ListField(_TextField):
    """Reads SQLite's JSON text and PostgreSQL's array; each element as its own column would be read."""

    def __init__(self, element: Any) -> None:
        self.element = element
        self._found: dict[str, list[Any]] = {}
        super().__init__()

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> list[Any]:
        found: list[Any] = quick_json.loads(value) if isinstance(value, str) else list(value or ())
        if found:
            for convert in self.converters(connection):
                found = [convert(one, self.element, connection) for one in found]
        return found

    def converters(self, connection: Any) -> list[Any]:
        """Return what each element goes through when it is read; nothing for text, numbers and SQLite's ids."""
        vendor = connection.vendor
        if vendor not in self._found:
            backends = connection.ops.get_db_converters(self.element)
            self._found[vendor] = [*backends, *self.element.get_db_converters(connection)]
        return self._found[vendor]


class ArrayOfSubquery(Subquery):
    """The single column of a subquery as a list. Keeps its SQL, which is the same for every row's query."""

    template = "ARRAY(%(subquery)s)"

    def __init__(self, queryset: QuerySet[Any]) -> None:
        super().__init__(queryset)
        self._sql: dict[str, tuple[str, Any]] = {}

    def copy(self) -> ArrayOfSubquery:
        clone: ArrayOfSubquery = super().copy()
        # Copies are made to be changed.
        clone._sql = {}
        return clone

    def as_sql(self, compiler: Any, connection: Any, template: str | None = None, **extra: Any) -> Any:
        key = f"{connection.vendor} {template}"
        if key not in self._sql:
            self._sql[key] = super().as_sql(compiler, connection, template=template, **extra)
        return self._sql[key]

    @cached_property
    def output_field(self) -> Any:
        return ListField(self.query.annotations[_ELEMENT])

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> Any:
        template = f"(SELECT json_group_array({_ELEMENT}) FROM (%(subquery)s) AS _elements)"
        return self.as_sql(compiler, connection, template=template, **extra)

    def json_template(self, connection: Any) -> str | None:
        """Return what makes the JSON that is sent of the list's SQL; None where only Python can make it."""
        element: Any = getattr(self.output_field.element, "output_field", None)
        column = getattr(element, "target_field", element)
        kind = column.db_type(connection) if column is not None else None
        if connection.vendor != "sqlite" and kind == "uuid":
            # Ids are sent without dashes, and nothing else is in such a list.
            return "replace(array_to_json(%(expressions)s)::text, '-', '')"
        if self.output_field.converters(connection):
            return None
        if connection.vendor == "sqlite":
            return "%(expressions)s"
        return "array_to_json(%(expressions)s)::text" if isinstance(column, models.CharField) else None


class _Ready:
    """An aggregate that was put into the terms of its model's own table once, for every query that starts there."""

    def __init__(self, model: type[models.Model], array: ArrayOfSubquery) -> None:
        self.array = array
        self.table = model._meta.db_table
        query = model._base_manager.order_by().query
        resolved = array.resolve_expression(query)
        # What joins something to the row's query has to join it to each.
        self.resolved = resolved if set(query.alias_map) <= {self.table} else None

    def resolve_expression(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        if self.resolved is not None and query.alias_prefix == "T" and query.get_initial_alias() == self.table:
            return self.resolved
        return self.array.resolve_expression(query, *args, **kwargs)


class _Related:
    """The rows that a path reaches from each row of a queryset.

    A path that starts with a reverse foreign key starts from the child's table: one join less. So
    does one that reaches it over the row's own foreign keys, if nothing is said (`plain`) about the
    rows in between. Any other starts from the row itself. Raises FieldError for a first part that
    does not exist.
    """

    def __init__(self, model: type[models.Model], path: str, *, plain: bool = False) -> None:
        parts = path.split("__")
        hop = _relation(model, parts[0], path)
        over = 0
        while plain and hop is not None and hop.many_to_one and hop.concrete and over + 1 < len(parts):
            over += 1
            known = {field.name: field for field in hop.related_model._meta.get_fields()}
            hop = known.get(parts[over])
        # A GenericRelation is to-many too, but has no foreign key to start from.
        by_child = hop is not None and bool(hop.one_to_many and hop.auto_created)
        self.hop = "__".join(parts[: over + 1]) if by_child else ""
        self.rest = ("__".join(parts[over + 1 :]) or "pk") if by_child else path
        if by_child:
            own = OuterRef("__".join([*parts[:over], hop.field.target_field.name]))
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


def _relation(model: type[models.Model], name: str, path: str) -> Any:
    try:
        return model._meta.pk if name == "pk" else model._meta.get_field(name)
    except FieldDoesNotExist:
        names = ", ".join(sorted(field.name for field in model._meta.get_fields()))
        text = f"Cannot resolve {name!r} of {path!r} on {model.__name__}. Choices are: {names}"
        raise FieldError(text) from None


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
        make = _array if _is_plain(filter) else _array.__wrapped__
        added[name] = make(queryset.model, path, filter, distinct, order_by)
    annotated: QuerySet[M] = queryset.annotate(**added)
    return annotated


@functools.lru_cache(maxsize=256)
def _array(model: type[models.Model], path: str, condition: Q | None, distinct: bool, order_by: str | None) -> _Ready:
    related = _Related(model, path, plain=condition is None and order_by is None)
    rows = related.elements(condition)
    order = [_ELEMENT]
    if order_by:
        minus = "-" if order_by.startswith("-") else ""
        order.insert(0, minus + related.name_below(order_by.removeprefix("-")))
    rows = rows.order_by(*order).values(_ELEMENT)
    return _Ready(model, ArrayOfSubquery(rows.distinct() if distinct else rows))


def _is_plain(condition: Any) -> bool:
    """Return whether a condition is made of names and plain values, so that an equal one means the same."""
    if isinstance(condition, Q):
        return all(_is_plain(child) for child in condition.children)
    if isinstance(condition, tuple):
        return all(_is_plain(part) for part in condition)
    return condition is None or isinstance(condition, str | int)


def count_subquery(queryset: QuerySet[M], path: str, *, filter: Q | None = None) -> Coalesce:
    """Return how many rows `path` reaches from each row of `queryset`, for `annotate`; joins nothing.

    `filter` is as for `annotate_array_aggregate`. Raises FieldError for a path that does not exist.
    """
    rows = (
        _Related(queryset.model, path, plain=filter is None)
        .elements(filter)
        .annotate(_all=models.Value(1))
        .values("_all")
    )
    counted = rows.annotate(_count=models.Count("*")).values("_count")
    return Coalesce(Subquery(counted, output_field=models.IntegerField()), 0)
