"""Which column of a table means what, and each row as what it says of one person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from django.utils.translation import gettext as _

from kolibri.core.auth import usernames
from kolibri.core.auth.roster import headings
from kolibri.core.auth.roster.headings import Column
from kolibri.core.auth.roster.reading import Line
from kolibri.core.auth.roster.reading import refusal

# Above the headings some lists have a title, the school's name, a date.
_HEADINGS_WITHIN: Final = 8
_NAMES_SOMEBODY: Final = (Column.FULL_NAME, Column.FIRST_NAME, Column.LAST_NAME, Column.USERNAME, Column.ID)


@dataclass(frozen=True)
class Entry:
    """A row about one person: its number as a spreadsheet shows it, and the texts that it has for columns."""

    number: int
    texts: dict[Column, str]


@dataclass(frozen=True)
class Listing:
    """A list of people as it was sent: `headings` as they stand there, `unused` those that mean nothing here."""

    entries: tuple[Entry, ...]
    headings: dict[Column, str] = field(default_factory=dict)
    unused: tuple[str, ...] = ()

    def heading(self, column: Column) -> str:
        """Return the column's heading in the list, or what it is called here."""
        return self.headings.get(column) or headings.name_of(column)

    def kept(self) -> dict[str, Any]:
        """Return the list as JSON can hold it."""
        entries = [[entry.number, entry.texts] for entry in self.entries]
        return {"entries": entries, "headings": self.headings, "unused": self.unused}

    @classmethod
    def from_kept(cls, kept: dict[str, Any]) -> Listing:
        """Return the list that `kept` made JSON of."""
        return cls(
            tuple(Entry(number, _columns(texts)) for number, texts in kept["entries"]),
            _columns(kept["headings"]),
            tuple(kept["unused"]),
        )


def understand(lines: Sequence[Line]) -> Listing:
    """Return the people of the table. Raises BadInput (`file`) when nothing says which column holds their names.

    A list without headings is one of names when it has only one column, apart from running numbers.
    """
    for place, line in enumerate(lines[:_HEADINGS_WITHIN]):
        found = [headings.column_of(cell) for cell in line.cells]
        if any(column in _NAMES_SOMEBODY for column in found):
            return _with_headings(line.cells, found, lines[place + 1 :])
    return _names_alone(lines)


def _with_headings(titles: Sequence[str], found: list[Column | None], lines: Sequence[Line]) -> Listing:
    places: dict[Column, int] = {}
    unused = []
    for place, column in enumerate(found):
        if column is None or column in places:
            if titles[place]:
                unused.append(titles[place])
            continue
        places[column] = place
    if Column.IDENTIFIER in places and _counts(lines, places[Column.IDENTIFIER]):
        del places[Column.IDENTIFIER]
    entries = []
    for line in lines:
        texts = {column: line.cells[place] for column, place in places.items() if place < len(line.cells)}
        texts = {column: text for column, text in texts.items() if text}
        if texts:
            entries.append(Entry(line.number, texts))
    if not entries:
        raise refusal(_("Under the headings there is nobody in this list."), "empty")
    return Listing(tuple(entries), {column: titles[place] for column, place in places.items()}, tuple(unused))


def _names_alone(lines: Sequence[Line]) -> Listing:
    width = max(len(line.cells) for line in lines)
    used = [place for place in range(width) if not _counts(lines, place) and any(_cell(line, place) for line in lines)]
    if len(used) != 1:
        message = _("Nothing says which column holds the names. Write a first row such as: Name, Username, Class.")
        raise refusal(message, "no_headings")
    entries = []
    for line in lines:
        for name in usernames.parse_names(_cell(line, used[0])):
            entries.append(Entry(line.number, {Column.FULL_NAME: name}))
    if not entries:
        raise refusal(_("There is nothing in this list. Choose another file, or paste the names."), "empty")
    return Listing(tuple(entries))


def _cell(line: Line, place: int) -> str:
    return line.cells[place] if place < len(line.cells) else ""


def _counts(lines: Sequence[Line], place: int) -> bool:
    """Whether the column merely counts the rows from 1."""
    numbers = [cell.rstrip(".)") for line in lines if (cell := _cell(line, place))]
    return bool(numbers) and numbers == [str(number) for number in range(1, len(numbers) + 1)]


def _columns(texts: dict[str, str]) -> dict[Column, str]:
    return {Column(column): text for column, text in texts.items()}
