"""What belongs to this computer and never leaves it."""

from __future__ import annotations

from typing import Any
from typing import ClassVar

from django.core.cache import cache
from django.db import models

from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.fields import local_now


class DeviceSettings(models.Model):
    """The one row of settings of this computer; absent until the first screen of the wizard is answered."""

    ONLY: ClassVar[int] = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY, editable=False)
    name = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=20, blank=True)
    default_facility = models.ForeignKey(
        Facility, models.SET_NULL, null=True, blank=True, related_name="default_on_devices"
    )
    is_provisioned = models.BooleanField(default=False)
    # What the wizard has been told so far, so that an interrupted one resumes. Holds no password.
    setup_answers = JSONTextField(default=dict, blank=True)
    # Hash of the code that gives the first admin a new password; empty when none was made.
    recovery_code = models.CharField(max_length=128, blank=True)
    # The port that the class was last given, kept so that a poster stays right.
    class_port = models.PositiveIntegerField(null=True, blank=True)
    # Whether the class is let in again as soon as the program starts.
    shares_at_start = models.BooleanField(default=False)
    # Whether learners may look through all content, not only through their lessons.
    learners_may_browse = models.BooleanField(default=True)
    date_provisioned = DateTimeTzField(null=True, blank=True)

    _CACHE_KEY: ClassVar[str] = "device-settings"

    class Meta:
        verbose_name_plural = "device settings"

    def __str__(self) -> str:
        return self.name or "this computer"

    @classmethod
    def current(cls) -> DeviceSettings:
        """Return this computer's settings; an unsaved default when nothing is set up yet.

        Kept in the process's cache: every page asks for it, and only `save` changes it.
        """
        found = cache.get(cls._CACHE_KEY)
        if found is None:
            found = cls.objects.select_related("default_facility").filter(pk=cls.ONLY).first() or cls()
            cache.set(cls._CACHE_KEY, found, 60)
        return found  # type: ignore[no-any-return]

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pk = self.ONLY
        if self.is_provisioned and self.date_provisioned is None:
            self.date_provisioned = local_now()
        super().save(*args, **kwargs)
        cache.delete(self._CACHE_KEY)

    @staticmethod
    def forget() -> None:
        """Drop the kept copy, after the row was changed by other means."""
        cache.delete(DeviceSettings._CACHE_KEY)


class DevicePermissions(models.Model):
    """Rights over this computer; a school's roles do not give them and they do not sync."""

    user = models.OneToOneField(
        FacilityUser, models.CASCADE, primary_key=True, related_name="device_permissions", db_constraint=False
    )
    user_id: str
    is_superuser = models.BooleanField(default=False)
    can_manage_content = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.user_id} {'superuser' if self.is_superuser else 'content'}"


class PutAway(models.Model):
    """What a person does not want to be shown again on this computer, as "first-steps"."""

    user = models.ForeignKey(FacilityUser, models.CASCADE, related_name="put_away", db_constraint=False)
    user_id: str
    what = models.CharField(max_length=30)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["user", "what"], name="put_away_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.what}"
