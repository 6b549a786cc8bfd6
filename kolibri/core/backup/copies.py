"""Whole copies of the SQLite database, taken while it lives and checked before they count."""

import contextlib
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterable
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils.translation import gettext_lazy as _

from kolibri import __version__
from kolibri.errors import KolibriError

UPGRADE: Final = "upgrade"
DAILY: Final = "daily"
# What was there before a backup was put in its place.
REPLACED: Final = "replaced"
# How many of each kind stay.
KEPT: Final = {UPGRADE: 3, DAILY: 7, REPLACED: 3}
SPARE: Final = 32 * 1024 * 1024
_PART: Final = ".part"
_OLD: Final = 60 * 60  # seconds


class NoCopy(KolibriError):
    """No good copy of the database could be made, so nothing else was done either."""

    code = "no_backup"


def back_up(database: Path, folder: Path, kind: str = UPGRADE) -> Path:
    """Copy the database into `folder`, check the copy, and return its path; the last of a kind are kept (`KEPT`).

    Raises NoCopy when the disk is too full or the database is damaged.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    if shutil.disk_usage(folder).free < database.stat().st_size * 3 + SPARE:
        raise NoCopy(_("There is too little space left to copy your data. Free some space."))
    copy = folder / f"{kind}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{__version__}.sqlite3"
    part = copy.with_suffix(_PART)
    try:
        copy_database(database, part)
        if problem := check(part, "integrity_check"):
            raise NoCopy(
                _("Your data is damaged and was left as it is: %(problem)s. Restore a backup.") % {"problem": problem}
            )
        part.chmod(0o600)
        os.replace(part, copy)
    except sqlite3.Error as error:
        raise NoCopy(_("Your data could not be copied: %(reason)s.") % {"reason": error}) from error
    finally:
        part.unlink(missing_ok=True)
    for old in in_order(folder.glob(f"{kind}-*.sqlite3"))[: -KEPT[kind]]:
        old.unlink(missing_ok=True)
    return copy


def _sweep(folder: Path) -> None:
    """Remove what copies that were cut off have left, each as large as the database; a young one may be at work."""
    for left in folder.glob(f"*{_PART}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                left.unlink()


def in_order(made: Iterable[Path]) -> list[Path]:
    """Sort copies by when they were made, the oldest first.

    One with a moment that is still to come was made while the clock was wrong, and before those with a moment
    that has been: it counts as older than them, or it would push out each day's copy for years.
    """
    now = _stamp()
    return sorted(made, key=lambda path: (path.name.split("-", 1)[1] <= now, path.name.split("-", 1)[1]))


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-~"


def no_room() -> NoCopy:
    """Return the refusal of a backup that would fill the disk."""
    return NoCopy(_("There is too little space left to bring back this backup. Free some space."))


def copy_database(source: Path, target: Path, *, is_still: bool = False) -> None:
    """Make `target` the same as `source`, in one transaction of the target. Raises sqlite3.Error.

    `is_still`: nobody writes to the source, and it may lie where nothing can be written, as on a locked stick.
    """
    # A copy is of the kind that wants a log beside it as soon as it is opened, like the database itself.
    how = "?mode=ro&immutable=1" if is_still and not any(one.exists() for one in beside(source)) else ""
    opened = sqlite3.connect(f"{source.absolute().as_uri()}{how}", uri=True)
    with contextlib.closing(opened) as old, contextlib.closing(sqlite3.connect(target)) as new:
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


def forget_the_moment(database: Path) -> None:
    """Remove from a copy who was signed in and what was under way when it was made, so that nothing of it can be read.

    With the key of a session anybody is that person while the session lasts, and jobs hold the keys of locked files.
    """
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA secure_delete=ON")
        for table in ("django_session", "tasks_jobrow"):
            if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                connection.execute(f"DELETE FROM {table}")  # noqa: S608


def take_place(working: Path, path: Path) -> None:
    """Replace the database in one step that is on the disk when this returns. Raises OSError, sqlite3.Error."""
    if path.exists():
        with contextlib.closing(sqlite3.connect(path)) as plain:
            # This also rolls back what a process that ended in the middle of a write has left in the journal.
            plain.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if any(one.exists() and one.stat().st_size for one in beside(path)[:2]):
        raise OSError(f"Another program has {path.name} open.")
    for one in beside(path):
        one.unlink(missing_ok=True)
    working.chmod(0o600)
    with working.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(working, path)
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def beside(path: Path) -> tuple[Path, Path, Path]:
    """Return the names of what SQLite keeps beside a database: its log, its journal and the log's index."""
    return Path(f"{path}-wal"), Path(f"{path}-journal"), Path(f"{path}-shm")


def remove(path: Path) -> None:
    """Remove a database that nobody has open."""
    for name in (path, *beside(path)):
        name.unlink(missing_ok=True)
