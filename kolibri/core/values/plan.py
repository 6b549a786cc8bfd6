"""The compiled way from a row's tuple to the item that is sent."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import NamedTuple
from typing import NoReturn

Item = dict[str, Any]
Row = Callable[[Sequence[Any]], Item]


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


class Fault(NamedTuple):
    """What is wrong with a declaration; found when the class is made, told by the system check."""

    code: str
    text: str


class FieldMapError(LookupError):
    """A step of a `field_map` asked the item for a key that it does not have."""


def closest(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?` for the nearest of `names`, or nothing."""
    near = difflib.get_close_matches(name, list(names), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


class Plan:
    """What a viewset's `values` and `field_map` do to a row, as one generated function.

    Leading renames and `Nested` become one dict display. From the first callable on, steps run in
    the order written, on the item, so that a callable finds and may pop the keys that it expects.

    `row` takes a tuple with one value for each of `values`; `row_of(columns)` one for rows where
    several values share a column. Raises TypeError, its message starting with the check's code,
    for a declaration of the wrong shape. What `field_map` asks for in vain stands in `faults`,
    for the system check; until that is mended `row` raises TypeError.
    """

    def __init__(self, values: Any, field_map: Any, where: str = "plan") -> None:
        self.where = where
        self.values: tuple[str, ...] = _checked_values(values, where)
        self.field_map: Mapping[str, Any] = _checked_map(field_map, where)
        self.faults: list[Fault] = list(_faults(self.field_map, self.values, where))
        # What the viewset found out about its queryset: the column of each value.
        self.columns: dict[Any, tuple[str, ...]] = {}
        self._rows: dict[tuple[str, ...], Row] = {}
        self.row: Row = self.row_of(self.values)

    def row_of(self, columns: tuple[str, ...]) -> Row:
        """Return the function for rows where the value at each place is read from `columns` at that place.

        A column named several times stands in the row once, at its first place.
        """
        if columns not in self._rows:
            self._rows[columns] = self._broken if self.faults else self._compile(columns)
        return self._rows[columns]

    def public_sources(self) -> dict[str, str]:
        """Return the model's name for each public name that stands for one column.

        A key of a `Nested` is named with a dot: `classroom.name`.
        """
        found = {value: value for value in self.values}
        for target, step in self.field_map.items():
            if isinstance(step, str) and step in found:
                found[target] = found.pop(step)
            elif isinstance(step, Nested):
                keys = {f"{target}.{key}": found[source] for key, source in step.keys.items() if source in found}
                found = {name: source for name, source in found.items() if name not in step.sources} | keys
        return found

    def _broken(self, row: Sequence[Any]) -> NoReturn:
        raise TypeError(f"{self.faults[0].code}: {self.faults[0].text}")

    def _compile(self, read_from: tuple[str, ...]) -> Row:
        variables = {column: f"c{place}" for place, column in enumerate(dict.fromkeys(read_from))}
        columns = {value: variables[column] for value, column in zip(self.values, read_from, strict=True)}
        free = set(columns)
        targets: dict[str, str] = {}
        steps = list(self.field_map.items())
        while steps and not callable(steps[0][1]) and _sources(steps[0][1]) <= free:
            target, step = steps.pop(0)
            targets[target] = _expression(step, columns)
            free -= _sources(step)
        display = {value: column for value, column in columns.items() if value in free} | targets
        lines = [
            "def row(r):",
            f"    {', '.join(variables.values())}, = r",
            f"    i = {{{', '.join(f'{key!r}: {code}' for key, code in display.items())}}}",
        ]
        names: dict[str, Any] = {"missing": self._missing}
        for place, (target, step) in enumerate(steps):
            lines.append("    try:")
            if isinstance(step, str):
                lines.append(f"        i[{target!r}] = i.pop({step!r})")
            elif isinstance(step, Nested):
                popped = {source: f"n{number}" for number, source in enumerate(dict.fromkeys(step.sources))}
                lines += [f"        {name} = i.pop({source!r})" for source, name in popped.items()]
                lines.append(f"        i[{target!r}] = {_expression(step, popped)}")
            else:
                names[f"f{place}"] = step
                lines.append(f"        i[{target!r}] = f{place}(i)")
            lines += ["    except KeyError as e:", f"        missing({target!r}, e)"]
        lines.append("    return i")
        # The source is made of quoted names and numbered columns only.
        exec("\n".join(lines), names)
        row: Row = names["row"]
        return row

    def _missing(self, target: str, error: KeyError) -> NoReturn:
        raise FieldMapError(f"{self.where}.field_map[{target!r}] found no key {error}") from error


def _sources(step: Any) -> set[str]:
    return {step} if isinstance(step, str) else set(step.sources)


def _expression(step: Any, columns: Mapping[str, str]) -> str:
    if isinstance(step, str):
        return columns[step]
    made = "{" + ", ".join(f"{key!r}: {columns[source]}" for key, source in step.keys.items()) + "}"
    return f"(None if {columns[step.null_if]} is None else {made})" if step.null_if else made


def _checked_values(values: Any, where: str) -> tuple[str, ...]:
    if not isinstance(values, tuple) or not values or not all(isinstance(value, str) for value in values):
        comma = f"; did you mean ({values!r},)?" if isinstance(values, str) else ""
        raise TypeError(f"kolibri.E100: {where}.values must be a tuple of field names, not {values!r}{comma}")
    twice = sorted({value for value in values if values.count(value) > 1})
    if twice:
        raise TypeError(f"kolibri.E102: {where}.values names {', '.join(twice)} twice")
    return values


def _checked_map(field_map: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(field_map, Mapping):
        raise TypeError(f"kolibri.E110: {where}.field_map must be a dict, not {field_map!r}")
    for target, step in field_map.items():
        if not isinstance(target, str):
            raise TypeError(f"kolibri.E110: {where}.field_map names its targets by text, not {target!r}")
        if not isinstance(step, str | Nested) and not callable(step):
            raise TypeError(f"kolibri.E110: {where}.field_map[{target!r}] must be a name, Nested or a callable")
    return field_map


def _faults(field_map: Mapping[str, Any], values: tuple[str, ...], where: str) -> Iterable[Fault]:
    there = set(values)
    for target, step in field_map.items():
        at = f"{where}.field_map[{target!r}]"
        if isinstance(step, str | Nested):
            for source in sorted(_sources(step) - there):
                hint = closest(source, there)
                yield Fault("kolibri.E111", f"{at} reads {source!r}, which is not in values{hint}")
            there -= _sources(step)
            if target in there:
                yield Fault("kolibri.E112", f"{at} would overwrite the value {target!r}")
        there.add(target)
