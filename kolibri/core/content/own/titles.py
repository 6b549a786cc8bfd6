"""From a file's name to the title of a resource."""

import unicodedata
from collections.abc import Collection
from typing import Final

from django.utils.translation import gettext as _

MOST: Final = 200
# They turn the text around them, which a title must not do; those that join letters stay.
_TURNING: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def title_of(name: str) -> str:
    """Return a title for a file of that name: without its ending, in one line of at most `MOST` characters."""
    stem, dot, ending = name.rpartition(".")
    text = unicodedata.normalize("NFC", stem if dot and stem.strip() and 0 < len(ending) <= 5 else name)
    kept = "".join(" " if _is_control(letter) else letter for letter in text if letter not in _TURNING)
    return " ".join(kept.split())[:MOST].strip() or _("Untitled")


def distinct(title: str, taken: Collection[str]) -> str:
    """Return `title`, or the first of “title (2)”, “title (3)” ... that is not in `taken`."""
    used = {other.casefold() for other in taken}
    found, number = title, 2
    while found.casefold() in used:
        tail = f" ({number})"
        found, number = f"{title[: MOST - len(tail)]}{tail}", number + 1
    return found


def _is_control(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs", "Cn", "Zl", "Zp")
