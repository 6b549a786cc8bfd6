"""The store's records as they lie in a file, and what a record must be before anything is done with it.

One is `[id, model name, partition, source id, last saved instance, its counter, flags, parent, serialized,
conflicting, [[instance, counter], ...]]`, the flags 1 for deleted and 2 for deleted for good.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from typing import Final

import orjson
from django.db.models import Q
from morango.models import Buffer
from morango.models import RecordMaxCounter
from morango.models import RecordMaxCounterBuffer
from morango.models import Store
from morango.models import SyncableModel
from morango.registry import syncable_models

from kolibri.core.nesting import is_deep
from kolibri.core.sync.parcel import counters
from kolibri.core.sync.parcel.chain import PROFILE
from kolibri.core.sync.parcel.chain import is_id
from kolibri.core.sync.parcel.problems import Damaged

Record = list[Any]
BATCH: Final = 1_000  # records in a piece at most
_BATCH_TEXT: Final = 1024 * 1024  # characters in a piece, unless one record alone has more
_DEEPEST: Final = 64
_MOST_INSTANCES: Final = 1_000  # computers that have changed one record
_TEXT: Final = Store._meta.get_field("source_id").max_length
_FIELDS: Final = (
    "id",
    "model_name",
    "partition",
    "source_id",
    "last_saved_instance",
    "last_saved_counter",
    "deleted",
    "hard_deleted",
    "_self_ref_fk",
    "serialized",
    "conflicting_serialized_data",
)
_VERSION: Final = ("last_saved_instance", "last_saved_counter")
_VERSION_AT: Final = slice(4, 6)


def stored(dataset_id: str, condition: Q | None) -> Iterator[list[Record]]:
    """Yield the store's records of a school in the order of their ids, in batches that fit a piece.

    `condition`: only those that it is true of; None for all.
    """
    rows = Store.objects.filter(profile=PROFILE, partition__startswith=dataset_id).order_by("pk")
    if condition is not None:
        rows = rows.filter(condition)
    last = ""
    while True:
        page = list((rows.filter(pk__gt=last) if last else rows).values_list(*_FIELDS)[:BATCH])
        if not page:
            return
        last = page[-1][0]
        yield from _parted(_with_versions(page))


def _with_versions(page: list[tuple[Any, ...]]) -> list[Record]:
    """Return the records of these rows, each with the counters of the version that it is.

    A peer may bring newer ones at any moment. With the counters of a newer version an old one would pass for
    it, and whoever takes it in would refuse the newer one from then on.
    """
    ids = [row[0] for row in page]
    while True:
        versions: dict[str, list[list[Any]]] = defaultdict(list)
        found = RecordMaxCounter.objects.filter(store_model_id__in=ids)
        for pk, instance, counter in found.values_list("store_model_id", "instance_id", "counter"):
            versions[pk].append([instance, counter])
        current = set(Store.objects.filter(pk__in=ids).values_list("pk", *_VERSION))
        if all((row[0], *row[_VERSION_AT]) in current for row in page):
            return [_record(row, versions[row[0]]) for row in page]
        page = list(Store.objects.filter(pk__in=ids).order_by("pk").values_list(*_FIELDS))


def _record(row: tuple[Any, ...], versions: list[list[Any]]) -> Record:
    *head, deleted, hard_deleted, parent, serialized, conflicting = row
    return [*head, bool(deleted) + 2 * bool(hard_deleted), parent, serialized, conflicting, sorted(versions)]


def _parted(page: list[Record]) -> Iterator[list[Record]]:
    part: list[Record] = []
    size = 0
    for record in page:
        length = len(record[8]) + len(record[9])
        if part and size + length > _BATCH_TEXT:
            yield part
            part, size = [], 0
        part.append(record)
        size += length
    if part:
        yield part


class Judge:
    """Checks a file's records one after the other; raises Damaged at the first that no computer would write."""

    def __init__(self, dataset_id: str) -> None:
        self.counts: dict[str, int] = {}
        self._dataset_id = dataset_id
        self._last = ""

    def batch(self, plain: bytes) -> list[Record]:
        """Return the records of one piece."""
        try:
            batch = orjson.loads(plain)
            if not isinstance(batch, list) or not 0 < len(batch) <= BATCH:
                raise Damaged
            for record in batch:
                self._check(record)
        except (KeyError, TypeError, ValueError, RecursionError):
            raise Damaged from None
        return batch

    def _check(self, record: Any) -> None:
        pk, model, partition, source, instance, counter, flags, parent, serialized, conflicting, versions = record
        # One record once: the ids go up.
        if not is_id(pk) or pk <= self._last or not counters.is_inside(partition, self._dataset_id):
            raise Damaged
        self._last = pk
        if not all(isinstance(text, str) for text in (model, source, parent, serialized, conflicting)):
            raise Damaged
        if not 0 < len(model) <= 40 or not 0 < len(source) <= _TEXT or len(partition) > 128:
            raise Damaged
        if not is_id(instance) or not counters.is_counter(counter) or type(flags) is not int or not 0 <= flags <= 3:
            raise Damaged
        if parent and not is_id(parent):
            raise Damaged
        self._check_id(pk, model, partition, source)
        self._check_versions(versions)
        self._check_body(serialized or "{}")
        self.counts[model] = self.counts.get(model, 0) + 1

    def _check_id(self, pk: str, model: str, partition: str, source: str) -> None:
        try:
            kind = syncable_models.get_model(PROFILE, model)
        except KeyError:
            kind = SyncableModel
        worked_out = kind.compute_namespaced_id(partition.replace(pk, SyncableModel.ID_PLACEHOLDER), source, model)
        if worked_out != pk:
            raise Damaged

    def _check_body(self, serialized: str) -> None:
        body = orjson.loads(serialized)
        if not isinstance(body, dict):
            raise Damaged
        if serialized.count("[") + serialized.count("{") > _DEEPEST and is_deep(body, _DEEPEST):
            raise Damaged

    def _check_versions(self, versions: Any) -> None:
        if not isinstance(versions, list) or not 0 < len(versions) <= _MOST_INSTANCES:
            raise Damaged
        last = ""
        for instance, counter in versions:
            if not is_id(instance) or instance <= last or not counters.is_counter(counter):
                raise Damaged
            last = instance


def buffered(batch: list[Record], session_id: str) -> tuple[list[Buffer], list[RecordMaxCounterBuffer]]:
    """Return a batch as rows for morango's buffers, not saved."""
    rows: list[Buffer] = []
    versions: list[RecordMaxCounterBuffer] = []
    for pk, model, partition, source, instance, counter, flags, parent, serialized, conflicting, changed in batch:
        rows.append(
            Buffer(
                transfer_session_id=session_id,
                model_uuid=pk,
                profile=PROFILE,
                model_name=model,
                partition=partition,
                source_id=source,
                last_saved_instance=instance,
                last_saved_counter=counter,
                deleted=bool(flags & 1),
                hard_deleted=bool(flags & 2),
                _self_ref_fk=parent,
                serialized=serialized,
                conflicting_serialized_data=conflicting,
            )
        )
        versions.extend(
            RecordMaxCounterBuffer(transfer_session_id=session_id, model_uuid=pk, instance_id=by, counter=at)
            for by, at in changed
        )
    return rows, versions
