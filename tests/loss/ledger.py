"""What writers were told: every lesson that was acknowledged, and the one change that was on its way."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import NamedTuple


class Event(NamedTuple):
    """A change of a lesson's title (None: deleted) that was asked for or acknowledged.

    `at` is the length of the diary at that moment, or 0 where none is kept.
    """

    done: bool
    lesson: str
    title: str | None
    at: int = 0


@dataclass
class Ledger:
    """Events in the order in which their writer saw them."""

    events: list[Event] = field(default_factory=list)

    @property
    def acknowledged(self) -> int:
        return sum(event.done for event in self.events)

    def possible(self, until: int | None = None) -> dict[str, set[str | None]]:
        """Return the titles that each lesson may have after a stop when the diary was `until` long.

        Only one, unless a change was on its way.
        """
        titles: dict[str, set[str | None]] = {}
        for event in self.events:
            if until is not None and event.at > until:
                continue
            if event.done:
                titles[event.lesson] = {event.title}
            else:
                titles.setdefault(event.lesson, set()).add(event.title)
        return titles

    def faults(self, database: Path, until: int | None = None) -> list[str]:
        """Return what is wrong with the database after a stop; nothing, when all is well."""
        with closing(sqlite3.connect(database)) as opened:
            try:
                return list(self._faults(opened, until))
            except sqlite3.DatabaseError as error:
                return [f"the database cannot be read: {error}"]

    def _faults(self, opened: sqlite3.Connection, until: int | None) -> list[str]:
        faults = [row[0] for row in opened.execute("PRAGMA integrity_check") if row[0] != "ok"]
        faults += [f"foreign key: {row}" for row in opened.execute("PRAGMA foreign_key_check")]
        there = dict(opened.execute("SELECT id, title FROM lessons_lesson"))
        for lesson, titles in self.possible(until).items():
            if there.get(lesson) not in titles:
                faults.append(f"{lesson} is {there.get(lesson)!r}, acknowledged was {titles}")
        halves = (
            "SELECT id FROM lessons_lesson WHERE id NOT IN (SELECT lesson_id FROM lessons_lessonassignment)",
            "SELECT id FROM lessons_lesson WHERE id NOT IN (SELECT lesson_id FROM lessons_lessonchange)",
        )
        for half in halves:
            faults += [f"half a lesson: {row[0]}" for row in opened.execute(half)]
        return faults
