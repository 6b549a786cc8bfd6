"""This computer's id and count, as several threads read them at once: each has an object of its own.

morango 0.8.15 keeps one object for the whole process, and reads the count into it anew for whoever asks. Where readers
do not wait for who writes (PostgreSQL), a thread that has just counted on, in a transaction that is not over, would
find the number of before in its hands as soon as another thread asks, as for answering a peer. What it stamps with
that number the others take for known: it would arrive nowhere.
"""

from __future__ import annotations

import copy
from typing import Any

from morango.models import InstanceIDModel


def take_over() -> None:
    """Have morango hand out a copy each time; once, when the apps are ready."""
    of_morango: Any = InstanceIDModel.get_or_create_current_instance

    def get_or_create_current_instance(cls: Any, clear_cache: bool = False) -> tuple[InstanceIDModel, bool]:
        instance, is_made = of_morango(clear_cache=clear_cache)
        return copy.copy(instance), is_made

    InstanceIDModel.get_or_create_current_instance = classmethod(get_or_create_current_instance)
