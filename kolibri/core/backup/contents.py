"""What a database file holds, without opening it as the program's own: for lists, previews and comparisons."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from kolibri.core.backup import copies

# Written by the program itself; none of it is a school's.
_NOT_THE_SCHOOLS: Final = frozenset({"", "tasks_jobrow", "kolibriauth_guesses"})


@dataclass(frozen=True)
class Contents:
    """Counts of what is in a database. `schools` are their names, sorted."""

    schools: tuple[str, ...]
    classes: int
    people: int
    lessons: int


class Unreadable(Exception):
    """The file is no database of this program, or a damaged one; the message is SQLite's."""


def read(database: Path) -> Contents:
    """Look into a database file. Raises Unreadable."""
    with _opened(database) as connection:
        kinds = dict(connection.execute("SELECT kind, count(*) FROM kolibriauth_collection GROUP BY kind").fetchall())
        names = connection.execute(
            "SELECT name FROM kolibriauth_collection WHERE kind = 'facility' ORDER BY name"
        ).fetchall()
        (people,) = connection.execute("SELECT count(*) FROM kolibriauth_facilityuser").fetchone()
        (lessons,) = connection.execute("SELECT count(*) FROM lessons_lesson").fetchone()
    return Contents(tuple(str(row[0]) for row in names), kinds.get("classroom", 0), people, lessons)


def writes(database: Path) -> dict[str, int]:
    """Return how often each of the school's tables was written to, by name. Raises Unreadable.

    Two files of one database hold the same data when these are the same.
    """
    with _opened(database) as connection:
        query = "SELECT table_name, SUM(count) FROM changes_changecounter GROUP BY table_name"
        return {str(name): int(count) for name, count in connection.execute(query) if name not in _NOT_THE_SCHOOLS}


def migrations(database: Path) -> set[tuple[str, str]]:
    """Return the migrations, app and name, that were run on the database. Raises Unreadable."""
    with _opened(database) as connection:
        return {(str(app), str(name)) for app, name in connection.execute("SELECT app, name FROM django_migrations")}


@contextlib.contextmanager
def _opened(database: Path) -> Iterator[sqlite3.Connection]:
    try:
        if not database.is_file():
            raise Unreadable("there is no such file")
        # Read only, and never a new file beside it; a live database has its log there already.
        is_live = any(one.exists() for one in copies.beside(database))
        how = "mode=ro" if is_live else "mode=ro&immutable=1"
        with contextlib.closing(sqlite3.connect(f"{database.absolute().as_uri()}?{how}", uri=True)) as connection:
            yield connection
    except (OSError, sqlite3.Error) as error:
        raise Unreadable(str(error)) from error
