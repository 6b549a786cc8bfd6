"""What stands aside, in numbers, for whoever runs the school."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.arrivals.reasons import PREFIX
from kolibri.core.sync.arrivals.reasons import Reason

# Lines for who helps; a thousand records of one kind have the same few reasons.
MOST_DETAILS: Final = 30


@dataclass(frozen=True)
class Group:
    """So many records of one kind that wait for one reason. FAILED stands for every reason that is not ours."""

    model_name: str
    reason: Reason
    count: int


@dataclass(frozen=True)
class Waiting:
    """`relayed` are records of kinds that this version does not know; `details` is for who helps, without names."""

    groups: list[Group]
    relayed: int
    details: list[str]

    @property
    def count(self) -> int:
        """How many records stand aside."""
        return sum(group.count for group in self.groups)


def of_school(dataset_id: str) -> Waiting:
    """Return what waits of one school; three queries."""
    aside = settling.waiting_rows().filter(partition__startswith=dataset_id)
    counts: dict[tuple[str, Reason], int] = {}
    rows = aside.values_list("model_name", "deserialization_exception").order_by().annotate(count=Count("pk"))
    for name, code, count in rows:
        key = name, reason_of(code)
        counts[key] = counts.get(key, 0) + count
    groups = [Group(name, reason, count) for (name, reason), count in counts.items()]
    lines = aside.order_by("model_name", "pk").values_list(
        "model_name", "pk", "deserialization_exception", "deserialization_error"
    )[:MOST_DETAILS]
    return Waiting(
        groups=sorted(groups, key=lambda group: (-group.count, group.model_name)),
        relayed=settling.unknown().filter(partition__startswith=dataset_id).count(),
        details=[f"{name} {pk} {code}: {text}"[:300] for name, pk, code, text in lines],
    )


def reason_of(code: str | None) -> Reason:
    """Return the reason that a code in the store stands for."""
    try:
        return Reason((code or "").removeprefix(PREFIX))
    except ValueError:
        return Reason.FAILED
