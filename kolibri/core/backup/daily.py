"""A copy of the database each day, as long as something was written since the last one."""

from __future__ import annotations

import logging
from pathlib import Path

from django.conf import settings
from django.db import connection

from kolibri.core.backup import contents
from kolibri.core.backup import copies

logger = logging.getLogger(__name__)


def is_possible() -> bool:
    """Whether this program keeps its data in a file of its own; a district's PostgreSQL is its administrator's."""
    return connection.vendor == "sqlite" and not connection.is_in_memory_db()  # type: ignore[attr-defined]


def back_up() -> Path | None:
    """Copy the database and return the copy, or None when the last copy holds the same. Raises NoCopy."""
    database, folder = Path(settings.DATABASES["default"]["NAME"]), Path(settings.KOLIBRI_HOME) / "backups"
    last = newest(folder)
    if last is not None and _is_same(last, database):
        return None
    made = copies.back_up(database, folder, copies.DAILY)
    logger.info("The day's backup: %s.", made.name)
    return made


def newest(folder: Path) -> Path | None:
    """Return the last copy of any kind, or None."""
    made = copies.in_order(folder.glob("*-*.sqlite3"))
    return made[-1] if made else None


def _is_same(copy: Path, database: Path) -> bool:
    try:
        return contents.writes(copy) == contents.writes(database)
    except contents.Unreadable:
        return False
