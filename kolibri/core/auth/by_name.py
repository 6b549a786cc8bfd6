"""Lists in the order in which people look for a name: numbers by their value, whatever the case and the accents.

A database sorts text by its signs or by rules of its own: "Grade 10" comes before "Grade 2", and "Émile" after
"Zainab" or not. What is read whole is sorted here; what is read page by page stays in the database's order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from typing import Final
from typing import Protocol
from typing import TypeVar

from kolibri.core.auth.usernames import plain

if TYPE_CHECKING:
    from kolibri.core.auth.models import FacilityUser

# Of any script. A longer run is no number that anybody counts by.
_NUMBER: Final = re.compile(r"(\d{1,18})")

Key = tuple[list[str | int], str]


class Named(Protocol):
    """A school, a class or a group."""

    pk: str
    name: str


N = TypeVar("N", bound=Named)


def key(text: str) -> Key:
    """Return what names and titles are sorted by; a space beside a number does not count.

    >>> sorted(["Grade 10", "grade 2", "Grade 2b", "Élodie", "Zainab"], key=key)
    ['Élodie', 'grade 2', 'Grade 2b', 'Grade 10', 'Zainab']
    """
    parts: list[str | int] = [part.strip() for part in _NUMBER.split(plain(text))]
    # Every second part is a number: a number is never compared with letters.
    parts[1::2] = map(int, parts[1::2])
    return parts, text


def people(found: Iterable[FacilityUser]) -> list[FacilityUser]:
    """Return the people by the names that are shown of them, those of one name by their usernames."""
    return sorted(found, key=lambda one: (key(str(one)), key(one.username), one.pk))


def places(found: Iterable[N]) -> list[N]:
    """Return schools, classes or groups by name."""
    return sorted(found, key=lambda one: (key(one.name), one.pk))
