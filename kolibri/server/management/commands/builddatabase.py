"""`kolibri manage builddatabase OUT`: the database that first starts copy. Part of building the program."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.core.management.base import CommandError

from kolibri.errors import KolibriError
from kolibri.server.upgrade import build_empty


class Command(BaseCommand):
    help = "Write the empty database that first starts copy instead of running every migration."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path)

    def handle(self, *args: Any, out: Path, **options: Any) -> None:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            build_empty(out.absolute())
        except KolibriError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{out}: {out.stat().st_size} bytes")
