"""SQLite, whose writers wait for one another in line.

SQLite lets one write at a time, and whoever has to wait looks again after ever longer pauses: among
fifty devices that tell of their progress one had to look for five seconds. Threads of one process
need not look, they can be woken. Another process is still waited for as SQLite does.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import Any

from django.db.backends.sqlite3 import base

_lines: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)


class DatabaseWrapper(base.DatabaseWrapper):
    """Takes its turn before a transaction begins, and gives it on when that has ended."""

    _turn: threading.Lock | None = None

    def _start_transaction_under_autocommit(self) -> None:
        self._leave()
        line = _lines[str(self.settings_dict["NAME"])]
        # Whoever is in front may be stuck: SQLite's own waiting, and its error, come after.
        if line.acquire(timeout=self.settings_dict["OPTIONS"].get("timeout", 5.0)):
            self._turn = line
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._leave()
            raise

    def _commit(self) -> Any:
        # A refused commit leaves the transaction open: Django rolls back, and that leaves the line.
        found = super()._commit()  # type: ignore[misc]
        self._leave()
        return found

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._leave()

    def _close(self) -> Any:
        try:
            return super()._close()  # type: ignore[misc]
        finally:
            self._leave()

    def _leave(self) -> None:
        if self._turn is not None:
            self._turn.release()
            self._turn = None
