"""What a list did, kept for 30 days so that it can be undone as a whole (`kolibri.core.bin.lists`)."""

from __future__ import annotations

import datetime
import hashlib
import json
import uuid
from collections.abc import Iterable
from typing import Any
from typing import Final

from django.db import models
from morango.models import UUIDField

from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now

DAYS: Final = 30
# What a list says of a person. A sign-in picture is none of it: cards may be printed at any time.
COLUMNS: Final = ("username", "full_name", "birth_year", "gender", "id_number", "password")


def new_id() -> str:
    return uuid.uuid4().hex


class ListImport(models.Model):
    """One list that was brought in. Local: it stays on the computer where that was done.

    `counts` are the rows by what became of them (`plan.What`), `records` what was written:

    - `people`: `{id: mark}` of who was made, `mark` as `mark_of` has it,
    - `classes`: `{id: name}` of those that were made,
    - `members`, `roles`: ids of what was made,
    - `changes`: `{person: {column: [before, after]}}` of who was there,
    - `into`: ids of the classes that somebody came into, in the order of the list.

    The school is no foreign key: an import outlives what it names.
    """

    id = UUIDField(primary_key=True, default=new_id, editable=False)
    school_id = UUIDField(db_index=True)
    made_by = models.ForeignKey("kolibriauth.FacilityUser", models.SET_NULL, null=True, related_name="list_imports")
    made_at = DateTimeTzField(default=local_now, db_index=True)
    counts: Any = JSONTextField(default=dict)
    records: Any = JSONTextField(default=dict)
    undone_at = DateTimeTzField(null=True)

    class Meta:
        app_label = "kolibriauth"
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"list of {self.made_at}"


def there() -> models.QuerySet[ListImport]:
    """Return the lists of the last 30 days, newest first."""
    return ListImport.objects.filter(made_at__gte=_limit())


def forget_old() -> None:
    """Delete what is older: it holds what people were called and how their passwords were kept."""
    ListImport.objects.filter(made_at__lt=_limit()).delete()


def keep(
    facility_id: str,
    by: Any,
    counts: Any,
    people: Iterable[Any],
    members: Iterable[Any],
    into: list[str],
    **more: Any,
) -> ListImport:
    """Keep what a list wrote, and forget lists that are too old; `more` are further parts of the records."""
    forget_old()
    records: Any = {
        "people": {person.pk: mark_of(getattr(person, name) for name in COLUMNS) for person in people},
        "members": [one.pk for one in members],
        "into": into,
        **{"classes": {}, "roles": [], "changes": {}, **more},
    }
    return ListImport.objects.create(school_id=facility_id, made_by=by, counts=counts, records=records)


def mark_of(values: Iterable[str | None]) -> str:
    """Return by what a later change of a person's `COLUMNS` (in that order) is seen; nobody reads them in it."""
    return hashlib.sha256(json.dumps(list(values)).encode()).hexdigest()[:16]


def _limit() -> datetime.datetime:
    return local_now() - datetime.timedelta(days=DAYS)
