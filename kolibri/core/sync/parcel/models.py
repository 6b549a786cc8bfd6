"""What this computer remembers of the stick's traffic; none of it syncs."""

from __future__ import annotations

from typing import Any
from typing import ClassVar

from django.db import models
from morango.models.fields.crypto import PrivateKeyField

from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now


class Holding(models.Model):
    """What another computer of a school holds, as it said in a file that it signed."""

    dataset_id = models.CharField(max_length=32)
    instance_id = models.CharField(max_length=32)
    name = models.CharField(max_length=100, blank=True)
    counters: Any = JSONTextField(default=dict)
    seen_at = DateTimeTzField(default=local_now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["dataset_id", "instance_id"], name="syncparcel_one_holding")
        ]

    def __str__(self) -> str:
        return self.name or self.instance_id


class JoinRequest(models.Model):
    """A request to join a school that went out on a stick; its key waits here for the answer."""

    public_key = models.TextField(unique=True)
    private_key = PrivateKeyField()
    asked_at = DateTimeTzField(default=local_now)

    def __str__(self) -> str:
        return str(self.asked_at)
