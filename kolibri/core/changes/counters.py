"""Triggers that count what is written, and the one query that reads the counts.

A validator made of these counts changes with every write to the tables that it names: also with
raw SQL, bulk updates, cascades and what a sync brings. It is read before the data; a write in
between makes the data newer than the validator, which costs one answer too many and never gives
one too few.

On PostgreSQL each connection counts in rows of its own, so that writers do not wait for one
another and cannot block each other in a circle. A count becomes visible with the write that it
counts, in one step, so the sum that a reader sees differs whenever what it reads does.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Iterable
from typing import Any
from typing import Final

from django.apps import apps
from django.db import connections
from django.db import transaction

COUNTERS: Final = "changes_changecounter"
# Written at each request or by the engine's own work, and never shown by the API.
_NOT_SHOWN: Final = ("changes", "sessions", "contenttypes", "admin", "morango", "messages")
_EVENTS: Final = ("INSERT", "UPDATE", "DELETE")


@functools.cache
def counted_tables() -> frozenset[str]:
    """Return the tables that are counted: those of our apps, and of the tests' own."""
    found: set[str] = set()
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.app_label not in _NOT_SHOWN and options.managed and not options.proxy:
            found.add(options.db_table)
    return frozenset(found)


@functools.cache
def tables_of_app(label: str) -> frozenset[str]:
    """Return the counted tables of one app, by its label."""
    models = apps.get_app_config(label).get_models(include_auto_created=True)
    return counted_tables() & {model._meta.db_table for model in models}


def install(using: str = "default") -> None:
    """Put the triggers on every counted table that is there, and give a new database its epoch.

    To be called after each migration: SQLite changes a table by making a new one, and the old one's
    triggers go with it.
    """
    connection = connections[using]
    with transaction.atomic(using=using), connection.cursor() as cursor:
        there = set(connection.introspection.table_names(cursor))
        if COUNTERS not in there:
            return
        make = _make_on_postgresql if connection.vendor == "postgresql" else _make_on_sqlite
        make(cursor, sorted(counted_tables() & there))
        cursor.execute(f"SELECT count(*) FROM {COUNTERS} WHERE table_name = ''")
        if not cursor.fetchone()[0]:
            _begin_epoch(cursor)


def renew(using: str = "default") -> None:
    """Begin another epoch: every validator given before is void. For a database that may be a copy of another."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _begin_epoch(cursor)


def state(tables: Iterable[str], using: str = "default") -> int:
    """Return a number that changes with every write to one of `tables`; one query."""
    names = ["", *sorted(tables)]
    places = ", ".join(["%s"] * len(names))
    with connections[using].cursor() as cursor:
        cursor.execute(f"SELECT SUM(count) FROM {COUNTERS} WHERE table_name IN ({places})", names)
        return int(cursor.fetchone()[0] or 0)


def _begin_epoch(cursor: Any) -> None:
    # Counts of connections that are gone are added up, or there would be more rows each day.
    cursor.execute(f"SELECT table_name, SUM(count) FROM {COUNTERS} WHERE table_name <> '' GROUP BY table_name")
    sums = [(name, 0, int(count)) for name, count in cursor.fetchall()]
    cursor.execute(f"DELETE FROM {COUNTERS}")
    rows = [("", 0, secrets.randbits(60)), *sums]
    cursor.executemany(f"INSERT INTO {COUNTERS} (table_name, slot, count) VALUES (%s, %s, %s)", rows)


def _make_on_sqlite(cursor: Any, tables: list[str]) -> None:
    for table in tables:
        for event in _EVENTS:
            name = f"changes_{event.lower()}_{table}"
            # No upsert: inside a trigger the writing statement's own way with conflicts would win over it.
            cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')
            cursor.execute(
                f'CREATE TRIGGER "{name}" AFTER {event} ON "{table}" BEGIN '
                f"INSERT INTO {COUNTERS} (table_name, slot, count) SELECT '{table}', 0, 0 "
                f"WHERE NOT EXISTS (SELECT 1 FROM {COUNTERS} WHERE table_name = '{table}' AND slot = 0); "
                f"UPDATE {COUNTERS} SET count = count + 1 WHERE table_name = '{table}' AND slot = 0; END"
            )


def _make_on_postgresql(cursor: Any, tables: list[str]) -> None:
    cursor.execute(
        f"""
        CREATE OR REPLACE FUNCTION changes_count() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {COUNTERS} (table_name, slot, count) VALUES (TG_TABLE_NAME, pg_backend_pid(), 1)
            ON CONFLICT (table_name, slot) DO UPDATE SET count = {COUNTERS}.count + 1;
            RETURN NULL;
        END $$
        """
    )
    for table in tables:
        cursor.execute(f'DROP TRIGGER IF EXISTS changes_count ON "{table}"')
        cursor.execute(
            f'CREATE TRIGGER changes_count AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION changes_count()"
        )
