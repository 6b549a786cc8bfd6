"""Putting a backup in the database's place, in two steps: asked for while the program runs, done at the next start.

<home>/restoring.sqlite3     the backup that was asked for, whole and checked; its being there is the wish
<home>/backups/replaced-...  what was there before, so that this can be undone in the same way
<home>/backups/damaged-...   what was there before when SQLite could not read it; never removed by the program
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import sqlite3
from collections.abc import Callable
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.errors import BadInput

logger = logging.getLogger(__name__)

_WISH: Final = "restoring.sqlite3"


def ask(backup: Path, home: Path) -> contents.Contents:
    """Have a backup put in place at the next start, and return what it holds; a later wish replaces an earlier one.

    Raises BadInput (`backup`) when it cannot be read, NoCopy when there is too little space.
    """
    part = home / f"{_WISH}.part"
    try:
        found = contents.read(backup)
        _refuse_newer(backup)
        if shutil.disk_usage(home).free < backup.stat().st_size * 4 + copies.SPARE:
            raise copies.no_room()
        copies.copy_database(backup, part, is_still=True)
        if problem := copies.check(part, "integrity_check"):
            raise contents.Unreadable(problem)
        part.chmod(0o600)
        os.replace(part, home / _WISH)
    except (contents.Unreadable, OSError, sqlite3.Error) as error:
        raise BadInput(
            _("This backup cannot be read: %(reason)s. Choose another one.") % {"reason": error},
            code="bad_backup",
            field="backup",
        ) from error
    finally:
        copies.remove(part)
    return found


def _refuse_newer(backup: Path) -> None:
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    known = set(disk) | {name for migration in disk.values() for name in migration.replaces}
    if contents.migrations(backup) - known:
        raise BadInput(
            _("This backup was made by a newer version of Kolibri Desktop. Install the newest version first."),
            code="newer_database",
            field="backup",
        )


def asked(home: Path) -> contents.Contents | None:
    """Return what the backup holds that will be in place after the next start; None when none was asked for."""
    with contextlib.suppress(contents.Unreadable):
        return contents.read(home / _WISH)
    return None


def forget(home: Path) -> None:
    """Leave the data as it is after all."""
    copies.remove(home / _WISH)


def finish(database: Path, home: Path, say: Callable[[str], None]) -> None:
    """Put the backup in place that was asked for, if one was. To be called before anything opens the database.

    Cut off at any moment, the next start does it again. Raises NoCopy when what is there now cannot be kept.
    """
    wish = home / _WISH
    if not wish.exists():
        return
    say(str(_("The backup is being brought back.")))
    _keep(database, home / "backups")
    working = database.with_name(f"{database.name}.restoring")
    copies.remove(working)
    copies.copy_database(wish, working)
    copies.forget_the_moment(working)
    with contextlib.closing(sqlite3.connect(working)) as plain:
        plain.execute("PRAGMA journal_mode=DELETE")
    copies.renew_database_id(working)
    copies.take_place(working, database)
    forget(home)
    logger.info("A backup was brought back.")


def _keep(database: Path, backups: Path) -> None:
    """Keep what is there now: as a backup, or as it is when SQLite cannot read it."""
    if not database.exists():
        # An earlier try was cut off after the damaged file was put aside.
        for one in copies.beside(database):
            one.unlink(missing_ok=True)
        return
    if not database.stat().st_size:
        return
    if not copies.check(database, "integrity_check"):
        copies.back_up(database, backups, copies.REPLACED)
        return
    put_aside(database, backups)


def put_aside(database: Path, backups: Path) -> Path:
    """Move a damaged database, with its log, out of the way under a dated name, and return that."""
    backups.mkdir(parents=True, exist_ok=True)
    aside = backups / f"damaged-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.sqlite3"
    # The log first: the next start may find the file without it, never a new file with an old log.
    for one, name in zip((*copies.beside(database), database), (*copies.beside(aside), aside), strict=True):
        if one.exists():
            os.replace(one, name)
    logger.warning("The damaged database is kept as %s.", aside.name)
    return aside
