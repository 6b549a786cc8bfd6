"""One batch of records of one kind: from the store into rows, in one transaction, in the writer's turn."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db import InterfaceError
from django.db import OperationalError
from django.db import router
from django.db import transaction
from django.db.models.deletion import Collector
from morango.models import DeletedModels
from morango.models import HardDeletedModels
from morango.models import Store
from morango.models import SyncableModel

from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.sync.arrivals import looking_back
from kolibri.core.sync.arrivals import pictures
from kolibri.core.sync.arrivals.parents import Orphaned
from kolibri.core.sync.arrivals.parents import Parents
from kolibri.core.sync.arrivals.parents import check_place
from kolibri.core.sync.arrivals.plans import plan_of
from kolibri.core.sync.arrivals.reading import read
from kolibri.core.sync.arrivals.reasons import Reason
from kolibri.core.sync.arrivals.reasons import SetAside

logger = logging.getLogger(__name__)

# The database itself is not to be written to at the moment: no record is at fault, the stage is to be tried again.
BUSY: Final = (OperationalError, InterfaceError)


@dataclass
class Batch:
    """What became of a batch: numbers, the codes of what was set aside, and what waits for the next serialising."""

    placed: int = 0
    removed: int = 0
    put_off: int = 0
    refused: Counter[Reason] = field(default_factory=Counter)


def place(model: type[SchoolRecord], rows: Sequence[Store]) -> Batch:
    """Make rows of these records, or note why not. To be called in a transaction, with rows read in it.

    No exception of a record gets out; raises OperationalError where the database cannot be written to.
    """
    batch = Batch()
    rows = _leave_out_newer(model, rows, batch)
    batch.removed = _remove(model, [row for row in rows if row.deleted or row.hard_deleted])
    aside: dict[str, SetAside] = {}
    records: list[SchoolRecord] = []
    for row in rows:
        if row.deleted or row.hard_deleted:
            continue
        try:
            records.append(read(row, model))
        except BUSY:
            raise
        except Exception as error:
            aside[row.pk] = _as_set_aside(error)
    orphans: list[tuple[str, bool]] = []
    ready: list[SchoolRecord] = []
    parents = Parents(records)
    for record in records:
        try:
            parents.attach(record)
            check_place(record)
            ready.append(record)
        except Orphaned as error:
            orphans.append((record.id, error.is_hard))
        except BUSY:
            raise
        except Exception as error:
            aside[record.id] = _as_set_aside(error)
    late = pictures.part(model, ready)
    note = looking_back.before_writing(model, ready)
    placed = _write(model, ready, aside)
    note(set(placed))
    pictures.give(late)
    _let_go(orphans)
    batch.put_off += len(orphans)
    batch.placed = len(placed)
    _mark_clean([*placed, *(row.pk for row in rows if row.deleted or row.hard_deleted)])
    _mark_aside(aside)
    batch.refused.update(error.reason for error in aside.values())
    return batch


def refuse_large(ids: list[str], batch: Batch) -> None:
    """Set these records aside without reading them; to be called in a transaction."""
    if not ids:
        return
    _mark_aside(dict.fromkeys(ids, SetAside(Reason.TOO_LARGE, "not read")))
    batch.refused[Reason.TOO_LARGE] += len(ids)


def _leave_out_newer(model: type[SchoolRecord], rows: Sequence[Store], batch: Batch) -> list[Store]:
    """Leave out what was changed or deleted here since the last serialising: that comes first, as in morango."""
    ids = [row.pk for row in rows]
    newer = set(model.syncing_objects.filter(pk__in=ids, _morango_dirty_bit=True).values_list("pk", flat=True))
    newer |= set(DeletedModels.objects.filter(pk__in=ids).values_list("pk", flat=True))
    batch.put_off += len(newer)
    return [row for row in rows if row.pk not in newer]


def _write(model: type[SchoolRecord], records: list[SchoolRecord], aside: dict[str, SetAside]) -> list[str]:
    """Write the rows at once; when the database refuses that, one by one. Returns the ids that were written."""
    if not records:
        return []
    if plan_of(model).is_plain:
        try:
            with transaction.atomic():
                model._default_manager.bulk_create(
                    records, update_conflicts=True, unique_fields=["id"], update_fields=plan_of(model).columns
                )
            return [record.id for record in records]
        except BUSY:
            raise
        except Exception as error:
            logger.info("%s records of %s are written one by one: %s", len(records), model, type(error).__name__)
    written: list[str] = []
    for record in records:
        try:
            with transaction.atomic():
                record.save(update_dirty_bit_to=False)
            written.append(record.id)
        except BUSY:
            raise
        except Exception as error:
            aside[record.id] = _as_set_aside(error)
    return written


def _as_set_aside(error: Exception) -> SetAside:
    if isinstance(error, SetAside):
        return error
    if isinstance(error, IntegrityError):
        return SetAside(Reason.TAKEN, type(error).__name__)
    if isinstance(error, ValidationError):
        return SetAside(Reason.WRONG_VALUE, type(error).__name__)
    # Ours, most likely: kept in the log, and no reason to stop for the others.
    logger.warning("A record that arrived could not be placed.", exc_info=error)
    return SetAside(Reason.FAILED, type(error).__name__)


def _remove(model: type[SchoolRecord], rows: list[Store]) -> int:
    """Delete the rows of what was deleted elsewhere, and what hangs on them.

    morango keeps signals still for all threads so that no deletion is noted; here the notes are taken back.
    """
    if not rows:
        return 0
    there = list(model.syncing_objects.filter(pk__in=[row.pk for row in rows]))
    if not there:
        return 0
    looking_back.before_removing(model, there, rows)
    collector = Collector(using=router.db_for_write(model))
    collector.collect(there)
    ids = [one.pk for kind, found in collector.data.items() if issubclass(kind, SyncableModel) for one in found]
    before = set(DeletedModels.objects.filter(pk__in=ids).values_list("pk", flat=True))
    collector.delete()
    DeletedModels.objects.filter(pk__in=[pk for pk in ids if pk not in before]).delete()
    return len(there)


def _let_go(orphans: list[tuple[str, bool]]) -> None:
    """Note as deleted what hung on a deleted record; the next serialising tells the others."""
    profile = SchoolRecord.morango_profile
    noted = [DeletedModels(id=pk, profile=profile) for pk, _ in orphans]
    hard = [HardDeletedModels(id=pk, profile=profile) for pk, is_hard in orphans if is_hard]
    if noted:
        DeletedModels.objects.bulk_create(noted, ignore_conflicts=True)
    if hard:
        HardDeletedModels.objects.bulk_create(hard, ignore_conflicts=True)


def _mark_clean(ids: Iterable[str]) -> None:
    ids = list(ids)
    if ids:
        Store.objects.filter(pk__in=ids).update(
            dirty_bit=False, deserialization_error=None, deserialization_exception=None
        )


def _mark_aside(aside: dict[str, SetAside]) -> None:
    """Note the reason beside each record. Those that came in one batch often have the same one."""
    same: dict[tuple[str, str], list[str]] = {}
    for pk, error in aside.items():
        same.setdefault((error.code, error.detail), []).append(pk)
    for (code, detail), ids in same.items():
        Store.objects.filter(pk__in=ids).update(deserialization_error=detail, deserialization_exception=code)
