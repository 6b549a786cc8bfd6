"""Making rows of all that has arrived, batch by batch; each batch is kept, so that it can be stopped and taken up."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from django.db import connection
from django.db.models import Q
from django.db.models import QuerySet
from django.db.models.functions import Length
from morango.models import Filter
from morango.models import Store
from morango.registry import syncable_models
from morango.sync import operations

from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.sync import serializing
from kolibri.core.sync.arrivals import looking_back
from kolibri.core.sync.arrivals import reading
from kolibri.core.sync.arrivals import staying
from kolibri.core.sync.arrivals.placing import Batch
from kolibri.core.sync.arrivals.placing import place
from kolibri.core.sync.arrivals.placing import refuse_large
from kolibri.core.sync.arrivals.reasons import PATIENT_CODES
from kolibri.core.sync.arrivals.reasons import Reason

PROFILE: Final = "facilitydata"
# Records of one transaction: others wait no longer than a fraction of a second, and memory is bounded.
BATCH: Final = 400
# Characters of one transaction's records together.
WEIGHT: Final = 4_000_000
# Ids read ahead.
WINDOW: Final = 20_000
_NO_ERROR: Final = Q(deserialization_error__isnull=True) | Q(deserialization_error="")


@dataclass
class Settled:
    """What became of what had arrived.

    `placed` are new and changed rows, `removed` those deleted elsewhere; `waiting` are records that
    still stand aside, and `refused` counts the reasons for those looked at; `relayed` are of kinds that
    this version does not know: they are kept and sent on.
    """

    placed: int = 0
    removed: int = 0
    waiting: int = 0
    relayed: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)


def settle(
    sync_filter: Filter | None = None,
    *,
    again: bool = False,
    pulse: Callable[[], None] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Settled:
    """Make rows of all that has arrived; to be called after a transfer, outside of a transaction.

    `sync_filter` limits it to its partitions. What was refused before is looked at once more only with
    `again`; what waits for something else is whenever something was placed. `pulse` is called between
    batches and may raise, to stop; `progress` hears how many of how many have been looked at for the first time. Raises
    nothing of a record's; OperationalError when the database is locked or full.
    """
    # What was changed here comes first, or it would be overwritten.
    serialize(sync_filter)
    found = Settled()
    fresh = _dirty(sync_filter) if again else _dirty(sync_filter).filter(_NO_ERROR)
    patient = _dirty(sync_filter).filter(deserialization_exception__in=PATIENT_CODES)
    deleted = fresh.filter(Q(deleted=True) | Q(hard_deleted=True))
    put_off = _round(deleted, sync_filter, found, pulse, None, looking_back.FIRST)
    put_off += _round(fresh, sync_filter, found, pulse, progress)
    moved = found.placed
    while moved and patient.exists():
        before = found.placed
        for reason in (Reason.MISSING, Reason.NOT_IN_CLASS, Reason.TAKEN):
            found.refused.pop(reason, None)
        put_off += _round(patient, sync_filter, found, pulse, None)
        moved = found.placed - before
    if put_off:
        # What was changed or deleted here meanwhile, and what hung on something deleted.
        serialize(sync_filter)
    found.waiting = waiting_rows(sync_filter).count()
    found.relayed = unknown(sync_filter).count()
    return found


def serialize(sync_filter: Filter | None = None) -> None:
    """Put what was changed and deleted here into the store, which may hold what has not been settled yet."""
    before_serializing(sync_filter)
    serializing.serialize(sync_filter)


def before_serializing(sync_filter: Filter | None = None) -> None:
    """Note and keep what would be lost of what has arrived, or with it; to be called before anything serializes."""
    looking_back.before_serializing(_dirty(sync_filter))
    staying.keep_whole(_dirty(sync_filter))


def waiting_rows(sync_filter: Filter | None = None) -> QuerySet[Store]:
    """Return the records that stand aside, with their reasons."""
    return _dirty(sync_filter).exclude(_NO_ERROR)


def unknown(sync_filter: Filter | None = None) -> QuerySet[Store]:
    """Return the records of kinds that this version does not know."""
    return _limited(Store.objects.filter(profile=PROFILE, dirty_bit=True), sync_filter).exclude(model_name__in=_names())


def is_unsettled() -> bool:
    """Return whether anything stands in the store that could be a row and is none; one query."""
    return _dirty(None).exists()


def _names() -> list[str]:
    return [model.morango_model_name for model in syncable_models.get_models(PROFILE)]


def _dirty(sync_filter: Filter | None) -> QuerySet[Store]:
    rows = Store.objects.filter(profile=PROFILE, dirty_bit=True, model_name__in=_names())
    return _limited(rows, sync_filter)


def _limited(rows: QuerySet[Store], sync_filter: Filter | None) -> QuerySet[Store]:
    if not sync_filter:
        return rows
    return rows.filter(functools.reduce(Q.__or__, (Q(partition__startswith=prefix) for prefix in sync_filter)))


def _round(
    rows: QuerySet[Store],
    sync_filter: Filter | None,
    found: Settled,
    pulse: Callable[[], None] | None,
    progress: Callable[[int, int], None] | None,
    models: Iterable[type[SchoolRecord]] = (),
) -> int:
    """Look once at each of `rows`, by kinds (all), in this order. Returns how many wait for the next serialising."""
    total = rows.count() if progress else 0
    put_off = done = 0
    for model in models or syncable_models.get_models(PROFILE):
        for batch, size in _batches(model, rows.filter(model_name=model.morango_model_name), sync_filter):
            found.placed += batch.placed
            found.removed += batch.removed
            found.refused.update(batch.refused)
            put_off += batch.put_off
            done += size
            if progress:
                progress(min(done, total), total)
            if pulse:
                pulse()
    return put_off


def _batches(
    model: type[SchoolRecord], rows: QuerySet[Store], sync_filter: Filter | None
) -> Iterator[tuple[Batch, int]]:
    """Place the records of one kind, in the order of their ids; each batch in its own transaction."""
    # Only what is looked at: what lost a conflict may be long.
    columns = ("id", "source_id", "partition", "model_name", "serialized", "deleted", "hard_deleted")
    for ids, large in _portions(rows):
        with operations._begin_transaction(sync_filter):
            # Read in the transaction: another may have placed them meanwhile.
            some = Store.objects.filter(pk__in=ids, dirty_bit=True)
            if connection.features.has_select_for_update:
                some = some.select_for_update()
            batch = place(model, list(some.order_by("pk").only(*columns)))
            refuse_large(large, batch)
        yield batch, len(ids) + len(large)


def _portions(rows: QuerySet[Store]) -> Iterator[tuple[list[str], list[str]]]:
    """Return the ids of each batch, and beside them those of records that are too large to be read at all.

    Many batches' are looked up at once: the database sorts all that is left each time.
    """
    last = ""
    ids: list[str] = []
    large: list[str] = []
    held = 0
    while True:
        ahead = rows.filter(pk__gt=last) if last else rows
        window = list(ahead.order_by("pk").values_list("pk", Length("serialized"))[:WINDOW])
        for pk, size in window:
            if size > reading.LARGEST:
                large.append(pk)
                continue
            if ids and (len(ids) + len(large) >= BATCH or held + size > WEIGHT):
                yield ids, large
                ids, large, held = [], [], 0
            ids.append(pk)
            held += size
        if len(window) < WINDOW:
            break
        last = window[-1][0]
    if ids or large:
        yield ids, large


def deserialize(profile: str, skip_erroring: bool = False, filter: Iterable[str] | None = None) -> None:  # noqa: A002
    """Stand in for morango's function of this purpose, with its arguments; other profiles go morango's way."""
    if profile != PROFILE:
        _of_morango(profile, skip_erroring=skip_erroring, filter=filter)
        return
    settle(filter, again=not skip_erroring)


_of_morango: Any = operations._deserialize_from_store


def take_over() -> None:
    """Have every way into morango's last stage lead here; once, when the apps are ready.

    morango has a setting for the operation of a transfer, and none for its controller.
    """
    from morango.sync import controller

    operations._deserialize_from_store = deserialize
    controller._deserialize_from_store = deserialize
