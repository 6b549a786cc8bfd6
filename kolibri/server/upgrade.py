"""The database made, or brought up to this version, before anything else uses it.

A first start copies the empty database that was made when the program was built. A later one
compares two lists of names and is done, unless the program is newer: then the database is
copied, the copy checked, the migrations run on another copy, and that one, checked too, takes
the database's place in one step. Until then the database is as it was, whatever fails: Django
records some migrations only after their tables are there, and a process that ends in between
would leave a database that no later start could upgrade.
"""

import contextlib
import logging
import os
import pkgutil
import shutil
import sqlite3
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils.translation import gettext_lazy as _

from kolibri.core.backup import copies
from kolibri.core.backup import remedies
from kolibri.core.backup import restoring
from kolibri.core.changes import counters
from kolibri.errors import KolibriError
from kolibri.server.home import problem_of

logger = logging.getLogger(__name__)

Names = set[tuple[str, str]]

# Any number that nothing else in the database locks.
_UPGRADE_LOCK: Final = 0x4B4F4C49


class UpgradeFailed(KolibriError):
    """The database could not be brought up to this version; it is as it was."""

    code = "upgrade_failed"


class NewerDatabase(KolibriError):
    """A newer version of the program has written this database; it is left alone."""

    code = "newer_database"


def prepare_database(home: Path, progress: Callable[[str], None] | None = None) -> None:
    """Make the database ready for this version of the program; `progress` hears a sentence before a long step.

    Raises NewerDatabase, UpgradeFailed, remedies.NoData, or copies.NoCopy; the data is then as it was before.
    """
    say = progress or (lambda sentence: None)
    try:
        if connection.vendor != "sqlite":
            _prepare_shared(say)
            return
        _prepare_file(Path(settings.DATABASES["default"]["NAME"]), home, say)
        # The file may be a copy of another, or an older one that was put back: browsers must not take the
        # answers that they kept for those of this one.
        counters.renew()
    finally:
        connections.close_all()


def _prepare_file(path: Path, home: Path, say: Callable[[str], None]) -> None:
    """Make the database file ready, by a migrated copy that takes its place. Raises as `prepare_database` does."""
    restoring.finish(path, home, say)
    if not path.exists() or not path.stat().st_size:
        if problem := remedies.lost(path, home):
            raise problem
        _begin(path)
    try:
        applied = _applied(path)
    except sqlite3.DatabaseError as error:
        logger.exception("The database cannot be read.")
        raise remedies.unreadable(path, home, error) from error
    remedies.done(home)
    if applied == _known():
        return
    _refuse_newer(applied)
    if not _pending():
        return
    connections.close_all()
    if not applied:
        say(str(_("The database is being made. This happens once.")))
        _migrate_aside(path, None)
    else:
        say(str(_("Your data is being copied, then upgraded to this version.")))
        _migrate_aside(path, copies.back_up(path, home / "backups"))


def _prepare_shared(say: Callable[[str], None]) -> None:
    """Upgrade a database server's database in place, one process after another. Raises NewerDatabase."""
    with _alone():
        _refuse_newer(set(MigrationRecorder(connection).applied_migrations()))
        if _pending():
            say(str(_("The database is being upgraded.")))
            _migrate()


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Keep out the other processes that start at the same time; they wait for their turn."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_UPGRADE_LOCK])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [_UPGRADE_LOCK])


def build_empty(path: Path) -> None:
    """Write the database that first starts copy: all tables, nothing that belongs to one installation.

    Runs in a process of its own (a management command): it points the connection at a new file.
    Raises UpgradeFailed when something of an installation is in it.
    """
    path.unlink(missing_ok=True)
    working = path.with_name(f"{path.name}.building")
    try:
        with _pointing_at(working):
            _migrate()
            _find_own_rows()
        with contextlib.closing(sqlite3.connect(working)) as made:
            made.execute("VACUUM INTO ?", (str(path),))
    finally:
        copies.remove(working)


def _find_own_rows() -> None:
    """Look where an installation writes what is its own. Raises UpgradeFailed."""
    sync = ("instanceidmodel", "databaseidmodel", "certificate", "sharedkey", "nonce")
    with connection.cursor() as cursor:
        for table in ("django_session", "device_devicesettings", *(f"morango_{name}" for name in sync)):
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
            if cursor.fetchone()[0]:
                raise UpgradeFailed(f"{table} is not empty: a migration writes what belongs to one installation.")


def _begin(path: Path) -> None:
    """Put the database that was made at build time in place, if there is one."""
    for beside in copies.beside(path):
        if beside.exists():
            # Left by a database that is gone; SQLite would apply it to the new one.
            os.replace(beside, path.parent / "backups" / f"{beside.name}-left")
    made = Path(settings.ASSETS) / "database" / "empty.sqlite3"
    if not made.is_file() or copies.check(made):
        return
    part = path.with_name(f".{path.name}.part")
    try:
        shutil.copyfile(made, part)
        part.chmod(0o600)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:
        raise problem_of(path.parent, error) from error
    finally:
        part.unlink(missing_ok=True)


def _applied(path: Path) -> Names:
    """What was run on the database, read without Django's migration machinery. Raises sqlite3.DatabaseError."""
    with contextlib.closing(sqlite3.connect(path, timeout=20)) as plain:
        if not plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'").fetchone():
            return set()
        return {(app, name) for app, name in plain.execute("SELECT app, name FROM django_migrations")}


def _known() -> Names:
    """The names of this version's migrations, found without importing one."""
    names: Names = set()
    for config in apps.get_app_configs():
        folder = os.path.join(config.path, "migrations")
        names |= {
            (config.label, module.name)
            for module in pkgutil.iter_modules([folder])
            if not module.ispkg and module.name[0] not in "_~"
        }
    return names


def _pending() -> bool:
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_newer(applied: Names) -> None:
    disk = MigrationExecutor(connection).loader.disk_migrations
    replaced = {name for migration in disk.values() for name in migration.replaces}
    unknown = applied - set(disk) - replaced
    if unknown:
        logger.error("Migrations of a newer version: %s", sorted(unknown))
        raise NewerDatabase(
            _(
                "Your data was made by a newer version of Kolibri Desktop. It was not changed. "
                "Install the newest version to open it."
            )
        )


def _migrate() -> None:
    call_command("migrate", interactive=False, verbosity=0)


def _migrate_aside(path: Path, copy: Path | None) -> None:
    """Migrate beside the database, from a copy or from nothing, and put the result in its place.

    Raises UpgradeFailed; the database is then as it was.
    """
    working = path.with_name(f"{path.name}.upgrading")
    try:
        copies.remove(working)
        if copy is not None:
            shutil.copyfile(copy, working)
        with _pointing_at(working):
            _migrate()
        with contextlib.closing(sqlite3.connect(working)) as plain:
            # A file alone, without a log beside it: it is moved in one step.
            plain.execute("PRAGMA journal_mode=DELETE")
        if copy is not None:
            # The copy in the backups keeps the old one: whoever puts it back counts on where it stopped.
            copies.renew_database_id(working)
        if problem := copies.check(working):
            raise sqlite3.DatabaseError(problem)
        copies.take_place(working, path)
    except Exception as error:
        logger.exception("The upgrade failed; the database is as it was.")
        raise UpgradeFailed(
            _(
                "Your data could not be upgraded to this version and was left as it was. "
                "Use the version you had before, and report this. (%(reason)s)"
            )
            % {"reason": error}
        ) from error
    finally:
        copies.remove(working)


@contextlib.contextmanager
def _pointing_at(path: Path) -> Iterator[None]:
    """Let Django's connection open another file. Nothing else uses the database while the server starts."""
    connections.close_all()
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = path
    try:
        yield
    finally:
        connections.close_all()
        connection.settings_dict["NAME"] = before
