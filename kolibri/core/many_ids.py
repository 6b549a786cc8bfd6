"""Any number of ids in a condition, sent to the database as a single parameter.

A parameter for each id costs Django more than the query itself, has a limit, and lets SQLite's
planner, once it has statistics, look at every row of a joined table for every id (120 times slower
for a thousand ids than the list as one parameter).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Q
from django.db.models import lookups
from django.db.models.fields.related_lookups import RelatedIn
from morango.models.fields.uuids import UUIDField

from kolibri.core.uuid_field import to_hex

if TYPE_CHECKING:
    _Lookup = models.Lookup[Any]
    _In = lookups.In[Any]
else:
    _Lookup = models.Lookup
    _In = lookups.In

# Fewer stay as Django writes them: there is nothing to gain.
MANY: Final = 20


@models.ForeignObject.register_lookup
@models.Field.register_lookup
class InIds(_Lookup):
    """`field__in_ids=ids`: one of any number of ids, sent to the database as a single parameter."""

    lookup_name = "in_ids"

    def get_prep_lookup(self) -> list[Any]:
        field = _target(self.lhs)
        return [field.get_prep_value(one) for one in self.rhs if one is not None]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        lhs, params = self.process_lhs(compiler, connection)
        field = _target(self.lhs)
        ids = [field.get_db_prep_value(one, connection, prepared=True) for one in dict.fromkeys(self.rhs)]
        return _condition(lhs, params, ids, self.lhs.output_field.rel_db_type(connection), connection)


class _ManyIds:
    """`field__in=ids`, as everybody writes it: a list of many ids goes as one parameter, too."""

    lhs: Any
    rhs: Any

    def get_prep_lookup(self) -> Any:
        if self._is_many():
            return [to_hex(one) for one in self.rhs]
        return super().get_prep_lookup()  # type: ignore[misc]

    def as_sql(self, compiler: Any, connection: Any) -> Any:
        if not self._is_many():
            return super().as_sql(compiler, connection)  # type: ignore[misc]
        lhs, params = self.process_lhs(compiler, connection)  # type: ignore[attr-defined]
        return _condition(lhs, params, list(dict.fromkeys(self.rhs)), _target(self.lhs).db_type(connection), connection)

    def _is_many(self) -> bool:
        """Return whether many ids are given as text; models, expressions and mixtures go Django's way."""
        ids = self.rhs
        if not isinstance(ids, list | tuple | set | frozenset | dict) or len(ids) <= MANY:
            return False
        return isinstance(_target(self.lhs), UUIDField) and all(type(one) is str for one in ids)


@UUIDField.register_lookup
class IdIn(_ManyIds, _In):
    pass


@models.ForeignKey.register_lookup
class ForeignIdIn(_ManyIds, RelatedIn):
    pass


def in_ids(field: str, ids: Iterable[Any]) -> Q:
    """Return the condition that `field` is one of `ids`, any number of them, as a single parameter."""
    return Q(**{f"{field}__in_ids": list(ids)})


def _target(lhs: Any) -> Any:
    field = lhs.output_field
    return getattr(field, "target_field", field)


def _condition(lhs: str, params: Any, ids: list[Any], column: str, connection: Any) -> tuple[str, list[Any]]:
    if not ids:
        raise EmptyResultSet
    if connection.vendor == "postgresql":
        cast = "" if "char" in column or "text" in column else f"::{column}[]"
        return f"{lhs} = ANY(%s{cast})", [*params, ids]
    return f"{lhs} IN (SELECT value FROM json_each(%s))", [*params, json.dumps(ids)]
