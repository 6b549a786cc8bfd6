"""From the box of names to rows of name and username, keeping what the teacher wrote over a proposal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Final

from django.http import QueryDict

from kolibri.core.auth import usernames

# More than 300 names of 120 letters, with line ends.
LONGEST_TEXT: Final = 40_000


@dataclass(frozen=True)
class Row:
    """A learner to be: the name as written, the username and what was proposed for it."""

    name: str
    username: str
    proposed: str
    errors: tuple[str, ...] = ()

    @property
    def is_own(self) -> bool:
        """Whether the teacher wrote the username, rather than taking what was proposed."""
        return self.username != self.proposed


def from_post(data: QueryDict) -> list[Row]:
    """Return the rows as they stand on the page."""
    columns = (data.getlist(name) for name in ("learner_name", "learner_username", "learner_proposed"))
    return [Row(name, username.strip(), proposed) for name, username, proposed in zip(*columns, strict=False)]


def from_kept(kept: Iterable[Sequence[str]]) -> list[Row]:
    """Return the rows that `to_kept` made lists of."""
    return [Row(name, username, proposed) for name, username, proposed in kept]


def to_kept(rows: Iterable[Row]) -> list[list[str]]:
    """Return the rows as JSON can hold them."""
    return [[row.name, row.username, row.proposed] for row in rows]


def propose(text: str, earlier: Iterable[Row], taken: Iterable[str]) -> list[Row]:
    """Return a row for each line of `text`, in order.

    A username that the teacher wrote stays with its name (with the first, second ... person of
    that name); the others get one that is neither in `taken` nor written elsewhere.
    """
    own = defaultdict(list)
    for row in earlier:
        own[usernames.fold(row.name)].append(row.username if row.is_own else "")
    names = usernames.parse_names(text[:LONGEST_TEXT])
    written = []
    for name in names:
        kept = own[usernames.fold(name)]
        written.append(kept.pop(0) if kept else "")
    used = [*taken, *(username for username in written if username)]
    proposals = iter(usernames.propose((n for n, w in zip(names, written, strict=True) if not w), used))
    rows = []
    for name, username in zip(names, written, strict=True):
        proposed = "" if username else next(proposals)
        rows.append(Row(name, username or proposed, proposed))
    return rows


def with_errors(rows: Sequence[Row], errors: dict[str, list[str]]) -> list[Row]:
    """Return the rows with the sentences that are about each, `learners.<index>.<field>` in `errors`."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for field, sentences in errors.items():
        match field.split("."):
            case ["learners", index, *_field] if index.isdecimal():
                found[int(index)] += sentences
    return [replace(row, errors=tuple(found[index])) for index, row in enumerate(rows)]


def as_learners(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Return the rows as `ClassSerializer` takes them."""
    return [{"full_name": row.name, "username": row.username} for row in rows]
