"""How deeply JSON from elsewhere is nested: what writes or compares it gives up some hundred levels down."""

from __future__ import annotations

from typing import Any


def is_deep(value: Any, most: int) -> bool:
    """Return whether lists and objects are within each other so often that the innermost is below `most` levels."""
    level = [value]
    for _depth in range(most):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return False
    return True
