"""The first sheet of a workbook (.xlsx) as text, within bounds: it may come from anybody's stick."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any
from typing import Final

import openpyxl
from django.utils.translation import gettext as _

from kolibri.core.auth.roster import reading
from kolibri.errors import BadInput

# Unpacked, by the archive's own words; zipfile reads no more of a part than these say.
MOST_UNPACKED: Final = 40 * 1024 * 1024
MOST_PARTS: Final = 2_000
# What stands in a cell whose formula failed.
_FAILED: Final = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}


def rows(data: bytes) -> list[tuple[int, list[str]]]:
    """Return number and texts of each row of the first sheet that holds any. Raises BadInput (`file`)."""
    _look_inside(data)
    try:
        with warnings.catch_warnings():
            # Of styles and validations that it does not keep; only the values count here.
            warnings.simplefilter("ignore")
            return _first(data)
    except BadInput:
        raise
    except Exception as error:
        # Damage shows as whatever error it leads to: of the archive, of XML, of a missing part, of a number.
        raise _damaged() from error


def _look_inside(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError) as error:
        raise _damaged() from error
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        message = _("This is no Excel workbook. In your program choose “Save as”, then .xlsx or CSV.")
        raise reading.refusal(message, "other_kind")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        message = _("This workbook is too large. Copy the list alone into a new one, without pictures.")
        raise reading.refusal(message, "too_large")


def _first(data: bytes) -> list[tuple[int, list[str]]]:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        shown = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        for sheet in shown or book.worksheets:
            found = list(_rows(sheet))
            if found:
                return found
    finally:
        book.close()
    return []


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    # Some programs write wrong dimensions; without them every cell is looked at.
    sheet.reset_dimensions()
    count = 0
    for number, cells in enumerate(sheet.iter_rows(max_col=reading.MOST_COLUMNS, values_only=True), start=1):
        if any(cell is not None for cell in cells):
            texts = [_text(cell) for cell in cells]
            if any(texts):
                yield number, texts
                count += 1
                if count > reading.MOST_ROWS + 10:
                    return


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    text = str(value)
    return "" if text in _FAILED else text


def _damaged() -> BadInput:
    return reading.refusal(
        _("This workbook is damaged or has a password. Open it, save it again without one, then choose it."), "damaged"
    )
