"""What this computer says that it holds never falls: morango 0.8.15 lowers it (DatabaseMaxCounter.update_fsics).

It looks for what is held of a partition under the name "part", finds nothing, and writes down what
the sender holds, however little that is. Records that came from elsewhere before would then be left out
of what others are given: of a computer that is gone they would never arrive anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from morango.models import DatabaseMaxCounter

Counters = dict[str, dict[str, int]]


def higher(said: Counters) -> Counters:
    """Return of `said`, `{partition: {instance id: counter}}`, what is more than this computer holds."""
    held = {
        (partition, instance): counter
        for partition, instance, counter in DatabaseMaxCounter.objects.filter(
            partition__in=[partition for partition, instances in said.items() if instances]
        ).values_list("partition", "instance_id", "counter")
    }
    return {
        partition: {
            instance: counter for instance, counter in instances.items() if counter > held.get((partition, instance), 0)
        }
        for partition, instances in said.items()
    }


def take_over() -> None:
    """Have morango write down no more than what is higher; once, when the apps are ready."""
    of_morango: Any = DatabaseMaxCounter.update_fsics

    def update_fsics(fsics: dict[str, Any], sync_filter: Iterable[str], v2_format: bool = False) -> None:
        if v2_format:
            fsics = {**fsics, "sub": higher(fsics["sub"])}
        of_morango(fsics, sync_filter, v2_format=v2_format)

    DatabaseMaxCounter.update_fsics = update_fsics
