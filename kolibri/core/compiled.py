"""Statements with one open value, compiled once.

Django works out a query's SQL each time it is asked, which takes several times as long as reading
one row. What is asked for at every request, in one shape, keeps its text here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from collections.abc import Sequence
from typing import Any
from typing import Final
from typing import Generic
from typing import NamedTuple
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db import models
from django.db.models import QuerySet
from django.db.models.sql import Query
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import CURSOR

from kolibri.core.uuid_field import to_hex

M = TypeVar("M", bound=models.Model)

# What stands for a value while a statement is compiled: ids that nothing has.
_OPEN: Final = tuple(uuid.UUID(int=0x5E9717E1_0000_4000_8000_5E9717E10000 + number).hex for number in range(4))

Prepare = Callable[[Any, Any], Any]


def an_id(value: Any, connection: Any) -> Any:
    """Return an id as a statement has it. Raises MalformedId."""
    return to_hex(value)


def text_without_case(value: str, connection: Any) -> str:
    """Return what `iexact` compares with, as a statement has it."""
    text: str = connection.ops.prep_for_iexact_query(value)
    return text


class Statement(NamedTuple):
    """A SELECT's text and what its values go through when they are read."""

    query: Query
    sql: str
    params: list[Any]
    # Which value of a row, what it goes through, and the column that it comes from.
    converters: list[tuple[int, Callable[..., Any], Any]]

    @classmethod
    def of(cls, queryset: QuerySet[Any, Any]) -> Statement:
        """Return the statement of a `values_list`. Raises EmptyResultSet where nothing can be found."""
        compiler = queryset.query.get_compiler(queryset.db)
        sql, params = compiler.as_sql()
        found = compiler.get_converters(column for column, _, _ in compiler.select)
        converters = [(at, convert, column) for at, (all_of_it, column) in found.items() for convert in all_of_it]
        return cls(queryset.query, sql, list(params), converters)

    def rows(self, params: list[Any], using: str) -> list[Sequence[Any]]:
        """Return the rows that the statement finds with `params` in the places of its own."""
        connection = connections[using]
        with _Ready(self, params, connection, using).execute_sql(CURSOR) as cursor:
            rows = cursor.fetchall()
        if not self.converters:
            return list(rows)
        made: list[Sequence[Any]] = []
        for row in rows:
            values = list(row)
            for place, convert, column in self.converters:
                values[place] = convert(values[place], column, connection)
            made.append(values)
        return made


class _Ready(SQLCompiler):
    """Goes where every query of Django's goes, so that tools which watch queries there see these too."""

    def __init__(self, statement: Statement, params: list[Any], connection: Any, using: str) -> None:
        super().__init__(statement.query, connection, using)
        self.ready = statement.sql, tuple(params)

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        return self.ready


class Compiled:
    """`rows(id)`: what `make(id)` reads, a `values_list` of a queryset that mentions the id once.

    `make` is asked once a kind of database, so it may depend on nothing else than the id. For several
    values, or something else than an id, `prepare` says for each how the statement has it.
    """

    def __init__(self, make: Callable[..., QuerySet[Any, Any]], *prepare: Prepare) -> None:
        self.make = make
        self.prepare = prepare or (an_id,)
        self._statements: dict[str, tuple[Statement, list[int]]] = {}

    def rows(self, *values: Any, using: str = "default") -> list[Sequence[Any]]:
        """Return the rows. Raises MalformedId for what is no id."""
        connection = connections[using]
        if connection.vendor not in self._statements:
            self._statements[connection.vendor] = self._compile(using)
        statement, places = self._statements[connection.vendor]
        params = statement.params.copy()
        for place, prepare, value in zip(places, self.prepare, values, strict=True):
            params[place] = prepare(value, connection)
        return statement.rows(params, using)

    def _compile(self, using: str) -> tuple[Statement, list[int]]:
        opened = _OPEN[: len(self.prepare)]
        statement = Statement.of(self.make(*opened).using(using))
        found = [[place for place, param in enumerate(statement.params) if param == one] for one in opened]
        for places in found:
            if len(places) != 1:
                raise ImproperlyConfigured(
                    f"a compiled statement mentions each value once, not {len(places)} times: {statement.sql}"
                )
        return statement, [place for (place,) in found]


class CompiledObjects(Generic[M]):
    """`get(id)`: objects of `queryset` with what its `select_related` names, one step away and to one.

    `narrow(queryset, id)` finds them; by their key if it is not given. `prepare` is as for `Compiled`.
    """

    def __init__(
        self,
        queryset: QuerySet[M],
        narrow: Callable[..., QuerySet[M]] = lambda queryset, key: queryset.order_by().filter(pk=key),
        *prepare: Prepare,
    ) -> None:
        self.model = queryset.model
        self.own = _columns(self.model)
        # Each relation's field, and its model's columns, in the order in which they stand in a row.
        self.related: list[tuple[Any, list[str]]] = []
        names = list(self.own)
        asked = queryset.query.select_related
        for name in asked if isinstance(asked, dict) else ():
            field: Any = self.model._meta.get_field(name)
            columns = _columns(field.related_model)
            self.related.append((field, columns))
            names += [f"{name}__{column}" for column in columns]
        self.compiled = Compiled(lambda *values: narrow(queryset, *values).values_list(*names), *prepare)

    def get(self, *values: Any, using: str = "default") -> list[M]:
        """Return the objects. Raises MalformedId for what is no id."""
        objects: list[M] = []
        for row in self.compiled.rows(*values, using=using):
            made: Any = self.model.from_db(using, self.own, row[: len(self.own)])
            start = len(self.own)
            for field, columns in self.related:
                parts = row[start : start + len(columns)]
                start += len(columns)
                key_at = columns.index(field.related_model._meta.pk.attname)
                other = None if parts[key_at] is None else field.related_model.from_db(using, columns, parts)
                made._state.fields_cache[field.cache_name] = other
                if other is not None and field.one_to_one:
                    other._state.fields_cache[field.remote_field.cache_name] = made
            objects.append(made)
        return objects


def _columns(model: type[models.Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
