"""Finding topics by words, whatever their accents, case or Arabic spelling. `filter-list.js` folds in the same way."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from kolibri.ui.help.topic import Topic

# Letters that Arabic writers use for one another, and the two that Unicode does not take apart.
ALIKE = str.maketrans({"ى": "ي", "ة": "ه", "œ": "oe", "æ": "ae", "ـ": None})


def fold(text: str) -> str:
    """Return the text as a search compares it: small letters without accents or vowel marks."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(sign for sign in parts if not unicodedata.category(sign).startswith("M")).translate(ALIKE)


def words_of(query: str) -> list[str]:
    """Return the folded words of a query; Arabic ones without their article, which a text may have or not."""
    return [re.sub(r"^ال(?=\w{2})", "", word) for word in re.findall(r"\w+", fold(query))]


def found(query: str, topics: Iterable[Topic]) -> set[str]:
    """Return the names of the topics that hold every word of the query, also as a part of a longer word."""
    words = words_of(query)
    return {topic.name for topic in topics if all(word in fold(topic.searched) for word in words)}
