"""`kolibri manage restorebackup [FILE]`: have a backup put in place at the next start; without FILE, list them."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.core.management.base import CommandError
from django.core.management.base import CommandParser

from kolibri.core.backup import contents
from kolibri.core.backup import daily
from kolibri.core.backup import restoring
from kolibri.errors import KolibriError


class Command(BaseCommand):
    help = "Have a backup put in place at the next start. What is there now is kept as a backup, too."
    # The database may be the damaged one.
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="a backup, by its path or its name in the home's backups")
        parser.add_argument("--forget", action="store_true", help="leave the data as it is after all")

    def handle(self, *, file: str | None, forget: bool, **_options: Any) -> None:
        """Raises CommandError with a sentence when the backup is no good one."""
        home = Path(settings.KOLIBRI_HOME)
        if not daily.is_possible():
            raise CommandError("This server keeps its data in PostgreSQL; its administrator has the backups.")
        if forget:
            restoring.forget(home)
            self.stdout.write("The data stays as it is.")
        elif file is None:
            self._list(home / "backups")
        else:
            inside = home / "backups" / file
            try:
                found = restoring.ask(inside if inside.is_file() else Path(file).absolute(), home)
            except KolibriError as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"{_said(found)}. Close the program and start it again: this is then in place.")

    def _list(self, folder: Path) -> None:
        for path in sorted(folder.glob("*.sqlite3"), key=lambda one: one.name.partition("-")[2]):
            try:
                said = _said(contents.read(path))
            except contents.Unreadable as error:
                said = f"cannot be read: {error}"
            when = datetime.datetime.fromtimestamp(path.stat().st_mtime).astimezone()
            self.stdout.write(f"{path.name}  {when:%Y-%m-%d %H:%M}  {said}")


def _said(found: contents.Contents) -> str:
    schools = ", ".join(found.schools) or "no school"
    return f"{schools}: {found.classes} classes, {found.people} people, {found.lessons} lessons"
