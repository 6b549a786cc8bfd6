"""`kolibri manage sync --address ADDRESS`: sync a school with another computer, and say what went over."""

from __future__ import annotations

import time
from typing import Any
from typing import Final

from django.core.management.base import BaseCommand
from django.core.management.base import CommandError
from django.core.management.base import CommandParser

from kolibri.core.sync.network import certificates
from kolibri.core.sync.network import peers
from kolibri.core.sync.network import syncing
from kolibri.core.sync.network.peers import Peer
from kolibri.core.sync.network.peers import School
from kolibri.errors import KolibriError
from kolibri.settings import environment

PASSWORD: Final = "KOLIBRI_SYNC_PASSWORD"  # noqa: S105  (the name of a variable)


class Command(BaseCommand):
    help = (
        "Sync a school with another computer, both ways. The first time an admin of the school signs in there: "
        f"--username, and the password in the environment as {PASSWORD}. After that neither is needed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--address", required=True, help="as 192.168.1.20 or http://192.168.1.20:8088")
        parser.add_argument("--school", default="", help="its name or id, where the other computer has several")
        parser.add_argument("--username", default="", help="an admin of the school, there")
        parser.add_argument("--no-pull", action="store_true", help="send only")
        parser.add_argument("--no-push", action="store_true", help="fetch only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            began = time.monotonic()
            peer = peers.find(options["address"])
            school = _school(peer, options["school"])
            partner = syncing.get_to_know(peer, school.dataset_id, options["username"], environment.text(PASSWORD))
            outcome = syncing.sync(partner, pull=not options["no_pull"], push=not options["no_push"])
        except KolibriError as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - began
        self.stdout.write(
            f"{school.name}: {outcome.pull.records} records fetched, {outcome.push.records} sent, {seconds:.1f} s."
        )


def _school(peer: Peer, wanted: str) -> School:
    """Return the school that is meant: named, or the only one that both have, or the only one there."""
    found = [one for one in peer.schools if wanted in (one.name, one.id, one.dataset_id)] if wanted else peer.schools
    if not wanted and len(found) > 1:
        found = [one for one in found if certificates.own_certificate(one.dataset_id)]
    if len(found) != 1:
        names = ", ".join(f"{one.name} ({one.id})" for one in peer.schools) or "none"
        raise CommandError(f"Say which school, by --school. There are: {names}.")
    return found[0]
