"""What was changed here, from its rows into morango's store, in portions.

morango's own function does the same for all changed rows at once, in lists and in one transaction: a school that
was never synced, with years of logs, took as much memory as it had records. Here each portion is a transaction with
a count of its own, taken inside it, and what this computer vouches for is raised last: whatever ends in between has
only put off the rest, and two that serialize at once do not count past each other.
"""

from __future__ import annotations

import functools
import json
import secrets
from collections.abc import Iterable
from typing import Any
from typing import Final

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import F
from django.db.models import Q
from django.db.models import QuerySet
from django.db.models import TextField
from django.db.models import Value
from django.db.models.functions import Concat
from morango.models import DatabaseMaxCounter
from morango.models import DeletedModels
from morango.models import Filter
from morango.models import HardDeletedModels
from morango.models import InstanceIDModel
from morango.models import RecordMaxCounter
from morango.models import Store
from morango.registry import syncable_models
from morango.sync import operations

from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.sync.models import Issued

PROFILE: Final = SchoolRecord.morango_profile
# Records of one transaction, and the characters after which it takes no further one.
BATCH: Final = 1_000
WEIGHT: Final = 4_000_000
# Four million syncs with changes on average until morango's counters, which end at 2**31, are used up.
_JUMP: Final = 1_000
_CHANGED: Final = (
    "serialized",
    "dirty_bit",
    "deleted",
    "hard_deleted",
    "last_saved_instance",
    "last_saved_counter",
    "last_transfer_session_id",
)


def serialize(sync_filter: Filter | None = None) -> None:
    """Put what was changed and deleted here into the store; only inside the filter's partitions, if there is one."""
    for model in syncable_models.get_models(PROFILE):
        rows = _limited(model.syncing_objects.filter(_morango_dirty_bit=True), sync_filter)
        last = ""
        # Most models have no changes: no transaction for those.
        while (rows.filter(pk__gt=last) if last else rows).exists():
            last = _portion(model, rows.filter(pk__gt=last) if last else rows, sync_filter) or last
    with operations._begin_transaction(sync_filter):
        partitions = list(sync_filter or [""])
        if _is_vouched_for(partitions):
            return
        own = _last_count()
        _note_deleted(own)
        for partition in partitions:
            DatabaseMaxCounter.objects.update_or_create(
                instance_id=own.id, partition=partition, defaults={"counter": own.counter}
            )


def _is_vouched_for(partitions: list[str]) -> bool:
    """Return whether nothing was changed or deleted since the last time, so that no number is needed."""
    own = InstanceIDModel.get_or_create_current_instance()[0]
    said = DatabaseMaxCounter.objects.filter(instance_id=own.id, partition__in=partitions, counter=own.counter)
    gone = any(model.objects.filter(profile=PROFILE).exists() for model in (DeletedModels, HardDeletedModels))
    return said.count() == len(partitions) and not gone


def _last_count() -> InstanceIDModel:
    """Count on to the number that is vouched for. It jumps: a copy of this computer issues others (`counting`)."""
    own = InstanceIDModel.get_current_instance_and_increment_counter()
    InstanceIDModel.objects.filter(pk=own.pk).update(counter=F("counter") + secrets.randbelow(_JUMP))
    own.refresh_from_db(fields=["counter"])
    Issued.note(own.id, own.counter)
    return own


def _limited(rows: QuerySet[Any], sync_filter: Filter | None) -> QuerySet[Any]:
    if not sync_filter:
        return rows
    inside = (Q(_morango_partition__startswith=prefix) for prefix in sync_filter)
    return rows.filter(functools.reduce(Q.__or__, inside))


def _portion(model: type[SchoolRecord], rows: QuerySet[Any], sync_filter: Filter | None) -> str:
    """Serialize the first of `rows` by id; returns the last id, empty where others were faster."""
    with operations._begin_transaction(sync_filter):
        some = rows.order_by("pk")
        if connection.features.has_select_for_update:
            some = some.select_for_update()
        bodies: dict[str, tuple[Any, dict[str, Any]]] = {}
        weight = 0
        for row in some[:BATCH].iterator(chunk_size=100):
            body = row.serialize()
            bodies[row.pk] = row, body
            weight += sum(len(value) for value in body.values() if isinstance(value, str))
            if weight > WEIGHT:
                break
        if not bodies:
            return ""
        _store(model, bodies)
        model.syncing_objects.filter(pk__in=list(bodies)).update(update_dirty_bit_to=False)
        return max(bodies)


def _store(model: type[SchoolRecord], bodies: dict[str, tuple[Any, dict[str, Any]]]) -> None:
    own = InstanceIDModel.get_current_instance_and_increment_counter()
    there = Store.objects.filter(pk__in=list(bodies))
    # What had arrived and did not become a row yet is the version that does not stay.
    there.filter(dirty_bit=True).update(
        conflicting_serialized_data=Concat("serialized", Value("\n", TextField()), "conflicting_serialized_data")
    )
    before = dict(there.values_list("pk", "serialized"))
    parent = operations._self_referential_fk(model)
    encode = DjangoJSONEncoder().encode
    made = [
        Store(
            id=pk,
            # Fields that this version does not know stay as they came.
            serialized=encode({**json.loads(before.get(pk) or "{}"), **body}),
            last_saved_instance=own.id,
            last_saved_counter=own.counter,
            model_name=row.morango_model_name,
            profile=row.morango_profile,
            partition=row._morango_partition,
            source_id=row._morango_source_id,
            _self_ref_fk=(getattr(row, parent) if parent else "") or "",
        )
        for pk, (row, body) in bodies.items()
    ]
    Store.objects.bulk_create(made, update_conflicts=True, unique_fields=["id"], update_fields=_CHANGED)
    count(bodies, own)


def count(ids: Iterable[str], own: InstanceIDModel) -> None:
    """Note that these records were changed here."""
    RecordMaxCounter.objects.bulk_create(
        [RecordMaxCounter(store_model_id=pk, instance_id=own.id, counter=own.counter) for pk in ids],
        update_conflicts=True,
        unique_fields=["store_model", "instance_id"],
        update_fields=["counter"],
    )


def _note_deleted(own: InstanceIDModel) -> None:
    deleted = DeletedModels.objects.filter(profile=PROFILE)
    while ids := list(deleted.values_list("pk", flat=True)[:BATCH]):
        rows = Store.objects.filter(pk__in=ids)
        rows.update(dirty_bit=False, deleted=True, last_saved_instance=own.id, last_saved_counter=own.counter)
        count(rows.values_list("pk", flat=True), own)
        deleted.filter(pk__in=ids).delete()
    for_good = HardDeletedModels.objects.filter(profile=PROFILE)
    while ids := list(for_good.values_list("pk", flat=True)[:BATCH]):
        Store.objects.filter(pk__in=ids).update(hard_deleted=True, serialized="{}", conflicting_serialized_data="")
        for_good.filter(pk__in=ids).delete()


def of_any_profile(profile: str, filter: Filter | None = None) -> None:  # noqa: A002
    """Stand in for morango's function of this purpose, with its arguments; other profiles go morango's way."""
    if profile != PROFILE:
        _of_morango(profile, filter=filter)
        return
    serialize(filter)


_of_morango: Any = operations._serialize_into_store


def take_over() -> None:
    """Have every way into morango's serializing lead here; once, when the apps are ready."""
    from morango.sync import controller

    operations._serialize_into_store = of_any_profile
    controller._serialize_into_store = of_any_profile
