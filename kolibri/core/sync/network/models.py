"""What this computer keeps about syncing over the network; none of it ever leaves it."""

from __future__ import annotations

from typing import ClassVar

from django.core.cache import cache
from django.db import models
from django.utils.translation import gettext_lazy as _
from morango.models import UUIDField

from kolibri.core.auth.models import FacilityDataset
from kolibri.core.fields import DateTimeTzField


class SyncDoor(models.Model):
    """The one row that says whether other computers of the school may sync with this one; absent means no."""

    ONLY: ClassVar[int] = 1
    _CACHE_KEY: ClassVar[str] = "sync-door"

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    is_open = models.BooleanField(default=False)

    def __str__(self) -> str:
        return "open" if self.is_open else "closed"

    @classmethod
    def is_open_now(cls) -> bool:
        """Return whether peers are answered. Kept in the process's cache: each request of a sync asks."""
        found = cache.get(cls._CACHE_KEY)
        if found is None:
            found = cls.objects.filter(pk=cls.ONLY, is_open=True).exists()
            cache.set(cls._CACHE_KEY, found, 30)
        return bool(found)

    @classmethod
    def set_open(cls, is_open: bool) -> None:
        """Let other computers of the school sync with this one, or stop letting them."""
        cls.objects.update_or_create(pk=cls.ONLY, defaults={"is_open": is_open})
        cache.delete(cls._CACHE_KEY)


class Ending(models.TextChoices):
    """How the last sync with a partner ended, in the words of the list of partners."""

    NEVER = "never", _("Not synced yet")
    DONE = "done", _("Synced")
    CUT = "cut", _("The connection was lost")
    REFUSED = "refused", _("The other computer refused")
    FAILED = "failed", _("It did not work")
    CANCELED = "canceled", _("Stopped")


class Partner(models.Model):
    """Another computer of a school, as it was reached last."""

    id = UUIDField(primary_key=True, editable=False)
    dataset = models.ForeignKey(FacilityDataset, models.CASCADE, related_name="sync_partners", db_constraint=False)
    dataset_id: str
    # "http://192.168.1.20:8088/", always with the slash.
    address = models.CharField(max_length=255)
    instance_id = UUIDField(blank=True, null=True)
    name = models.CharField(max_length=100, blank=True)
    # What its info says that it is, as "kolibri 0.19.5" or "kolibri-desktop 0.1.0".
    program = models.CharField(max_length=100, blank=True)
    # Minutes between two syncs that start by themselves; 0: only when asked for.
    every = models.PositiveIntegerField(default=0)
    # morango's session that was cut and that the next sync goes on with; empty when there is none.
    open_session = models.CharField(max_length=32, blank=True)
    ending = models.CharField(max_length=10, default=Ending.NEVER)
    # The sentence for a person about the last ending; empty when all went well.
    sentence = models.TextField(blank=True)
    tried_at = DateTimeTzField(null=True, blank=True)
    synced_at = DateTimeTzField(null=True, blank=True)
    received = models.PositiveIntegerField(default=0)
    sent = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["dataset", "address"], name="syncnetwork_one_address")]
        ordering: ClassVar = ["name", "address"]

    def __str__(self) -> str:
        return self.name or self.address
