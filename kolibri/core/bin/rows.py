"""Rows of any models as plain JSON, and back into the database as they were.

A record is `[model's label, {column: value}]`. Moments and JSON columns stand as the text that
their fields keep, so that nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models.deletion import Collector
from morango.models import SyncableModel

from kolibri.core.auth.syncable import forget_deletion
from kolibri.core.auth.syncable import note_deletions

Record = tuple[str, dict[str, Any]]


def kept(collector: Collector) -> list[Record]:
    """Return every row that the collector is about to delete, each once; one model's rows follow one another."""
    found: dict[type[models.Model], dict[Any, models.Model]] = {}
    for rows in (*collector.data.values(), *collector.fast_deletes):
        for row in rows:
            found.setdefault(row._meta.concrete_model or type(row), {})[row.pk] = row
    return [
        (model._meta.label_lower, {field.attname: _to_json(field, row) for field in model._meta.concrete_fields})
        for model, rows in found.items()
        for row in rows.values()
    ]


def erase(records: Sequence[Record]) -> None:
    """Delete the rows, with one statement for each model: Django and morango take several for each row.

    References are checked when the transaction ends, so that the order does not matter.
    """
    for label, group in groupby(records, key=_label):
        model: Any = apps.get_model(label)
        ids = [values[model._meta.pk.attname] for _name, values in group]
        rows = model._base_manager.filter(pk__in_ids=ids)
        rows._raw_delete(rows.db)
        if issubclass(model, SyncableModel):
            note_deletions(ids)


def made(records: Sequence[Record]) -> list[models.Model]:
    """Return the rows as unsaved instances, without those that cannot be there now.

    Left out is a row that exists meanwhile (a peer kept it), and one that points to a row which is
    gone and is not among `records`; where the pointer may be empty, it is emptied instead.
    """
    instances = [_instance(label, values) for label, values in records]
    present = _present({(type(one), one.pk) for one in instances} | set(_pointers(instances)))
    instances = [one for one in instances if (type(one), one.pk) not in present]
    while True:
        there = present | {(type(one), one.pk) for one in instances}
        kept = [one for one in instances if _stands(one, there)]
        if len(kept) == len(instances):
            return kept
        instances = kept


def insert(instances: Iterable[models.Model]) -> None:
    """Write the rows, the school's records as changed here, and take back the notes of their deletion."""
    for model, group in groupby(instances, key=_model_of):
        rows = list(group)
        for row in rows:
            if isinstance(row, SyncableModel):
                row._morango_dirty_bit = True
        model._base_manager.bulk_create(rows)
        if issubclass(model, SyncableModel):
            forget_deletion(row.pk for row in rows)


def _label(record: Record) -> str:
    return record[0]


def _model_of(row: models.Model) -> type[models.Model]:
    return type(row)


def _to_json(field: Any, row: models.Model) -> Any:
    value = field.value_from_object(row)
    return value if value is None or isinstance(value, bool | int | float) else field.value_to_string(row)


def _instance(label: str, values: dict[str, Any]) -> models.Model:
    model = apps.get_model(label)
    fields = {field.attname: field for field in model._meta.concrete_fields}
    # A column that an upgrade took away since has no place any more.
    row: models.Model = model(
        **{name: fields[name].to_python(value) for name, value in values.items() if name in fields}
    )
    return row


def _pointing(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.many_to_one or field.one_to_one]


def _target(field: Any, row: models.Model) -> tuple[type[models.Model], Any]:
    return field.related_model._meta.concrete_model, getattr(row, field.attname)


def _pointers(instances: Iterable[models.Model]) -> Iterable[tuple[type[models.Model], Any]]:
    return (_target(field, row) for row in instances for field in _pointing(type(row)))


def _present(wanted: set[tuple[type[models.Model], Any]]) -> set[tuple[type[models.Model], Any]]:
    """Return those of the (model, id) pairs that the database has; one query for each model."""
    found = set()
    for model in {model for model, _pk in wanted}:
        ids = [pk for other, pk in wanted if other is model and pk is not None]
        there = model._base_manager.filter(pk__in_ids=ids).values_list("pk", flat=True)
        found |= {(model, pk) for pk in there}
    return found


def _stands(row: models.Model, there: set[tuple[type[models.Model], Any]]) -> bool:
    for field in _pointing(type(row)):
        target = _target(field, row)
        if target[1] is not None and target not in there:
            if not field.null:
                return False
            setattr(row, field.attname, None)
    return True
