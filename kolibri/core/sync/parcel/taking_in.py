"""Taking a verified file's records into the school."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from django.db import connection
from django.db import transaction
from django.utils import timezone
from morango.models import Buffer
from morango.models import Filter
from morango.models import RecordMaxCounterBuffer
from morango.models import Store
from morango.models import SyncSession
from morango.models import TransferSession
from morango.sync.operations import _dequeue_into_store

from kolibri.core import room
from kolibri.core.fields import local_now
from kolibri.core.sync import counting
from kolibri.core.sync import turn
from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import counters
from kolibri.core.sync.parcel import records
from kolibri.core.sync.parcel.chain import PROFILE
from kolibri.core.sync.parcel.models import Holding
from kolibri.core.sync.parcel.problems import ChangedSinceLooked
from kolibri.core.sync.parcel.problems import NoRoom
from kolibri.core.sync.parcel.reading import Preview
from kolibri.core.sync.parcel.reading import Reading
from kolibri.core.sync.parcel.reading import opened
from kolibri.core.sync.parcel.reading import size_of

_WAIT: Final = 10.0  # seconds for a sync that is just ending
_KIND: Final = "disk"
Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class TakenIn:
    """What came in: the file, how many of its records were new here, how many could not be placed so far."""

    preview: Preview
    new: int
    waiting: int


def take_in(path: Path, key: bytes, digest: str, tick: Tick = lambda done, total: None) -> TakenIn:
    """Take in the file that `reading.look` was shown with this digest.

    It is verified once more while it is read, into morango's buffers, where nothing sees it; what is wrong
    with it is known before the first record is. Then everything comes in at once. `tick(done, total)` is told
    of bytes and may raise to stop until then. Raises Syncing and a ParcelProblem; then nothing has come in.
    """
    with room.minded(NoRoom), turn.taken(wait=_WAIT):
        forget_unfinished()
        session = _begin(path.name)
        try:
            with opened(path) as file:
                reading = Reading(file, key, size_of(file), tick)
                reading.check_fits()
                for batch in reading.batches():
                    _keep(batch, session)
            preview = reading.preview
            if preview.digest != digest:
                raise ChangedSinceLooked
            if counting.is_known_beyond(reading.gives) or counting.brings_unknown(session.pk):
                counting.give_up()
                # A file of the newest changes only does not hold what was lost here.
                reading.check_fits()
            settling.serialize(Filter(reading.dataset_id))
            new = _bring_in(reading, session, preview)
        finally:
            _end(session)
        waiting = settling.settle(Filter(reading.dataset_id)).waiting
    return TakenIn(preview, new, waiting)


def forget_unfinished() -> None:
    """Throw away what a taking-in that was cut short left in the buffers. For who has the turn."""
    for session in TransferSession.objects.filter(active=True, sync_session__connection_kind=_KIND):
        _end(session)


def _begin(name: str) -> TransferSession:
    now = timezone.now()
    sync = SyncSession.objects.create(
        id=uuid.uuid4().hex,
        profile=PROFILE,
        connection_kind=_KIND,
        connection_path=name[:1000],
        start_timestamp=now,
        last_activity_timestamp=now,
    )
    return TransferSession.objects.create(
        id=uuid.uuid4().hex, push=False, sync_session=sync, start_timestamp=now, last_activity_timestamp=now
    )


def _keep(batch: list[records.Record], session: TransferSession) -> None:
    rows, versions = records.buffered(batch, session.pk)
    with transaction.atomic():
        Buffer.objects.bulk_create(rows, 500)
        RecordMaxCounterBuffer.objects.bulk_create(versions, 500)


def _bring_in(reading: Reading, session: TransferSession, preview: Preview) -> int:
    """Move the buffers into the store, and the counters with them: all or nothing."""
    dataset_id = reading.dataset_id
    with transaction.atomic():
        session.filter = dataset_id
        session.records_total = session.records_transferred = preview.records
        session.save()
        vouched = counters.raised(reading.gives, counters.held(dataset_id))
        fsic = json.dumps({"super": {}, "sub": vouched})
        counting.recount(session.pk, [dataset_id])
        _dequeue_into_store(session, fsic, v2_format=True)
        new = int(Store.objects.filter(last_transfer_session_id=session.pk).count())
        counting.recount_arrived(session.pk)
        chain.keep(reading.links)
        chain.keep(reading.computers)
        told: dict[str, Any] = {"name": reading.sender, "counters": reading.holds, "seen_at": local_now()}
        Holding.objects.update_or_create(dataset_id=dataset_id, instance_id=reading.sender_instance, defaults=told)
        return new


def _end(session: TransferSession) -> None:
    """Empty the buffers; they are large, and rows by row would take as long as everything else."""
    with transaction.atomic(), connection.cursor() as cursor:
        for model in (Buffer, RecordMaxCounterBuffer):
            table = connection.ops.quote_name(model._meta.db_table)
            cursor.execute(f"DELETE FROM {table} WHERE transfer_session_id = %s", [session.pk])  # noqa: S608
        TransferSession.objects.filter(pk=session.pk).update(active=False, last_activity_timestamp=timezone.now())
        SyncSession.objects.filter(pk=session.sync_session_id).update(active=False)
