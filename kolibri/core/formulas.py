"""Text that a spreadsheet would run: what goes into CSV is text there, whoever typed it.

The rule is OWASP's for CSV injection: https://owasp.org/www-community/attacks/CSV_Injection
"""

from __future__ import annotations

import re
from typing import Final

# Spreadsheets run a cell that begins so; the last four are what some keyboards write for the first four.
SIGNS: Final = ("=", "+", "-", "@", "|", "%", "\t", "\r", "＝", "＋", "－", "＠")

_SIGN: Final = "[" + re.escape("".join(sign for sign in SIGNS if not sign.isspace())) + "]"
# Many spreadsheets end a cell at a semicolon or a tab too, whatever the file means by them.
_INSIDE: Final = re.compile(rf"([;\t\r\n]\s*)('*)(?={_SIGN})")
_GUARDED_INSIDE: Final = re.compile(rf"([;\t\r\n]\s*)'('*)(?={_SIGN})")


def guarded(text: str) -> str:
    """Return the text as a cell of CSV that no spreadsheet takes for a formula; `unguarded` takes it back."""
    inside = _INSIDE.sub(r"\1'\2", text)
    return f"'{inside}" if text.lstrip("'").startswith(SIGNS) else inside


def unguarded(cell: str) -> str:
    """Return the text that `guarded` made the cell of."""
    text = cell[1:] if cell.startswith("'") and cell.lstrip("'").startswith(SIGNS) else cell
    return _GUARDED_INSIDE.sub(r"\1\2", text)
