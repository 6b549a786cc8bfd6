"""The database made, or brought up to this version, before anything else uses it.

A first start copies the empty database that was made when the program was built. A later one
compares two lists of names and is done, unless the program is newer: then the database is
copied, the copy checked, the migrations run and the result checked. What fails is undone.
"""

import contextlib
import logging
import os
import pkgutil
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.utils.translation import gettext_lazy as _
from morango.models.core import InstanceIDModel

from kolibri.errors import KolibriError
from kolibri.server import backups

logger = logging.getLogger(__name__)

Names = set[tuple[str, str]]


class UpgradeFailed(KolibriError):
    """The database could not be brought up to this version; it is as it was."""

    code = "upgrade_failed"


class NewerDatabase(KolibriError):
    """A newer version of the program has written this database; it is left alone."""

    code = "newer_database"


def prepare_database(home: Path, progress: Callable[[str], None] | None = None) -> None:
    """Make the database ready for this version of the program; `progress` hears a sentence before a long step.

    Raises NewerDatabase, UpgradeFailed, or backups.NoCopy; the data is then as it was before.
    """
    say = progress or (lambda sentence: None)
    try:
        if connection.vendor != "sqlite":
            if _pending():
                say(str(_("The database is being upgraded.")))
                _migrate()
            return
        path = Path(settings.DATABASES["default"]["NAME"])
        if not path.exists() or not path.stat().st_size:
            _begin(path)
        applied = _applied(path)
        if applied == _known():
            return
        _refuse_newer(applied)
        if not _pending():
            return
        if not applied:
            say(str(_("The database is being made. This happens once.")))
            _migrate()
            return
        say(str(_("Your data is being copied, then upgraded to this version.")))
        connections.close_all()
        _upgrade(path, backups.back_up(path, home / "backups"))
    finally:
        connections.close_all()


def build_empty(path: Path) -> None:
    """Write the database that first starts copy: all tables, nothing that belongs to one installation.

    Runs in a process of its own (a management command): it points the connection at a new file.
    Raises UpgradeFailed when something of an installation is in it.
    """
    working = path.with_suffix(".working")
    for old in (working, path):
        old.unlink(missing_ok=True)
    connections.close_all()
    connection.settings_dict["NAME"] = working
    try:
        _migrate()
        own = ("django_session", "morango_instanceidmodel", "morango_databaseidmodel", "morango_certificate")
        with connection.cursor() as cursor:
            for table in (*own, "morango_sharedkey", "morango_nonce", "device_devicesettings"):
                cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
                if cursor.fetchone()[0]:
                    raise UpgradeFailed(f"{table} is not empty: a migration writes what belongs to one installation.")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()
        with contextlib.closing(sqlite3.connect(working)) as made:
            made.execute("VACUUM INTO ?", (str(path),))
    finally:
        connections.close_all()
        for name in (working, Path(f"{working}-wal"), Path(f"{working}-shm")):
            name.unlink(missing_ok=True)


def _begin(path: Path) -> None:
    """Put the database that was made at build time in place, if there is one."""
    for beside in (Path(f"{path}-wal"), Path(f"{path}-shm")):
        if beside.exists():
            # Left by a database that is gone; SQLite would apply it to the new one.
            os.replace(beside, path.parent / "backups" / f"{beside.name}-left")
    made = Path(settings.ASSETS) / "database" / "empty.sqlite3"
    if not made.is_file() or backups.check(made):
        return
    part = path.with_name(f".{path.name}.part")
    shutil.copyfile(made, part)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(part, path)


def _applied(path: Path) -> Names:
    """What was run on the database, read without Django's migration machinery."""
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as plain:
            if not plain.execute("SELECT 1 FROM sqlite_master WHERE name = 'django_migrations'").fetchone():
                return set()
            return {(app, name) for app, name in plain.execute("SELECT app, name FROM django_migrations")}
    except sqlite3.DatabaseError as error:
        logger.exception("The database cannot be read.")
        raise UpgradeFailed(
            _("Your data cannot be read: %(reason)s. Restore a copy from the folder “backups”.") % {"reason": error}
        ) from error


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


def _upgrade(path: Path, copy: Path) -> None:
    """Migrate and check; put the copy back when either fails. Raises UpgradeFailed."""
    try:
        _migrate()
        connections.close_all()
        if problem := backups.check(path):
            raise sqlite3.DatabaseError(problem)
    except Exception as error:
        logger.exception("The upgrade failed; the copy %s is put back.", copy)
        connections.close_all()
        InstanceIDModel._cached_instance = None
        try:
            backups.restore(copy, path)
        except sqlite3.Error as worse:
            raise UpgradeFailed(
                _("The upgrade failed, and your data could not be put back. A whole copy of it is in %(copy)s.")
                % {"copy": copy}
            ) from worse
        raise UpgradeFailed(
            _(
                "Your data could not be upgraded to this version and was put back as it was. "
                "A copy is in %(copy)s. Use the version you had before, and report this. (%(reason)s)"
            )
            % {"copy": copy, "reason": error}
        ) from error
