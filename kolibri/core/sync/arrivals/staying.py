"""What was changed here stays although it was deleted elsewhere: with everything that hangs on it.

Who deletes a class deletes its groups, lessons and places, each of them a record of its own. Where the class was
renamed meanwhile it stays (a change that the deletion did not know of), and would stay empty.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import router
from django.db.models import QuerySet
from django.db.models.deletion import Collector
from morango.models import Store
from morango.models import SyncableModel
from morango.registry import syncable_models

from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.lessons.models import Lesson
from kolibri.core.sync.arrivals.looking_back import FIRST


def keep_whole(arrived: QuerySet[Store]) -> None:
    """Take what hangs on a class, group or lesson that stays for changed here, so that it stays as well.

    `arrived` are records that no row was made of yet; to be called before what was changed here is serialized. One
    query where nothing was deleted elsewhere.
    """
    gone = arrived.filter(deleted=True, hard_deleted=False)
    first = gone.filter(model_name__in=[model.morango_model_name for model in FIRST])
    kinds = set(first.values_list("model_name", flat=True))
    ids: set[str] = set()
    for model in FIRST:
        if model.morango_model_name in kinds:
            ids |= set(_hanging(model, gone))
    for model in syncable_models.get_models(SchoolRecord.morango_profile) if ids else ():
        lost = gone.filter(model_name=model.morango_model_name, pk__in_ids=list(ids))
        model.syncing_objects.filter(pk__in=lost.values("pk")).update(update_dirty_bit_to=True)


def _hanging(model: type[SchoolRecord], gone: QuerySet[Store]) -> Iterator[str]:
    """Yield the ids of all that hangs on the rows of this kind that stay."""
    rows: Any = model.syncing_objects.filter(_morango_dirty_bit=True)
    staying: list[Any] = list(rows.filter(pk__in=gone.filter(model_name=model.morango_model_name).values("pk")))
    if model is Lesson:
        # The lesson's single learners are in a group that the lesson's assignment points to.
        lessons = [one.pk for one in staying]
        staying += AdHocGroup.objects.filter(assigned_lessons__lesson_id__in=lessons)
    for one in staying:
        collector = Collector(using=router.db_for_write(model))
        collector.collect([one])
        for found in (*collector.data.values(), *collector.fast_deletes):
            yield from (row.pk for row in found if isinstance(row, SyncableModel))
