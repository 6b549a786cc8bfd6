"""What every record of a school's data shares, so that it can travel to and from a peer.

Ids, partitions and fields follow the facility data schema of Kolibri 0.19 (see docs/data.md):
they cannot be changed later.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Any
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from morango.models import DeletedModels
from morango.models import HardDeletedModels
from morango.models import SyncableModel
from morango.models import SyncableModelManager

if TYPE_CHECKING:
    from kolibri.core.auth.models import Person
    from kolibri.core.auth.permissions import ModelPermissions


def forget_deletion(ids: Iterable[str]) -> None:
    """Take back the note that these records were deleted, since they exist again under the same ids.

    morango notes every deletion and, at the next sync, marks the noted records as deleted after
    it has stored the living ones: without this a learner who left a class and came back would
    be gone at every peer.
    """
    ids = list(ids)
    DeletedModels.objects.filter(id__in=ids).delete()
    HardDeletedModels.objects.filter(id__in=ids).delete()


def note_deletions(ids: Iterable[str]) -> None:
    """Note that these records were deleted, as morango does one by one where Django deletes."""
    notes = [DeletedModels(id=pk, profile=SchoolRecord.morango_profile) for pk in ids]
    DeletedModels.objects.bulk_create(notes, ignore_conflicts=True)


def create_many(records: Sequence[DatasetRecord], *, may_come_back: bool = True) -> None:
    """Insert new records of one model in one statement, their ids worked out as `save` would.

    `may_come_back=False`: they hang on a record that is new itself, so no deletion of them can be noted.
    """
    for record in records:
        if not record.dataset_id:
            record.dataset_id = record.infer_dataset()
        record.id = record.calculate_uuid()
    if records:
        type(records[0]).objects.bulk_create(records)
        if may_come_back and records[0].calculate_source_id() is not None:
            forget_deletion(record.id for record in records)


class SchoolRecord(SyncableModel):  # type: ignore[misc]
    """A record of a school's data with a random source id; the profile of all of them is `facilitydata`."""

    morango_profile = "facilitydata"
    permissions: ClassVar[ModelPermissions]

    objects = SyncableModelManager()
    syncing_objects = SyncableModelManager()

    class Meta:
        abstract = True

    def calculate_source_id(self) -> str | None:
        return None

    def check_rules(self) -> None:
        """Raise ValidationError for what no record of this kind may be, here or arriving from a peer."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.check_rules()
        random_id = not self._morango_source_id and (type(self).calculate_source_id is SchoolRecord.calculate_source_id)
        may_come_back = self._state.adding and not random_id
        super().save(*args, **kwargs)
        if may_come_back:
            forget_deletion([self.pk])

    @classmethod
    def readable_by(cls, user: Person, queryset: models.QuerySet[Any] | None = None) -> models.QuerySet[Any]:
        """Return those of `queryset` (default: all) that `user` may read; one IN, never DISTINCT."""
        return cls.permissions.readable_by(user, cls.objects.all() if queryset is None else queryset)


class DatasetRecord(SchoolRecord):
    """A record inside one dataset; `dataset` is taken from the field named by `dataset_from`."""

    dataset = models.ForeignKey(
        "kolibriauth.FacilityDataset", models.CASCADE, related_name="%(class)s_records", editable=False
    )
    dataset_id: str
    dataset_from: ClassVar[str] = ""
    same_dataset: ClassVar[tuple[str, ...]] = ()

    class Meta:
        abstract = True

    def calculate_partition(self) -> str:
        return self.dataset_id

    def infer_dataset(self) -> str:
        """Return the id of the dataset that this record belongs to, by the field named in `dataset_from`."""
        return str(getattr(self, self.dataset_from).dataset_id)

    def full_clean_dataset(self) -> None:
        """Raise ValidationError when a field named in `same_dataset` points into another school."""
        for name in self.same_dataset:
            if getattr(self, f"{name}_id") is None:
                continue
            if getattr(self, name).dataset_id != self.dataset_id:
                raise ValidationError({name: ValidationError("belongs to another school", code="other_school")})

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self.dataset_id and self.dataset_from:
            self.dataset_id = self.infer_dataset()
        super().save(*args, **kwargs)
