"""What this computer keeps about its own counting; none of it syncs."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from morango.models import UUIDField


class GivenUp(models.Model):
    """An id under which this computer counts no more, as its numbers were given out twice.

    `shared`: up to which number they are one line of changes; None until `counting.recount` has found that out.
    """

    instance_id = UUIDField(primary_key=True)
    shared = models.IntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.instance_id} after {self.shared}"


class Issued(models.Model):
    """A number up to which this computer said, as one of its ids, that all its changes are counted."""

    KEPT: ClassVar[int] = 2_000  # of an id, the latest

    instance_id = UUIDField()
    counter = models.IntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["instance_id", "counter"], name="sync_issued_once")]

    def __str__(self) -> str:
        return f"{self.instance_id}:{self.counter}"

    @classmethod
    def note(cls, instance_id: str, counter: int) -> None:
        """Keep the number, and of the old ones not too many."""
        cls.objects.create(instance_id=instance_id, counter=counter)
        ours = cls.objects.filter(instance_id=instance_id)
        for oldest in ours.order_by("-counter").values_list("counter", flat=True)[cls.KEPT : cls.KEPT + 1]:
            ours.filter(counter__lte=oldest).delete()

    @classmethod
    def is_foreign(cls, instance_id: str, counter: int) -> bool:
        """Return whether the number was never issued here, as far back as this is known."""
        ours = cls.objects.filter(instance_id=instance_id)
        return ours.filter(counter__lt=counter).exists() and not ours.filter(counter=counter).exists()
