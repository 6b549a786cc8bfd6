"""From a list of names as a teacher has it to usernames that learners can type."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# A peer's rule: no spaces or punctuation but the underscore, at most 30 characters.
MOST = 30
LONGEST_NAME = 120
MOST_NAMES = 300

# What a text brings along from where it was copied, above all an Arabic one: marks of direction, of width nought and of
# byte order. Nobody sees them. The joiners of letters (U+200C and U+200D) are spelling, and stay.
_UNSEEN = dict.fromkeys([0x061C, 0x200B, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_MARKS = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670]")
_LIST_MARK = re.compile(r"^\s*(?:[-*•·–]\s+|\(?\d{1,3}[.):\-]\s*|\d{1,3}\t+)")


def seen(text: str) -> str:
    """Return the text without the marks that nobody sees."""
    return text if text.isascii() else text.translate(_UNSEEN)


def fold(text: str) -> str:
    """Return `text` as it counts in a comparison of names: what is seen, one Unicode form, no case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", seen(text)).casefold().split())


def plain(text: str) -> str:
    """Return a name as people type it in a hurry: no case, no accents, no Arabic vowels."""
    return fold(text if text.isascii() else _MARKS.sub("", unicodedata.normalize("NFKD", text)))


def is_allowed(username: str) -> bool:
    """Return whether peers accept `username`: letters, marks and digits of any script, and underscores."""
    return 0 < len(username) <= MOST and all(
        character == "_" or unicodedata.category(character)[0] in "LMN" for character in username
    )


def parse_names(text: str) -> list[str]:
    """Return the names in `text`, one a line, without numbering, bullets and empty lines; order kept.

    A line pasted from a table keeps its cells, joined by a space. Characters that cannot be
    stored are dropped, and a name longer than 120 characters is cut there.
    """
    names = []
    for line in seen(text).replace("\x00", "").splitlines():
        cells = _LIST_MARK.sub("", unicodedata.normalize("NFC", line)).split()
        name = " ".join(cells).strip(" ,;")[:LONGEST_NAME].strip()
        if name:
            names.append(name)
    return names


def _letters(text: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKC", text).casefold() if unicodedata.category(c)[0] in "LMN")
    return "".join(kept)


def propose(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a username for each name: the first name, else with the last name's letters, else numbered.

    Works in any script. None is in `taken` (compared by `fold`) and no two are the same.
    """
    used = {fold(name) for name in taken}
    # Where the numbers of a first name go on: thousands may share one.
    numbers: dict[str, int] = {}
    proposed = []
    for name in names:
        words = [letters for letters in (_letters(word) for word in name.split()) if letters]
        first = (words[0] if words else "learner")[: MOST - 4]
        last = words[-1] if len(words) > 1 else ""
        candidates = [first]
        candidates += [f"{first}{last[:length]}"[:MOST] for length in range(1, len(last) + 1)]
        username = next((c for c in candidates if fold(c) not in used), "")
        number = numbers.get(first, 2)
        while not username:
            numbered = f"{first}{number}"
            username = "" if fold(numbered) in used else numbered
            number += 1
        numbers[first] = number
        used.add(fold(username))
        proposed.append(username)
    return proposed
