"""One row of a list by itself: what its cells say, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from typing import TypeVar

from django.utils.translation import gettext as _

from kolibri.core.auth import usernames
from kolibri.core.auth.roster import values
from kolibri.core.auth.roster.columns import Entry
from kolibri.core.auth.roster.columns import Listing
from kolibri.core.auth.roster.headings import Column
from kolibri.core.auth.roster.present import Place

LONGEST_CLASS: Final = 100
LONGEST_IDENTIFIER: Final = 64
LONGEST_PASSWORD: Final = 128

Value = TypeVar("Value")


@dataclass(frozen=True)
class Fault:
    """Something wrong: the row as a spreadsheet counts it, the column by its own heading, and how to mend it."""

    number: int
    column: str
    value: str
    sentence: str


class Places:
    """The school's classes by name, and those that a list makes, each once."""

    def __init__(self, classes: list[Place]) -> None:
        self._by_name: dict[str, Place] = {}
        self._ids: dict[str, set[str]] = {}
        for place in classes:
            folded = usernames.fold(place.name)
            self._by_name.setdefault(folded, place)
            self._ids.setdefault(folded, set()).add(place.id)

    def knows(self, name: str) -> bool:
        return usernames.fold(name) in self._by_name

    def named(self, name: str) -> Place:
        """Return the class of this name, there or to be made."""
        return self._by_name.setdefault(usernames.fold(name), Place("", name))

    def missing(self, places: Iterable[Place], ids: set[str]) -> list[Place]:
        """Return those of `places` that no class of `ids` is called like; a sync may bring two of one name."""
        return [place for place in places if not self._ids.get(usernames.fold(place.name), set()) & ids]


class Said:
    """What a row says, its cells checked one by one; `faults` grows while it is compared with the school."""

    def __init__(self, entry: Entry, listing: Listing, places: Places) -> None:
        self.number = entry.number
        self.faults: list[Fault] = []
        self._texts = {column: values.clean(text) for column, text in entry.texts.items()}
        self._listing = listing
        self.id_text = self._texts.get(Column.ID, "")
        self.username = self._texts.get(Column.USERNAME, "")
        self.full_name = self._name()
        self.password = self._password(entry.texts.get(Column.PASSWORD, ""))
        self.id_number = self._texts.get(Column.IDENTIFIER, "")
        if len(self.id_number) > LONGEST_IDENTIFIER:
            self.fault(Column.IDENTIFIER, _("Write at most 64 letters."))
        self.birth_year = self._value(
            Column.BIRTH_YEAR, values.birth_year, _("Write the year in four digits, for example 2014.")
        )
        self.gender = self._value(Column.GENDER, values.gender, _("Write MALE or FEMALE, or leave this empty."))
        self.rights = self._value(Column.TYPE, values.rights, _("Write LEARNER, CLASS_COACH, FACILITY_COACH or ADMIN."))
        self.learns = self._classes(Column.ENROLLED, places)
        self.teaches = self._classes(Column.ASSIGNED, places)

    def fault(self, column: Column, sentence: str, *, hidden: bool = False) -> None:
        """Note that something is wrong with a column; `hidden` for what is not shown again."""
        value = "•" * min(len(self._texts.get(column, "")), 8) if hidden else self._texts.get(column, "")
        self.faults.append(Fault(self.number, self._listing.heading(column), value, sentence))

    def has_faults(self, column: Column) -> bool:
        """Return whether something is wrong with the column already."""
        return any(fault.column == self._listing.heading(column) for fault in self.faults)

    def columns(self) -> dict[str, str]:
        """Return the person's columns that the row has, by their names in the database."""
        return {
            "full_name": self.full_name,
            "username": self.username,
            "birth_year": self.birth_year or "",
            "gender": self.gender or "",
            "id_number": self.id_number,
        }

    def _value(self, column: Column, read: Callable[[str], Value | None], sentence: str) -> Value | None:
        if not (text := self._texts.get(column, "")):
            return None
        if (value := read(text)) is None:
            self.fault(column, sentence)
        return value

    def _name(self) -> str:
        first, full, last = (
            self._texts.get(column, "") for column in (Column.FIRST_NAME, Column.FULL_NAME, Column.LAST_NAME)
        )
        parts = {*usernames.fold(first).split(), *usernames.fold(last).split()}
        if full and parts <= set(usernames.fold(full).split()):
            name = full
        elif first and last:
            name = f"{first} {last}"
        else:
            # A “name” beside a first name is the last one, and the other way round.
            name = " ".join(part for part in (first, full, last) if part)
        if len(name) > usernames.LONGEST_NAME:
            self.fault(Column.FULL_NAME, _("Write at most 120 letters."))
        elif name and not self.username and not values.is_visible(name):
            self.fault(Column.FULL_NAME, _("Write a name."))
        return name

    def _password(self, text: str) -> str:
        if text == values.UNCHANGED:
            return ""
        if len(text) > LONGEST_PASSWORD:
            self.fault(Column.PASSWORD, _("Write at most 128 characters."), hidden=True)
        return text

    def _classes(self, column: Column, places: Places) -> list[Place]:
        text = self._texts.get(column, "")
        # A class may have a comma in its name.
        names = [text] if text and places.knows(text) else values.class_names(text)
        if any(len(name) > LONGEST_CLASS for name in names):
            self.fault(column, _("Write at most 100 letters."))
            return []
        if any(not values.is_visible(name) for name in names):
            self.fault(column, _("Use letters or digits."))
            return []
        return list(dict.fromkeys(places.named(name) for name in names))
