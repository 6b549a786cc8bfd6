"""Whole copies of the SQLite database, taken while it lives and checked before they count."""

import contextlib
import os
import secrets
import shutil
import sqlite3
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from kolibri import __version__
from kolibri.errors import KolibriError

KEPT: Final = 3
_SPARE: Final = 32 * 1024 * 1024


class NoCopy(KolibriError):
    """No good copy of the database could be made, so nothing else was done either."""

    code = "no_backup"


def back_up(database: Path, folder: Path, kind: str = "upgrade") -> Path:
    """Copy the database into `folder`, check the copy, and return its path; the last three of a kind are kept.

    Raises NoCopy when the disk is too full or the database is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < database.stat().st_size * 3 + _SPARE:
        raise NoCopy(_("There is too little space left to copy your data before the upgrade. Free some space."))
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    copy = folder / f"{kind}-{stamp}-{__version__}.sqlite3"
    part = copy.with_suffix(".part")
    try:
        copy_database(database, part)
        if problem := check(part, "integrity_check"):
            raise NoCopy(
                _("Your data is damaged and was left as it is: %(problem)s. Restore a backup.") % {"problem": problem}
            )
        part.chmod(0o600)
        os.replace(part, copy)
    except sqlite3.Error as error:
        raise NoCopy(_("Your data could not be copied before the upgrade: %(reason)s.") % {"reason": error}) from error
    finally:
        part.unlink(missing_ok=True)
    for old in sorted(folder.glob(f"{kind}-*.sqlite3"))[:-KEPT]:
        old.unlink(missing_ok=True)
    return copy


def copy_database(source: Path, target: Path) -> None:
    """Make `target` the same as `source`, in one transaction of the target. Raises sqlite3.Error."""
    with contextlib.closing(sqlite3.connect(source)) as old, contextlib.closing(sqlite3.connect(target)) as new:
        new.execute("PRAGMA synchronous=FULL")
        old.backup(new)


def check(database: Path, pragma: str = "quick_check") -> str:
    """Return what SQLite finds wrong with the file, or an empty string."""
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            found = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}(5)")]
    except sqlite3.DatabaseError as error:
        return str(error)
    return "" if found == ["ok"] else "; ".join(found)


def renew_database_id(database: Path) -> None:
    """Let a copy of a database count its records under an id of its own.

    Two databases that count on under one id use the same counters for different records, and
    peers silently pass over some of them. That happens as soon as somebody puts a backup back.
    """
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'morango_databaseidmodel'").fetchone():
            return
        if not connection.execute("UPDATE morango_databaseidmodel SET current = 0").rowcount:
            return  # it never had one; the first record makes it
        connection.execute(
            "INSERT INTO morango_databaseidmodel (id, current, date_generated, initial_instance_id) "
            "VALUES (?, 1, ?, '')",
            (secrets.token_hex(16), datetime.now(UTC).isoformat(sep=" ")[:26]),
        )
