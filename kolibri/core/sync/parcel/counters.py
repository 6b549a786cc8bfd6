"""What a computer holds, as morango counts it: `{partition: {instance id: counter}}`.

Every change carries the id of the computer that made it and that computer's counter at the time. What is
said here of a computer is what it vouches for: everything up to these counters is there.
"""

from __future__ import annotations

from typing import Any
from typing import Final

from django.db.models import Q
from morango.models import DatabaseMaxCounter
from morango.models import Filter
from morango.models.fsic_utils import calculate_directional_fsic_diff_v2
from morango.models.fsic_utils import expand_fsic_for_use

from kolibri.core.sync.parcel.chain import is_id
from kolibri.core.sync.parcel.problems import Damaged

Counters = dict[str, dict[str, int]]
MOST_COUNTERS: Final = 100_000
LARGEST: Final = 2**31 - 1


def held(dataset_id: str) -> Counters:
    """Return what this computer holds of the school, as it would say to whoever sends."""
    return _counted(dataset_id, is_producer=False)


def given(dataset_id: str) -> Counters:
    """Return what a file of everything here vouches for. Work this out before the records are read."""
    return _counted(dataset_id, is_producer=True)


def covers(mine: Counters, base: Counters) -> bool:
    """Return whether whoever holds `mine` holds all of `base`."""
    return not calculate_directional_fsic_diff_v2(base, mine)


def newer(given: Counters, base: Counters) -> Q | None:
    """Return the condition for the store's records that `base` does not have; None when there are none."""
    missing: Counters = calculate_directional_fsic_diff_v2(given, base)
    condition: Q | None = None
    for partition, instances in missing.items():
        for instance, counter in instances.items():
            one = Q(partition__startswith=partition, last_saved_instance=instance, last_saved_counter__gt=counter)
            condition = one if condition is None else condition | one
    return condition


def is_many(given: Counters, base: Counters) -> bool:
    """Return whether the condition of `newer` would be longer than a database likes."""
    missing: Counters = calculate_directional_fsic_diff_v2(given, base)
    return sum(map(len, missing.values())) > 200


def raised(theirs: Counters, mine: Counters) -> Counters:
    """Return `theirs`, nowhere lower than what is held already: an old file must not take back what a new one gave."""
    return {
        partition: {
            instance: max(counter, mine.get(partition, {}).get(instance, 0)) for instance, counter in found.items()
        }
        for partition, found in theirs.items()
    }


def checked(value: Any, dataset_id: str) -> Counters:
    """Return what a file says a computer holds; raises Damaged when it is not of this shape, or of another school."""
    if not isinstance(value, dict):
        raise Damaged
    count = 0
    for partition, instances in value.items():
        if not is_inside(partition, dataset_id) or not isinstance(instances, dict):
            raise Damaged
        count += 1 + len(instances)
        if count > MOST_COUNTERS:
            raise Damaged
        if not all(is_id(instance) and is_counter(counter) for instance, counter in instances.items()):
            raise Damaged
    return value


def is_inside(partition: object, dataset_id: str) -> bool:
    """Return whether a partition is the school's or a part of it."""
    return isinstance(partition, str) and (partition == dataset_id or partition.startswith(f"{dataset_id}:"))


def is_counter(value: object) -> bool:
    """Return whether it is a counter that morango can hold."""
    return type(value) is int and 0 <= value <= LARGEST


def _counted(dataset_id: str, *, is_producer: bool) -> Counters:
    part = Filter(dataset_id)
    raw = DatabaseMaxCounter.calculate_filter_specific_instance_counters(part, is_producer=is_producer, v2_format=True)
    found: Counters = expand_fsic_for_use(raw, part)
    return found
