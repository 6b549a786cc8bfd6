"""`kolibri manage savechanges STICK`: save a school's changes to a stick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.management.base import CommandError
from django.core.management.base import CommandParser

from kolibri.core.auth.models import Facility
from kolibri.core.sync.parcel import locks
from kolibri.core.sync.parcel import writing
from kolibri.errors import KolibriError
from kolibri.settings import environment

PASSPHRASE = "KOLIBRI_STICK_PASSPHRASE"  # noqa: S105  (the name of a variable)


class Command(BaseCommand):
    help = (
        "Save a school's changes to a stick, for its other computers. A passphrase, for computers that this one does "
        f"not know, stands in the environment as {PASSPHRASE}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("stick", type=Path, help="the stick's root, or a folder that stands for one")
        parser.add_argument("--school", default="", help="its name or id, where this computer has several")
        parser.add_argument("--only-new-for", default="", help="the id of a computer that brought a file here before")

    def handle(self, *args: Any, stick: Path, **options: Any) -> None:
        try:
            dataset_id = dataset_of(options["school"])
            header, key = locks.close(dataset_id, environment.text(PASSPHRASE))
            made = writing.write(stick.absolute(), dataset_id, header, key, for_instance=options["only_new_for"])
        except KolibriError as error:
            raise CommandError(str(error)) from error
        kind = "everything" if made.is_full else "only what is new there"
        self.stdout.write(f"{made.path}: {made.records} records ({kind}), {made.size} bytes.")


def dataset_of(wanted: str) -> str:
    """Return the dataset of the school that is meant, or of the only one."""
    schools = list(Facility.objects.order_by("name"))
    found = [one for one in schools if wanted in (one.name, one.pk, one.dataset_id)] if wanted else schools
    if len(found) != 1:
        names = ", ".join(f"{one.name} ({one.pk})" for one in schools) or "none"
        raise CommandError(f"Say which school, by --school. There are: {names}.")
    return str(found[0].dataset_id)
