"""From the bytes of a file, or a pasted text, to the rows of a table.

What a school has: a CSV file in whatever letters and with whatever separator its spreadsheet writes, or a workbook
(.xlsx). Anything else is refused in a sentence that says what to do.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import Final
from typing import NamedTuple

from django.utils.translation import gettext as _

from kolibri.core import formulas
from kolibri.core.auth.roster import letters
from kolibri.errors import BadInput

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 200
LONGEST_CELL: Final = 2_000

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DELIMITERS: Final = ("\t", ";", ",")
# Whose separator is guessed by this many rows.
_LOOKED_AT: Final = 50
_LONGEST_TEXT: Final = 1_000_000


class Line(NamedTuple):
    """A row of the table: its number as a spreadsheet shows it, and its trimmed cells, no empty ones at the end."""

    number: int
    cells: tuple[str, ...]


def read(data: bytes) -> list[Line]:
    """Return the rows of the file that are not empty. Raises BadInput (`file`) for what is no table."""
    if len(data) > MOST_BYTES:
        raise refusal(_("This file is too large: at most 5 MB. Split the list into several."), "too_large")
    if data.startswith(b"PK\x03\x04"):
        # Only here: what reads workbooks takes a tenth of a second and some megabytes that most starts never need.
        from kolibri.core.auth.roster import workbooks

        return tidy(workbooks.rows(data))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        message = _("This is an old Excel file, or one with a password. Save it as .xlsx or CSV, without a password.")
        raise refusal(message, "old_excel")
    return read_text(_decoded(data))


def read_text(text: str) -> list[Line]:
    """Return the rows of CSV, or of what was pasted from a table, that are not empty. Raises BadInput (`file`)."""
    if any(
        unicodedata.category(character) in ("Cc", "Cs") and character not in "\t\r\n\f\v" for character in set(text)
    ):
        raise _no_table()
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] == "<" or text.startswith(("{\\rtf", "%PDF")):
        raise _no_table()
    delimiter = ""
    if declared := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        delimiter, text = declared[1], text[declared.end() :]
    return tidy(enumerate(_records(text, delimiter or _delimiter(text)), start=1))


def tidy(rows: Iterable[tuple[int, Iterable[str]]]) -> list[Line]:
    """Return the rows without the empty ones. Raises BadInput (`file`) for too many, too long or no rows."""
    lines = []
    for number, cells in rows:
        kept = [plain(cell) for cell in cells]
        while kept and not kept[-1]:
            kept.pop()
        if not kept:
            continue
        if any(len(cell) > LONGEST_CELL for cell in kept):
            message = _("A cell in row %(row)d is too long. Perhaps a quotation mark is not closed there.")
            raise refusal(message % {"row": number}, "too_long")
        lines.append(Line(number, tuple(kept[:MOST_COLUMNS])))
        # Headings, and what stands above them, are not counted by whoever counted the people.
        if len(lines) > MOST_ROWS + 10:
            raise refusal(_("This list is too long: at most 5,000 rows. Split it into several."), "too_many")
    if not lines:
        raise refusal(_("There is nothing in this list. Choose another file, or paste the names."), "empty")
    return lines


def plain(cell: str) -> str:
    """Return the cell's text in one Unicode form, without the apostrophes of `formulas.guarded`."""
    text = unicodedata.normalize("NFC", cell).strip(" \t\r\n\f\v\u00a0\u200b\ufeff")
    return formulas.unguarded(text)


def refusal(message: str, code: str) -> BadInput:
    """Return what to raise for a file that cannot be read."""
    return BadInput(message, code=code, field="file")


def _no_table() -> BadInput:
    return refusal(
        _("This file is no list that can be read. Save the list as .xlsx or CSV and choose that."), "no_table"
    )


def guessed_table(data: bytes) -> str:
    """Return the codec of a CSV file that does not say which it is; empty where nothing had to be guessed."""
    if data.startswith((b"PK\x03\x04", *(mark for mark, _encoding in _MARKS))) or _is_wide(data):
        return ""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return letters.table_of(data)
    return ""


def _decoded(data: bytes) -> str:
    encoding = guessed_table(data) or "utf-8"
    for mark, marked in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked
            break
    else:
        if _is_wide(data):
            encoding = "utf-16-le" if data[1:1000:2].count(0) >= data[:1000:2].count(0) else "utf-16-be"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _no_table() from error


def _is_wide(data: bytes) -> bool:
    """Whether it is UTF-16 without a mark: known by the zeros beside the separators and line ends."""
    return b"\x00" in data[:1000]


def _records(text: str, delimiter: str, most: int | None = None) -> list[list[str]]:
    found = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.append(record)
            if most is not None and len(found) >= most:
                break
    except csv.Error as error:
        raise _no_table() from error
    return found


def _delimiter(text: str) -> str:
    """Return what separates the cells: what gives most rows the same number of them, then the most of them."""
    best, found = (0.0, 0), ","
    # A row may be long, hardly ever fifty of them.
    head = text if len(text) < _LONGEST_TEXT else text[:_LONGEST_TEXT]
    for delimiter in _DELIMITERS:
        try:
            records = _records(head, delimiter, _LOOKED_AT)
        except BadInput:
            continue
        widths = Counter(len(record) for record in records if any(cell.strip() for cell in record))
        if not widths:
            continue
        width, times = max(widths.items(), key=lambda item: (item[1], item[0]))
        if width > 1 and (score := (times / widths.total(), width)) > best:
            best, found = score, delimiter
    return found
