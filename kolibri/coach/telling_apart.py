"""Who needs a username beside the name in a report, because somebody else in it is called the same."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Protocol

from kolibri.core.auth.namesakes import namesakes


class Named(Protocol):
    """A line for one learner."""

    @property
    def id(self) -> str: ...

    @property
    def name(self) -> str: ...


class TellsApart:
    """A report with a line for each learner."""

    lines: Sequence[Named]

    @cached_property
    def namesakes(self) -> frozenset[str]:
        """The ids of the learners whose name another one has, too."""
        return namesakes((line.id, line.name) for line in self.lines)
