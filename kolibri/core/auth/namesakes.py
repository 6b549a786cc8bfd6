"""People of one list who are called the same: their usernames tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from kolibri.core.auth.usernames import fold


def namesakes(named: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Return the ids of those whose name somebody else has, too, of pairs of id and name; case does not count."""
    names = {pk: fold(name) for pk, name in named}
    times = Counter(names.values())
    return frozenset(pk for pk, name in names.items() if times[name] > 1)
