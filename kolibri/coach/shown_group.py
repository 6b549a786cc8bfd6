"""A report of one group of the class alone: `?group=` and the id."""

from __future__ import annotations

from dataclasses import dataclass

from kolibri.coach import lesson_page
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.ids import hex_or_none
from kolibri.ui.requests import PersonRequest


@dataclass(frozen=True)
class Shown:
    """The groups there are to choose from, the one that is shown, and its learners' ids; None: the whole class.

    `is_gone`: a group was asked for that the class does not have (any more); the whole class is shown.
    """

    groups: list[LearnerGroup]
    group: LearnerGroup | None = None
    only: frozenset[str] | None = None
    is_gone: bool = False

    @property
    def query(self) -> str:
        """What an address needs behind it to show the same people."""
        return f"?group={self.group.pk}" if self.group else ""

    def title(self, of: str) -> str:
        """Return `of` with the group's name behind it, for a file's name."""
        return f"{of} {self.group.name}" if self.group else of


def of(request: PersonRequest, classroom: Collection) -> Shown:
    """Return what the request asks to see; two queries at most."""
    groups = lesson_page.groups_of(classroom)
    asked = request.GET.get("group", "")
    if not asked:
        return Shown(groups)
    wanted = hex_or_none(asked)
    group = next((one for one in groups if one.pk == wanted), None)
    if group is None:
        return Shown(groups, is_gone=True)
    return Shown(groups, group, frozenset(lesson_page.ids_of(group)))
