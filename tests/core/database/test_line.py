"""Writers on SQLite wait in line, and whoever ends in whatever way gives the turn on."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db import transaction
from django.db.utils import OperationalError

from kolibri.core.database.sqlite3.base import DatabaseWrapper

# Connections of the tests' own, besides the suite's.
pytestmark = pytest.mark.django_db(transaction=True)


def settings_of(path: Path, timeout: float = 5.0) -> dict[str, Any]:
    options = {"timeout": timeout, "transaction_mode": "IMMEDIATE", "init_command": "PRAGMA journal_mode=WAL;"}
    usual = {"ATOMIC_REQUESTS": False, "AUTOCOMMIT": True, "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False}
    return usual | {"NAME": path, "OPTIONS": options, "TIME_ZONE": None, "USER": "", "PASSWORD": "", "TEST": {}}


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "line.sqlite3"
    wrapper = DatabaseWrapper(settings_of(path), "default")
    wrapper.cursor().execute("CREATE TABLE told (word TEXT)")
    wrapper.close()
    yield path


class Writer(threading.Thread):
    """Writes words, each in a transaction of its own."""

    def __init__(self, path: Path, words: int) -> None:
        super().__init__()
        self.path, self.words = path, words
        self.longest = 0.0
        self.trouble: Exception | None = None

    def run(self) -> None:
        wrapper = DatabaseWrapper(settings_of(self.path), "default")
        try:
            for number in range(self.words):
                began = time.monotonic()
                begin(wrapper)
                wrapper.cursor().execute("INSERT INTO told VALUES (%s)", [f"{self.name}-{number}"])
                wrapper.commit()
                wrapper.set_autocommit(True)
                self.longest = max(self.longest, time.monotonic() - began)
        except Exception as error:
            self.trouble = error
        finally:
            wrapper.close()


def begin(wrapper: DatabaseWrapper) -> None:
    wrapper.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)


def test_writers_follow_one_another_and_all_of_it_is_kept(database: Path) -> None:
    writers = [Writer(database, 40) for _ in range(12)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.trouble for writer in writers] == [None] * 12
    wrapper = DatabaseWrapper(settings_of(database), "default")
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT word) FROM told")
        assert cursor.fetchone() == (480,)
    wrapper.close()


@pytest.mark.parametrize("end", ["commit", "rollback", "close"])
def test_whoever_ends_gives_the_turn_on(database: Path, end: str) -> None:
    first = DatabaseWrapper(settings_of(database), "default")
    begin(first)
    second = Writer(database, 1)
    second.start()
    second.join(0.3)
    assert second.is_alive(), "it is not its turn yet"
    getattr(first, end)()
    second.join(4)
    assert not second.is_alive() and second.trouble is None
    first.close()


def test_a_begin_that_fails_gives_the_turn_on(database: Path) -> None:
    """Another program holds the file: SQLite's own error comes, and the next in line has its try."""
    other = DatabaseWrapper(settings_of(database), "default")
    other.cursor().execute("SELECT 1")
    other.connection.execute("BEGIN IMMEDIATE")
    wrapper = DatabaseWrapper(settings_of(database, timeout=0.1), "default")
    with pytest.raises(OperationalError):
        begin(wrapper)
    other.connection.execute("COMMIT")
    other.close()
    wrapper.close()
    writer = Writer(database, 1)
    writer.start()
    writer.join(4)
    assert not writer.is_alive() and writer.trouble is None


def test_nobody_waits_for_ever_for_who_is_in_front(database: Path) -> None:
    first = DatabaseWrapper(settings_of(database), "default")
    begin(first)
    second = DatabaseWrapper(settings_of(database, timeout=0.2), "default")
    with pytest.raises(OperationalError, match="locked"):
        begin(second)
    second.close()
    first.rollback()
    first.close()


def test_the_program_uses_it() -> None:
    connection: Any = connections["default"]
    if connection.vendor == "sqlite":
        assert isinstance(connection, DatabaseWrapper)
        with transaction.atomic():
            assert connection._turn is not None
        assert connection._turn is None
