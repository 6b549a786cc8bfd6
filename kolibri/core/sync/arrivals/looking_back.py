"""What an arrival takes away here is kept first, so that people can see it and bring it back.

Deleted classes, groups and lessons go where a deletion of this computer goes, for the same 30 days; what was changed
in a lesson goes into its history, and so does the version that did not stay where two computers had changed it.
Deleted people are kept by the schema itself (`date_deleted`).
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Collection as Container
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any
from typing import Final

from django.db.models import QuerySet
from django.db.models.functions import Substr
from morango.models import Store

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.bin import services as bin_services
from kolibri.core.lessons import elsewhere
from kolibri.core.lessons.models import Lesson
from kolibri.core.sync.arrivals import reading
from kolibri.core.sync.arrivals.reasons import SetAside

# Deleted before anything else that was, from the outside in: what hangs on them is still there to be kept.
FIRST: Final[tuple[type[SchoolRecord], ...]] = (Classroom, LearnerGroup, Lesson)
# Characters of the versions that did not stay, of which the first line is the latest. morango never shortens them.
_LONGEST: Final = 200_000


def before_writing(model: type[SchoolRecord], records: Sequence[Any]) -> Callable[[Container[str]], None]:
    """Return what is to be called, with the ids that were written, after these records have been."""
    if model not in elsewhere.KINDS or not records:
        return lambda written: None
    entries = elsewhere.changes(model, records, _losers(model, [record.id for record in records]))
    return lambda written: elsewhere.keep(entries, written)


def before_serializing(arrived: QuerySet[Store]) -> None:
    """Note the versions of lessons and plans that arrived and do not stay, because the same was changed here meanwhile.

    `arrived` are records that no row was made of yet. Serialising what was changed here keeps them beside it, and
    takes them for placed. Two queries where there is none.
    """
    for model in elsewhere.KINDS:
        changed = model.syncing_objects.filter(_morango_dirty_bit=True).order_by()
        both = arrived.filter(model_name=model.morango_model_name, deleted=False, pk__in=changed.values("pk"))
        lost = _read(both, model)
        if lost:
            stays = list(model.objects.in_bulk(lost).values())
            elsewhere.keep(elsewhere.changes(model, stays, lost), lost)


def before_removing(model: type[SchoolRecord], there: Sequence[Any], going: Sequence[Store]) -> None:
    """Keep what is about to be deleted because it was deleted elsewhere.

    `going` are its records. What was deleted for good (`hard_deleted`, as when a person's data must go) is not kept.
    """
    for_good = {row.pk for row in going if row.hard_deleted}
    kept = [one for one in there if one.pk not in for_good]
    if model in (Classroom, LearnerGroup):
        for collection in kept:
            bin_services.keep_deleted_elsewhere(collection)
    elif model is Lesson:
        elsewhere.keep_deleted(kept)


def _losers(model: type[SchoolRecord], ids: list[str]) -> dict[str, Any]:
    """Return the latest version of each record that did not stay, if there is one that can be read."""
    rows = Store.objects.filter(pk__in=ids).exclude(conflicting_serialized_data="")
    found = rows.defer("serialized", "conflicting_serialized_data").annotate(
        lost=Substr("conflicting_serialized_data", 1, _LONGEST)
    )
    for row in found:
        row.serialized = row.lost.partition("\n")[0]
    return _read(found, model)


def _read(rows: Iterable[Store], model: type[SchoolRecord]) -> dict[str, Any]:
    """Return what these records say, by their ids, without those that cannot be read."""
    found: dict[str, Any] = {}
    for row in rows:
        try:
            found[row.pk] = reading.read(row, model)
        except SetAside:
            continue
    return found
