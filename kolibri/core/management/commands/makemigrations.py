"""`kolibri manage makemigrations APP --name what_changes`: a migration is named by what it does."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.makemigrations import Command as OfDjango


class Command(OfDjango):
    """Django's own, which makes names up; here a migration that is written needs one that says what it does."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        name = options["name"]
        writes = not (options["check_changes"] or options["dry_run"] or options["update"])
        if writes and not name:
            raise CommandError(
                "Say what the migration does: --name lesson_order, for example. "
                "(--check and --dry-run write nothing and need no name.)"
            )
        if name and "_auto_" in f"_{name}_":
            raise CommandError(f"--name {name} is a made-up name. Say what the migration does: --name lesson_order.")
        super().handle(*app_labels, **options)
