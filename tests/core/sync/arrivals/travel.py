"""Records as they arrive: a school is made, serialised by morango, and its rows and store are emptied."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from morango.models import DeletedModels
from morango.models import RecordMaxCounter
from morango.models import Store
from morango.registry import syncable_models
from morango.sync.controller import MorangoProfileController

from kolibri.core.auth.models import FacilityDataset
from tests.schools import School

PROFILE = "facilitydata"


@dataclass
class Luggage:
    """The records of a school as they are on the wire, by their ids."""

    dataset_id: str
    rows: dict[str, Store]

    def of(self, name: str) -> list[Store]:
        return [row for row in self.rows.values() if row.model_name == name]

    def put(self, rows: Iterable[Store] | None = None) -> None:
        """Put these records (all) into the store as morango does what it received."""
        Store.objects.bulk_create(self.rows.values() if rows is None else rows)


def pack(school: School) -> Luggage:
    """Take all records of the school off this computer."""
    MorangoProfileController(PROFILE).serialize_into_store()
    rows = {row.pk: row for row in Store.objects.all()}
    for row in rows.values():
        row.dirty_bit = True
    empty()
    return Luggage(str(school.facility.dataset_id), rows)


def empty() -> None:
    """Leave no row and no record of any school."""
    RecordMaxCounter.objects.all().delete()
    Store.objects.all().delete()
    FacilityDataset.objects.all().delete()
    DeletedModels.objects.all().delete()
    assert not any(model.syncing_objects.exists() for model in syncable_models.get_models(PROFILE))


def changed(row: Store, **columns: Any) -> Store:
    """Return the record with other values in it."""
    row.serialized = json.dumps({**json.loads(row.serialized), **columns})
    return row


def forged(row: Store, *, partition: str = "", source_id: str = "", **columns: Any) -> Store:
    """Return a record with other values, its id worked out anew, as one who knows the rules would do it."""
    partition, source_id = partition or row.partition, source_id or row.source_id
    data = {**json.loads(row.serialized), **columns}
    pk = hashlib.sha256(f"{partition}::{source_id}::{row.model_name}".encode()).hexdigest()[:32]
    data |= {"id": pk, "_morango_source_id": source_id, "_morango_partition": partition.replace("${id}", pk)}
    return Store(
        id=pk,
        profile=PROFILE,
        model_name=row.model_name,
        serialized=json.dumps(data),
        source_id=source_id,
        partition=data["_morango_partition"],
        last_saved_instance="a" * 32,
        last_saved_counter=1,
        dirty_bit=True,
    )


def reason(row: Store) -> str:
    """Return why the record stands aside; empty when it was placed."""
    row.refresh_from_db()
    if not row.dirty_bit:
        return ""
    return (row.deserialization_exception or "fresh").removeprefix("arrivals:")
