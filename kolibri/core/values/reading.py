"""From a queryset to the rows that a plan reads; put together once where it is the same for every request.

With thirty rows on a page Django spends more time on making the SQL than the database on reading
them. Where a viewset says `steady = True`, its columns and aggregates are put together once, and a
request adds its conditions, order and page; one object's row is read by SQL that is ready.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import Final
from typing import Generic
from typing import TypeVar
from typing import cast

from django.core.exceptions import EmptyResultSet
from django.core.exceptions import FullResultSet
from django.db import connections
from django.db import models
from django.db.models import F
from django.db.models import Func
from django.db.models import QuerySet

from kolibri.core.compiled import Compiled
from kolibri.core.compiled import Statement
from kolibri.core.query import ArrayOfSubquery
from kolibri.core.quick_json import orjson
from kolibri.core.values.pages import order_of
from kolibri.core.values.paths import UnknownName
from kolibri.core.values.paths import follow
from kolibri.core.values.plan import Item
from kolibri.core.values.plan import Plan
from kolibri.core.values.plan import Row

M = TypeVar("M", bound=models.Model)
Tuples = QuerySet[Any, Any]
# Forms of a list's condition, order and page whose SQL is kept.
_MOST_STATEMENTS: Final = 256
_UNKNOWN: Final[Any] = object()
_Part = tuple[Any, type[models.Model], list[str], list[int]]


class _RawJSON(models.TextField):  # type: ignore[type-arg]
    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        # A peer may have left the column empty.
        return orjson.Fragment(value) if value else None


class _AsIs(Func):
    """A JSON column, or a list that the database makes, that goes into the answer without being parsed."""

    template = "%(expressions)s"

    def __init__(self, name: str) -> None:
        super().__init__(F(name), output_field=_RawJSON())

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> Any:
        (source,) = self.get_source_expressions()
        if isinstance(source, ArrayOfSubquery):
            extra["template"] = source.json_template(connection)
        return super().as_sql(compiler, connection, *args, **extra)


def select(plan: Plan, queryset: QuerySet[Any], passthrough: tuple[str, ...]) -> tuple[Tuples, Row]:
    """Return the rows that `plan` reads from an annotated queryset, and what makes an item of each."""
    raw, columns = _read(plan, queryset, passthrough)
    return queryset.values_list(*_named(columns, raw)), plan.row_of(columns)


class Prepared(Generic[M]):
    """The rows of one viewset class on one kind of database. `queryset` is what it starts from."""

    def __init__(self, kind: Any, queryset: QuerySet[M], passthrough: tuple[str, ...]) -> None:
        # An instance without a request: what is kept must not depend on one.
        annotated = kind().annotate_queryset(queryset)
        self.every_row, self.row = select(kind.plan, annotated, passthrough)
        self.select_params = Statement.of(self.every_row.order_by()).params
        self._statements: dict[Any, Statement | None] = {}
        raw, columns = _read(kind.plan, annotated, passthrough)
        named = dict.fromkeys(columns)
        self.width = len(named)
        # What goes through unread is left out of the object, which reads it when it is asked for it.
        self.parts = list(_parts(queryset, named, set(raw)))
        self.one = Compiled(lambda key: annotated.order_by().filter(pk=key).values_list(*_named(named, raw)))

    def items(self, queryset: QuerySet[M]) -> list[Item] | None:
        """Return the items of `queryset`; None where it joins, adds or groups something of its own."""
        asked = queryset.query
        table = asked.get_initial_alias()
        joined = any(count for alias, count in asked.alias_refcount.items() if alias != table)
        own = asked.annotations or asked.distinct or asked.combinator or asked.extra or asked.extra_order_by
        if joined or own or asked.group_by is not None or asked.select_for_update:
            return None
        order = order_of(queryset)
        if not all(isinstance(name, str) for name in order):
            return None
        try:
            condition, params = self._condition(asked, queryset.db)
            params = [*self.select_params, *params]
            form = (condition, order, asked.low_mark, asked.high_mark)
            # Other threads add to these, and empty them when there are too many.
            statement = self._statements.get(form, _UNKNOWN)
            if statement is _UNKNOWN:
                statement = self._statements[form] = self._statement(asked, params, queryset.db)
        except EmptyResultSet:
            return []
        return statement and [self.row(values) for values in statement.rows(params, queryset.db)]

    def _condition(self, asked: Any, using: str) -> tuple[str, Sequence[Any]]:
        if not asked.where:
            return "", ()
        try:
            sql, params = self.every_row.query.get_compiler(using).compile(asked.where)
        except FullResultSet:
            return "", ()
        return sql, params

    def _statement(self, asked: Any, params: list[Any], using: str) -> Statement | None:
        """Return the statement of the rows asked for; None where its values are not `params` in their order."""
        if len(self._statements) >= _MOST_STATEMENTS:
            self._statements.clear()
        rows = self.every_row.using(using)
        rows.query.where = asked.where.clone()
        for name in ("order_by", "default_ordering", "standard_ordering", "low_mark", "high_mark"):
            setattr(rows.query, name, getattr(asked, name))
        statement = Statement.of(rows)
        return statement if statement.params == params else None

    def get(self, key: Any, using: str) -> tuple[M, Item] | None:
        """Return the object of a key, with what its queryset's `select_related` names, and its item."""
        for values in self.one.rows(key, using=using):
            made: Any = None
            for field, model, columns, places in self.parts:
                if field is None:
                    made = model.from_db(using, columns, [values[place] for place in places])
                elif getattr(made, field.attname) is not None:
                    other = model.from_db(using, columns, [values[place] for place in places])
                    field.set_cached_value(made, other)
            return made, self.row(values[: self.width])
        return None


def _parts(queryset: QuerySet[Any], named: dict[str, None], raw: set[str]) -> Iterator[_Part]:
    """Yield the foreign key (None for the object itself), model, columns and places of each object in a row.

    What is not in the row yet is added to `named`.
    """
    related = queryset.query.select_related
    places = {name: place for place, name in enumerate(named)}
    for first in (None, *(related if isinstance(related, dict) else ())):
        field: Any = queryset.model._meta.get_field(first) if first else None
        model = field.related_model if field else queryset.model
        columns, found = [], []
        for column in (field.attname for field in model._meta.concrete_fields):
            if (name := f"{first}__{column}" if first else column) in raw:
                continue
            if name not in named:
                named[name] = None
                places[name] = len(places)
            columns.append(column)
            found.append(places[name])
        yield field, model, columns, found


_prepared: dict[tuple[type, str, bool], Prepared[Any]] = {}


def prepared(viewset: Any, using: str, parsed: bool) -> Prepared[Any]:
    """Return the rows of a steady viewset; with `parsed` JSON is never passed through."""
    key = (type(viewset), connections[using].vendor, parsed)
    if key not in _prepared:
        _prepared[key] = Prepared(type(viewset), viewset.queryset.using(using), () if parsed else viewset.passthrough)
    return _prepared[key]


def _read(plan: Plan, queryset: QuerySet[Any], passthrough: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return which values go through as the database has them, and the column that each value is read from."""
    raw = _raw(queryset, passthrough) if orjson is not None else frozenset()
    return raw, _columns(plan, queryset, raw)


def _named(columns: Iterable[str], raw: frozenset[str]) -> list[Any]:
    return [_AsIs(column) if column in raw else column for column in dict.fromkeys(columns)]


def _raw(queryset: QuerySet[Any], passthrough: tuple[str, ...]) -> frozenset[str]:
    added = queryset.query.annotations
    connection = connections[queryset.db]
    lists = [name for name in passthrough if isinstance(added.get(name), ArrayOfSubquery)]
    parsed = {name for name in lists if not cast(ArrayOfSubquery, added[name]).json_template(connection)}
    return frozenset(passthrough) - parsed


def _columns(plan: Plan, queryset: QuerySet[Any], raw: frozenset[str]) -> tuple[str, ...]:
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
