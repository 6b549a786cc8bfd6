"""Saving a backup to a stick and asking for one to be brought back, in the background.

A job's arguments hold the key of its one file, never the passphrase: what the key opens stands in the same
database in the clear.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from django.conf import settings

from kolibri.core.backup import restoring
from kolibri.core.safekeeping import files
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job


class _WithProgress(Job):
    def _tick(self, done: int, total: int) -> None:
        self.check_for_cancel()
        self.update_progress(done, total)


@register_task
class SaveBackup(_WithProgress):
    """Save a backup to a stick. The result is the file's name."""

    def run(self, folder: str, header: dict[str, Any] | None, key: str) -> str:
        """Save to the stick whose root is `folder`; `header` and `key` (hex) are of `files.close`, or None and ""."""
        database = Path(settings.DATABASES["default"]["NAME"])
        return files.save(database, Path(folder), header, bytes.fromhex(key), self._tick).name


@register_task
class AskForBackup(_WithProgress):
    """Check a backup and have it put in place at the next start. The result is its `contents.Contents` as a dict."""

    def run(self, path: str, key: str) -> dict[str, Any]:
        """Ask for the file at `path`, whose key (hex) is of `files.key_of`."""
        with files.opened(Path(path), bytes.fromhex(key), self._tick) as database:
            found = restoring.ask(database, Path(settings.KOLIBRI_HOME))
        return dataclasses.asdict(found)
