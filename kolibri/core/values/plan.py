"""The compiled way from a row's tuple to the item that is sent."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

Item = dict[str, Any]


class Nested:
    """An object made of flat values: `Nested(id="collection__id", name="collection__name")`.

    With `null_if="collection__id"` it is null where that value is null.
    """

    def __init__(self, *, null_if: str | None = None, **keys: str) -> None:
        self.null_if = null_if
        self.keys = keys

    def __repr__(self) -> str:
        return f"Nested({', '.join(f'{key}={source!r}' for key, source in self.keys.items())})"

    @property
    def sources(self) -> list[str]:
        return [*self.keys.values(), *([self.null_if] if self.null_if else [])]


def closest(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of `names`, or nothing."""
    near = difflib.get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


class Plan:
    """What a viewset's `values` and `field_map` do to a row, as one generated function.

    Leading renames and `Nested` become one dict display. From the first callable on, steps run in
    the order written, on the item, so that a callable finds and may pop the keys that it expects.

    Raises TypeError, its message starting with the check's code, for what can never work.
    """

    def __init__(self, values: Any, field_map: Any, where: str = "plan") -> None:
        self.values: tuple[str, ...] = _checked_values(values, where)
        self.field_map: Mapping[str, Any] = _checked_map(field_map, self.values, where)
        self.row: Callable[[Sequence[Any]], Item] = self._compile()

    def public_sources(self) -> dict[str, str]:
        """Return the model's name for each public name that stands for one column."""
        found = {value: value for value in self.values}
        for target, step in self.field_map.items():
            if isinstance(step, str) and step in found:
                found[target] = found.pop(step)
        return found

    def _compile(self) -> Callable[[Sequence[Any]], Item]:
        columns = {value: f"c{place}" for place, value in enumerate(self.values)}
        display = dict(columns)
        consumed: set[str] = set()
        targets: dict[str, str] = {}
        steps = list(self.field_map.items())
        while steps and not callable(steps[0][1]) and _sources(steps[0][1]) <= columns.keys():
            target, step = steps.pop(0)
            targets[target] = _expression(step, columns)
            consumed |= _sources(step)
        display = {value: column for value, column in columns.items() if value not in consumed} | targets
        lines = [
            "def row(r):",
            f"    {', '.join(columns.values())}, = r",
            f"    i = {{{', '.join(f'{key!r}: {code}' for key, code in display.items())}}}",
        ]
        names: dict[str, Any] = {}
        for place, (target, step) in enumerate(steps):
            if isinstance(step, str):
                lines.append(f"    i[{target!r}] = i.pop({step!r})")
            elif isinstance(step, Nested):
                popped = {source: f"n{number}" for number, source in enumerate(dict.fromkeys(step.sources))}
                lines += [f"    {name} = i.pop({source!r})" for source, name in popped.items()]
                lines.append(f"    i[{target!r}] = {_expression(step, popped)}")
            else:
                names[f"f{place}"] = step
                lines.append(f"    i[{target!r}] = f{place}(i)")
        lines.append("    return i")
        # The source is made of quoted names and numbered columns only.
        exec("\n".join(lines), names)
        row: Callable[[Sequence[Any]], Item] = names["row"]
        return row


def _sources(step: Any) -> set[str]:
    return {step} if isinstance(step, str) else set(step.sources)


def _expression(step: Any, columns: Mapping[str, str]) -> str:
    if isinstance(step, str):
        return columns[step]
    made = "{" + ", ".join(f"{key!r}: {columns[source]}" for key, source in step.keys.items()) + "}"
    return f"(None if {columns[step.null_if]} is None else {made})" if step.null_if else made


def _checked_values(values: Any, where: str) -> tuple[str, ...]:
    if not isinstance(values, tuple) or not values or not all(isinstance(value, str) for value in values):
        raise TypeError(f"kolibri.E100: {where}.values must be a tuple of field names, not {values!r}")
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise TypeError(f"kolibri.E102: {where}.values names {', '.join(twice)} twice")
    return values


def _checked_map(field_map: Any, values: tuple[str, ...], where: str) -> Mapping[str, Any]:
    if not isinstance(field_map, Mapping):
        raise TypeError(f"kolibri.E110: {where}.field_map must be a dict, not {field_map!r}")
    there = set(values)
    for target, step in field_map.items():
        at = f"{where}.field_map[{target!r}]"
        if isinstance(step, str | Nested):
            for source in sorted(_sources(step) - there):
                hint = closest(source, there)
                raise TypeError(f"kolibri.E111: {at} reads {source!r}, which is not in values{hint}")
            there -= _sources(step)
        elif not callable(step):
            raise TypeError(f"kolibri.E110: {at} must be a name, Nested or a callable, not {step!r}")
        if isinstance(step, str | Nested) and target in there:
            raise TypeError(f"kolibri.E112: {at} would overwrite the value {target!r}")
        there.add(target)
    return field_map
