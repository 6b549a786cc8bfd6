"""`kolibri manage bringchanges FILE`: show what a file of changes holds, and with --yes bring it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.management.base import CommandError
from django.core.management.base import CommandParser

from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DevicePermissions
from kolibri.core.device.models import DeviceSettings
from kolibri.core.sync.parcel import reading
from kolibri.core.sync.parcel import taking_in
from kolibri.core.sync.parcel.management.commands.savechanges import PASSPHRASE
from kolibri.errors import KolibriError
from kolibri.settings import environment


class Command(BaseCommand):
    help = (
        "Show whose changes a file on a stick holds; with --yes, bring them in. A passphrase stands in the environment "
        f"as {PASSPHRASE}."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--yes", action="store_true", help="bring them in; compare the fingerprint first")
        parser.add_argument(
            "--set-up-for",
            default="",
            metavar="USERNAME",
            help="on a new computer: make it this school's, and let this admin of the school run it",
        )

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            key = reading.key_of(file, environment.text(PASSPHRASE))
            seen = reading.look(file, key)
            self.stdout.write(f"{seen.school}, fingerprint {seen.fingerprint}")
            self.stdout.write(f"saved by {seen.sender} on {seen.written}: {seen.records} records")
            if not options["yes"]:
                self.stdout.write("Nothing was brought in. With --yes it is.")
                return
            done = taking_in.take_in(file, key, seen.digest)
            self.stdout.write(f"Brought in: {done.new} records were new, {done.waiting} wait for others.")
            if options["set_up_for"]:
                _set_up(seen.dataset_id, options["set_up_for"])
                self.stdout.write("This computer is set up.")
        except KolibriError as error:
            raise CommandError(str(error)) from error


def _set_up(dataset_id: str, username: str) -> None:
    """Make this computer the school's, as the wizard would."""
    device = DeviceSettings.objects.filter(pk=DeviceSettings.ONLY).first() or DeviceSettings()
    if device.is_provisioned:
        raise CommandError("This computer is set up already.")
    school = Facility.objects.get(dataset_id=dataset_id)
    people = [person for person in FacilityUser.objects.filter(facility=school, username=username) if person.is_admin]
    if len(people) != 1:
        raise CommandError(f"No admin of {school.name} is named {username}. The changes are here; try again.")
    DevicePermissions.objects.update_or_create(user=people[0], defaults={"is_superuser": True})
    device.default_facility = school
    device.is_provisioned = True
    device.save()
