"""The first sheet of a workbook (.xlsx) as text, within bounds: it may come from anybody's stick."""

from __future__ import annotations

import datetime
import io
import shutil
import warnings
import zipfile
from collections.abc import Iterator
from typing import Any
from typing import Final

import openpyxl
from django.utils.translation import gettext as _

from kolibri.core import packings
from kolibri.core.auth.roster import reading
from kolibri.errors import BadInput

MOST_UNPACKED: Final = 40 * 1024 * 1024
MOST_PARTS: Final = 2_000
# What stands in a cell whose formula failed.
_FAILED: Final = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}


def rows(data: bytes) -> list[tuple[int, list[str]]]:
    """Return number and texts of each row of the first sheet that holds any. Raises BadInput (`file`)."""
    try:
        with warnings.catch_warnings():
            # Of styles and validations that it does not keep; only the values count here.
            warnings.simplefilter("ignore")
            return _first(_unpacked(data))
    except BadInput:
        raise
    except Exception as error:
        # Damage shows as whatever error it leads to: of the archive, of XML, of a missing part, of a number.
        raise _damaged() from error


def _unpacked(data: bytes) -> io.BytesIO:
    """Return the workbook with its parts unpacked: what reads it asks for whole parts, whatever their sizes say."""
    plain = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        _look_at(parts)
        with zipfile.ZipFile(plain, "w") as copy:
            for part in parts:
                # In pieces, up to the size that the part says: a longer one is cut off there.
                with archive.open(part) as source, copy.open(part.filename, "w") as target:
                    shutil.copyfileobj(source, target)
    plain.seek(0)
    return plain


def _look_at(parts: list[zipfile.ZipInfo]) -> None:
    names = {part.filename for part in parts}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        message = _("This is no Excel workbook. In your program choose “Save as”, then .xlsx or CSV.")
        raise reading.refusal(message, "other_kind")
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        message = _("This workbook is too large. Copy the list alone into a new one, without pictures.")
        raise reading.refusal(message, "too_large")
    if any(part.compress_type not in packings.BOUNDED for part in parts):
        raise _damaged()


def _first(data: io.BytesIO) -> list[tuple[int, list[str]]]:
    book = openpyxl.load_workbook(data, read_only=True, data_only=True, keep_links=False)
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
