"""The school's people as a list with a Kolibri's columns, as CSV and as a workbook; it comes in again unchanged."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from kolibri.core import formulas
from kolibri.core.auth.models import Facility
from kolibri.core.auth.roster import present
from kolibri.core.auth.roster import values

# In English whatever the reader's language: a Kolibri knows each by what stands in brackets.
HEADINGS = (
    "Database ID (UUID)",
    "Username (USERNAME)",
    "Password (PASSWORD)",
    "Full name (FULL_NAME)",
    "User type (USER_TYPE)",
    "Identifier (IDENTIFIER)",
    "Birth year (BIRTH_YEAR)",
    "Gender (GENDER)",
    "Learner enrollment (ENROLLED_IN)",
    "Coach assignment (ASSIGNED_TO)",
)


def rows(facility: Facility) -> Iterator[list[str]]:
    """Yield a row for each person, by username; `*` for a password, which nobody can read. Five queries."""
    school = present.read(facility)
    for known in school.people.values():
        learns = [place.name for place in school.classes if place.id in known.learns]
        teaches = [place.name for place in school.classes if place.id in known.teaches]
        yield [
            known.id,
            known.username,
            values.UNCHANGED,
            known.full_name,
            values.TYPES[known.rights],
            known.id_number,
            known.birth_year,
            known.gender,
            values.joined(learns),
            values.joined(teaches),
        ]


def as_csv(facility: Facility) -> str:
    """Return the list as CSV, with the mark by which spreadsheets know UTF-8 in front."""
    text = io.StringIO(newline="")
    text.write("\ufeff")
    table = csv.writer(text)
    table.writerow(HEADINGS)
    table.writerows([formulas.guarded(cell) for cell in row] for row in rows(facility))
    return text.getvalue()


def as_workbook(facility: Facility) -> bytes:
    """Return the list as a workbook (.xlsx) whose cells are all text."""
    # Only here, as in `reading`.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.freeze_panes = "A2"
    for letter, width in zip("ABCDEFGHIJ", (36, 18, 10, 30, 16, 16, 12, 12, 24, 24), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in (HEADINGS, *rows(facility)):
        cells = []
        for text in (ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row):
            cell = WriteOnlyCell(sheet, formulas.guarded(text) if formulas.unguarded(text) != text else text)
            # Else a name that begins with “=” would be a formula, and 0042 a number.
            cell.data_type = "s"
            cells.append(cell)
        sheet.append(cells)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()
