"""Whether two computers hold the same, row by row and field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any

# Written by a sign-in on one of the two, at the precision that JSON gives it there.
_MOMENTS = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)?.*$")
_UUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")
# Kolibri stamps these anew on every computer that a record comes to, so that two of its own differ as well.
_STAMPED = {("learnerdevicestatus", "created_at"), ("learnerdevicestatus", "updated_at")}


@dataclass
class Difference:
    """What differs: rows that only one has, and fields; `rows` and `fields` are how many were compared."""

    rows: int = 0
    fields: int = 0
    kinds: int = 0
    found: list[str] = field(default_factory=list)


def compare(one: dict[str, Any], other: dict[str, Any]) -> Difference:
    """Compare two dumps."""
    result = Difference()
    for kind in sorted({*one["rows"], *other["rows"]}):
        left, right = one["rows"].get(kind, {}), other["rows"].get(kind, {})
        if left or right:
            result.kinds += 1
        for pk in sorted({*left, *right}):
            result.rows += 1
            if pk not in left or pk not in right:
                result.found.append(f"{kind} {pk} is missing on the {'first' if pk not in left else 'second'}")
                continue
            _fields(kind, pk, left[pk], right[pk], result)
    return result


def by_kind(one: dict[str, Any], other: dict[str, Any]) -> Iterator[tuple[str, int, int, int]]:
    """Yield each kind with how many rows the two dumps have of it, and how many fields a row."""
    for kind in sorted({*one["rows"], *other["rows"]}):
        left, right = one["rows"].get(kind, {}), other["rows"].get(kind, {})
        if left or right:
            yield kind, len(left), len(right), max(len(row) for row in (*left.values(), *right.values()))


def _fields(kind: str, pk: str, left: dict[str, Any], right: dict[str, Any], result: Difference) -> None:
    for name in sorted({*left, *right}):
        if (kind, name) in _STAMPED:
            continue
        result.fields += 1
        if (here := _plain(left.get(name))) != (there := _plain(right.get(name))):
            result.found.append(f"{kind} {pk} {name}: {here!r} and {there!r}")


def _plain(value: Any) -> Any:
    """Return a value without what its text is free in: a moment's zone, an id's dashes, the spaces of JSON."""
    if not isinstance(value, str):
        return value
    if match := _MOMENTS.match(value):
        return f"{match[1]} {match[2]}{(match[3] or '').ljust(4, '0')[:4]}"
    if _UUID.match(value):
        return value.replace("-", "")
    if value[:1] in '{["n':
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
