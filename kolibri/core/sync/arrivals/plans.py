"""What there is to know of a model for placing its records, worked out once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Final

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models

from kolibri.core.auth.models import Facility
from kolibri.core.auth.syncable import DatasetRecord
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.fields import JSONTextField

_TEXT: Final = (str,)
_NUMBER: Final = (int, float)
# These do nothing that is not done for many records at once as well; Django's own for people is about passwords
# that were typed.
_PLAIN_SAVES: Final = (SchoolRecord.save, DatasetRecord.save, Facility.save, AbstractBaseUser.save)


@dataclass(frozen=True)
class Plan:
    """`wire`: for each column what JSON may hold for it, and whether that may be null.
    `json_columns`: those that hold JSON, and whether that may be null.

    `excluded`: the fields that are not cleaned one by one. `references`: the foreign keys. `columns`:
    what an existing row is given anew. `is_plain`: whether its rows may be written many at once.
    """

    wire: tuple[tuple[str, tuple[type, ...], bool], ...]
    json_columns: tuple[tuple[str, bool], ...]
    excluded: frozenset[str]
    references: tuple[Any, ...]
    columns: tuple[str, ...]
    is_plain: bool


_plans: dict[Any, Plan] = {}


def plan_of(model: type[models.Model]) -> Plan:
    """Return the plan of a syncable model."""
    found = _plans.get(model)
    if found is None:
        found = _plans[model] = _make(model)
    return found


def needed(model: type[models.Model]) -> tuple[str, ...]:
    """Return the columns that are looked at where a record refers to it: whose it is, and a collection's place."""
    names = {field.attname for field in model._meta.concrete_fields}
    return tuple(name for name in ("id", "dataset_id", "kind", "parent_id") if name in names) or ("pk",)


def _make(model: Any) -> Plan:
    fields = model._meta.concrete_fields
    # Not on the wire: worked out here when the row is written.
    own = {field.name for field in fields if field.attname in model.morango_fields_not_to_serialize}
    kept = {"id", "_morango_dirty_bit", "_morango_source_id", "_morango_partition"}
    references = tuple(field for field in fields if isinstance(field, models.ForeignKey))
    # An empty object is no empty answer: `blank` says nothing here.
    jsons = tuple(field for field in fields if isinstance(field, JSONTextField))
    return Plan(
        wire=tuple((field.attname, _kinds(field), field.null or _is_stringed(field)) for field in fields),
        json_columns=tuple((field.attname, field.null or field.blank) for field in jsons),
        excluded=frozenset(kept | own | {field.name for field in (*references, *jsons)}),
        references=references,
        columns=tuple(field.name for field in fields if not field.primary_key),
        is_plain=model.save in _PLAIN_SAVES,
    )


def _kinds(field: Any) -> tuple[type, ...]:
    if _is_stringed(field):
        return _TEXT
    if isinstance(field, models.BooleanField):
        return (bool,)
    if isinstance(field, models.IntegerField):
        return (int,)
    if isinstance(field, models.FloatField):
        return _NUMBER
    return _TEXT


def _is_stringed(field: Any) -> bool:
    return bool(getattr(field, "morango_serialize_to_string", False))
