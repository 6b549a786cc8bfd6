"""What may go into a job's row and come back the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from inspect import Signature
from typing import Any


def bind(name: str, signature: Signature, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a task's `run` by name, as JSON keeps them.

    Raises TypeError for what `run` does not take, what it misses, or what JSON cannot hold.
    """
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None
    return {key: check_json(value, f"{name}: {key}") for key, value in bound.arguments.items()}


def check_json(value: Any, name: str) -> Any:
    """Return `value` when JSON gives back the same; raises TypeError, which names `name`, when not."""
    try:
        back = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} must be JSON: {error}.") from None
    if back != value:
        raise TypeError(f"{name} must be JSON: {value!r} would come back as {back!r}.")
    return back


def readable(text: str) -> str:
    """Return text that every database takes: no null characters, no half characters."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
