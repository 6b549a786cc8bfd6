"""`kolibri manage bringschool HOME`: bring the schools of a teacher's computer to a district's server."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import Final

from django.apps import apps
from django.core.management.base import BaseCommand
from django.core.management.base import CommandError
from django.core.management.base import CommandParser
from django.db import connections
from django.db import models
from django.db import transaction
from django.db.migrations.recorder import MigrationRecorder
from morango.models import Certificate
from morango.models import SyncableModel

from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.signing_in_limits import Guesses
from kolibri.core.device.models import DevicePermissions
from kolibri.core.device.models import DeviceSettings
from kolibri.server.home import MARK

OLD: Final = "bringschool"
# Rows that are read at a time.
BATCH: Final = 500


class Command(BaseCommand):
    help = (
        "Bring the schools of a home with an SQLite file into this server's database: people, classes, lessons and "
        "what learners did. The home is only read; stop its program first. Content is not brought: import the home's "
        "folder `content` as you would a stick."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("home", type=Path, help="the home folder, or a copy of it")

    def handle(self, *args: Any, home: Path, **options: Any) -> None:
        file = home.expanduser().absolute() / "db.sqlite3"
        if not file.is_file() or not (file.parent / MARK).is_file():
            raise CommandError(f"{home} is not the home of a Kolibri Desktop.")
        settings = {**connections["default"].settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": file}
        connections.databases[OLD] = {**settings, "OPTIONS": {}, "CONN_HEALTH_CHECKS": False, "CONN_MAX_AGE": 0}
        try:
            self._check()
            with transaction.atomic():
                counts = {model._meta.verbose_name_plural: _copy(model) for model in _models()}
                _copy_certificates()
                _settle()
        finally:
            connections[OLD].close()
            del connections[OLD]
            del connections.databases[OLD]
        for name, count in counts.items():
            if count:
                self.stdout.write(f"{count:7} {name}")

    def _check(self) -> None:
        there, here = (
            {name for name in MigrationRecorder(connections[alias]).applied_migrations() if name[0] in _labels()}
            for alias in (OLD, "default")
        )
        if there != here:
            which = "older" if there < here else "unknown"
            raise CommandError(
                f"This home is of an {which} version. Start this version on a copy of it, or upgrade here."
            )
        ids = set(FacilityDataset.objects.using(OLD).values_list("pk", flat=True))
        known = Facility.objects.filter(dataset_id__in=ids).values_list("name", flat=True)
        if known:
            raise CommandError(f"This server has it already: {', '.join(known)}. Nothing was changed.")
        if not ids:
            raise CommandError("There is no school in this home.")


def _labels() -> set[str]:
    return {model._meta.app_label for model in _models()}


def _models() -> list[type[models.Model]]:
    """Return the models that hold a school."""
    return [
        model
        for label in ("kolibriauth", "lessons", "logger")
        for model in apps.get_app_config(label).get_models()
        if not model._meta.proxy and model is not Guesses
    ]


def _copy(model: type[models.Model]) -> int:
    """Copy all rows as they are and return how many; the first sync from here is to send them all."""
    count = 0
    for row in model._base_manager.using(OLD).iterator(chunk_size=BATCH):
        if isinstance(row, SyncableModel):
            row._morango_dirty_bit = True
        # Not `save`, which would reckon ids, partitions and dates anew.
        row.save_base(raw=True, force_insert=True, using="default")
        count += 1
    return count


def _copy_certificates() -> None:
    """Bring the certificates that make this server the owner of its schools' data."""
    for root in Certificate.objects.using(OLD).filter(parent=None):
        if Certificate.objects.filter(pk=root.pk).exists():
            continue
        # Each is a tree of its own here too.
        root.lft = root.rght = root.tree_id = root.level = None
        root.save(using="default", force_insert=True)


def _settle() -> None:
    """Make the server ready for people; who may run the first school's computer may run the server."""
    if not DevicePermissions.objects.exists():
        DevicePermissions.objects.bulk_create(list(DevicePermissions.objects.using(OLD)))
    settings = DeviceSettings.objects.filter(pk=DeviceSettings.ONLY).first() or DeviceSettings()
    if not settings.is_provisioned:
        old = DeviceSettings.objects.using(OLD).filter(pk=DeviceSettings.ONLY).first()
        settings.language = old.language if old else ""
        settings.is_provisioned = True
    if Facility.objects.count() > 1:
        # From now on people choose theirs when they sign in.
        settings.default_facility = None
    settings.save()
    transaction.on_commit(DeviceSettings.forget)
