"""By which table a file's bytes stand for letters, where it does not say so: old spreadsheets write none.

A word is good in a table when its letters are of one script and of one language that the table was made for, when
capitals stand where they stand in names, and when it is not made of accents alone. The table with the most good words,
less the bad ones, is taken: `ãÍãÏ` is no word of Windows-1252, and the same bytes are `محمد` in Windows-1256.

Guessing by frequencies, as libraries do, needs a page of text; a list of thirty names is too short for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_FRENCH: Final = "àâæçéèêëîïôœùûüÿ"
_ARABIC: Final = "ء-غـ-ٟپچژکگڈٹںھہےۀ\u200c\u200d"
# The letters of each language beyond a to z. The first table is taken where several are as good.
_TABLES: Final[dict[str, tuple[str, ...]]] = {
    "cp1252": (
        _FRENCH,
        "áéíóúüñ",  # Spanish
        "áâãàçéêíóôõúü",  # Portuguese
        "àéèíìîóòúù",  # Italian
        "äöüß",  # German
        "åäöæøé",  # Nordic
        "áéíïóúàèòüç",  # Catalan
        "ñéëóà",  # of West Africa and Tagalog, as far as the table has them
    ),
    "cp1256": (_FRENCH,),
    "cp1250": (
        "ąćęłńóśźż",  # Polish
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "áéíóöőúüű",  # Hungarian
        "ăâîşţ",  # Romanian
        "čćđšž",  # Croatian, Slovene
    ),
}
_WORD: Final = re.compile(r"[^\s,;:|\"'’‘“”„«»()\[\]<>/\\+&=_.!?*@#%~^`{}$…–—\-،؛؟]+")
# “4ª” and “4ème” are no names.
_DIGIT: Final = re.compile(r"\d")
# In Portuguese only before an e; in Windows-1250 the same byte is the Hungarian ő.
_LONE_O: Final = re.compile("õ(?!e)", re.IGNORECASE)
_ARABIC_WORD: Final = re.compile(f"[{_ARABIC}]+")


def table_of(data: bytes) -> str:
    """Return the codec by which to read the bytes, which are no UTF-8; empty when they are no text of any table."""
    scores = {}
    for codec in _TABLES:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        scores[codec] = _score(codec, _WORD.findall(text))
    best = max(scores, key=lambda codec: scores[codec])
    # What Windows-1252 cannot hold must make sense in another one: any byte is some letter there.
    return best if "cp1252" in scores or scores[best] > 0 else ""


def _score(codec: str, words: Iterable[str]) -> int:
    return sum(1 if _is_good(codec, word) else -1 for word in words if not word.isascii() and not _DIGIT.search(word))


def _is_good(codec: str, word: str) -> bool:
    if codec == "cp1256" and _ARABIC_WORD.fullmatch(word):
        return True
    beyond = [letter for letter in word if not letter.isascii()]
    if any(not letter.isalpha() for letter in word) or not _is_cased_as_names_are(word):
        return False
    if len(word) > 1 and len(beyond) * 2 > len(word):
        return False
    if codec == "cp1252" and _LONE_O.search(word):
        return False
    small = {letter.lower() for letter in beyond}
    return any(small.issubset(letters) for letters in _TABLES[codec])


def _is_cased_as_names_are(word: str) -> bool:
    """Whether no capital beyond A to Z stands after a small letter.

    >>> [_is_cased_as_names_are(word) for word in ("José", "JOSÉ", "McDonald", "Élodie", "joÉs")]
    [True, True, True, True, False]
    """
    pairs = zip(word, word[1:], strict=False)
    return not any(before.islower() and after.isupper() and not after.isascii() for before, after in pairs)
