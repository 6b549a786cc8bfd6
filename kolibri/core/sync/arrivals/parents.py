"""What the records of one batch refer to, read for all of them at once."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Any
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from morango.models import Store

from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import Membership
from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.sync.arrivals.plans import needed
from kolibri.core.sync.arrivals.plans import plan_of
from kolibri.core.sync.arrivals.reasons import Reason
from kolibri.core.sync.arrivals.reasons import SetAside

# What each kind of collection hangs on.
PARENT_KINDS: Final[dict[str, str]] = {
    collection_kinds.FACILITY: "",
    collection_kinds.CLASSROOM: collection_kinds.FACILITY,
    collection_kinds.LEARNERGROUP: collection_kinds.CLASSROOM,
    collection_kinds.ADHOCLEARNERSGROUP: collection_kinds.CLASSROOM,
}
_is_id: Final = re.compile(r"[0-9a-f]{32}").fullmatch


class Orphaned(Exception):
    """What the record hangs on has been deleted at some computer, so the record goes, too."""

    def __init__(self, is_hard: bool) -> None:
        super().__init__()
        self.is_hard = is_hard


class Parents:
    """The rows that a batch of records refers to. One query for each model that is referred to, one for the lost."""

    def __init__(self, records: list[SchoolRecord]) -> None:
        wanted: defaultdict[type[models.Model], set[str]] = defaultdict(set)
        for record in records:
            for field in plan_of(type(record)).references:
                value = getattr(record, field.attname)
                if isinstance(value, str) and _is_id(value):
                    wanted[field.related_model].add(value)
        self._found: dict[type[models.Model], dict[str, Any]] = {}
        lost: set[str] = set()
        for model, ids in wanted.items():
            # The managers for syncing: removed people are there, and a proxy has its own kind only.
            manager = getattr(model, "syncing_objects", model._base_manager)
            rows = manager.filter(pk__in=list(ids)).only(*needed(model))
            self._found[model] = {row.pk: row for row in rows}
            lost |= ids - self._found[model].keys()
        self._gone: dict[str, bool] = {}
        if lost:
            gone = Store.objects.filter(pk__in=list(lost)).filter(models.Q(deleted=True) | models.Q(hard_deleted=True))
            self._gone = dict(gone.values_list("pk", "hard_deleted"))

    def attach(self, record: SchoolRecord) -> None:
        """Give the record what it refers to, and check that both belong together.

        Raises SetAside, Orphaned.
        """
        dataset_id = getattr(record, "dataset_id", record.id)
        for field in plan_of(type(record)).references:
            value = getattr(record, field.attname)
            if value is None:
                if not field.null:
                    raise SetAside(Reason.WRONG_VALUE, f"{field.attname} is empty")
                continue
            if not isinstance(value, str) or not _is_id(value):
                raise SetAside(Reason.WRONG_VALUE, f"{field.attname} is no id")
            if value == record.id and field.related_model in type(record).__mro__:
                raise SetAside(Reason.WRONG_PLACE, f"{field.attname} is the record itself")
            row = self._found.get(field.related_model, {}).get(value)
            if row is None:
                if value in self._gone:
                    raise Orphaned(self._gone[value])
                raise SetAside(Reason.MISSING, f"{field.attname} {value}")
            if getattr(row, "dataset_id", row.pk) != dataset_id:
                raise SetAside(Reason.OTHER_SCHOOL, field.attname)
            setattr(record, field.name, row)


def check_place(record: SchoolRecord) -> None:
    """Check what the record's own rules say of what it hangs on, which is attached. Raises SetAside."""
    if isinstance(record, Collection):
        wanted = PARENT_KINDS.get(record.kind)
        found = record.parent.kind if record.parent is not None else ""
        if wanted is None or found != wanted:
            raise SetAside(Reason.WRONG_PLACE, f"a {record.kind} in a {found or 'nothing'}")
    try:
        if hasattr(record, "full_clean_dataset"):
            record.full_clean_dataset()
        record.check_rules()
    except ValidationError as error:
        codes = {one.code for found in error.error_dict.values() for one in found}
        if isinstance(record, Membership) and "not_in_class" in codes:
            raise SetAside(Reason.NOT_IN_CLASS, "the group's class has not the person") from error
        reason = Reason.OTHER_SCHOOL if "other_school" in codes else Reason.WRONG_PLACE
        if codes & {"out_of_range", "conflict"}:
            reason = Reason.WRONG_VALUE
        raise SetAside(reason, ", ".join(sorted(map(str, codes)))) from error
