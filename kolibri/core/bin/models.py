"""What was deleted, with every row that went with it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from morango.models import UUIDField

from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now


def new_id() -> str:
    return uuid.uuid4().hex


class Deletion(models.Model):
    """One class or group that was deleted. Local: it stays on the computer where that was done.

    `what` is the collection's kind, `label` its name, `deleted_id` its id (none for one that was
    deleted before this was kept), `collection_id` the school or class that it was in, and `records`
    every row of the cascade, as `kolibri.core.bin.rows` writes them. The ids are no foreign keys: a
    deletion outlives what it names.
    """

    id = UUIDField(primary_key=True, default=new_id, editable=False)
    what = models.CharField(max_length=20)
    label = models.CharField(max_length=100)
    dataset_id = UUIDField(db_index=True)
    collection_id = UUIDField(db_index=True)
    deleted_id = UUIDField(null=True, editable=False)
    made_by = models.ForeignKey(FacilityUser, models.SET_NULL, null=True, related_name="deletions")
    made_at = DateTimeTzField(default=local_now, db_index=True)
    records: Any = JSONTextField(default=list)
    undone_at = DateTimeTzField(null=True)

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return self.label
