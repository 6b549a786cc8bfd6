"""From the text of a record that arrived to an instance of its model; nothing in it is trusted."""

from __future__ import annotations

import json
import math
from typing import Any
from typing import Final

from django.core.exceptions import ValidationError
from morango.models import Store

from kolibri.core.auth.syncable import SchoolRecord
from kolibri.core.sync.arrivals.plans import plan_of
from kolibri.core.sync.arrivals.reasons import Reason
from kolibri.core.sync.arrivals.reasons import SetAside
from kolibri.core.sync.arrivals.shapes import check_shapes

# Characters of one record. A visit's long interaction history has some tens of thousands.
LARGEST: Final = 2_000_000
# Brackets within brackets, in the record and again in each column of JSON.
DEEPEST: Final = 50
# Beyond this neither database keeps a whole number in every column.
GREATEST: Final = 2**31 - 1


def read(store: Store, model: type[SchoolRecord]) -> SchoolRecord:
    """Return the unsaved instance that the store's record describes, its own columns checked; no query.

    What it refers to is not looked at. Raises SetAside.
    """
    plan = plan_of(model)
    text = store.serialized
    if len(text) > LARGEST:
        raise SetAside(Reason.TOO_LARGE, f"{len(text)} characters")
    data = parse(text)
    if not isinstance(data, dict):
        raise SetAside(Reason.UNREADABLE, "the record is no JSON object")
    _check_identity(store, data)
    for name, kinds, nullable in plan.wire:
        value = data.get(name)
        if value is None:
            if name in data and not nullable:
                raise SetAside(Reason.WRONG_VALUE, f"{name} is empty")
        elif type(value) not in kinds:
            raise SetAside(Reason.WRONG_VALUE, f"{name} is a {type(value).__name__}")
        elif type(value) is float and not math.isfinite(value):
            raise SetAside(Reason.WRONG_VALUE, f"{name} is no number")
        elif type(value) is int and abs(value) > GREATEST:
            raise SetAside(Reason.WRONG_VALUE, f"{name} is too large a number")
    for name, may_be_null in plan.json_columns:
        if type(value := data.get(name)) is str and parse(value or "null") is None and not may_be_null:
            raise SetAside(Reason.WRONG_VALUE, f"{name} is empty")
    kind = getattr(model, "KIND", "")
    if kind and data.get("kind") != kind:
        raise SetAside(Reason.WRONG_VALUE, "kind is not that of the record")
    record: SchoolRecord = model.deserialize(data)
    record.id = store.id
    record._morango_source_id = store.source_id
    record._morango_partition = store.partition
    record._morango_dirty_bit = False
    try:
        record.clean_fields(exclude=plan.excluded)
    except ValidationError as error:
        raise SetAside(Reason.WRONG_VALUE, _columns(error)) from error
    check_shapes(record)
    check_id(record)
    return record


def parse(text: str) -> Any:
    """Return what JSON text holds. Raises SetAside for what is none, too deep, or cannot be kept as text."""
    if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
        raise SetAside(Reason.TOO_LARGE, "too many brackets within brackets")
    if "\\u" in text:
        _check_characters(text)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise SetAside(Reason.UNREADABLE, type(error).__name__) from error


def check_id(record: SchoolRecord) -> None:
    """Raise SetAside unless id, source id and partition are those that the record's own columns give."""
    source = record.calculate_source_id()
    if source is not None and source != record._morango_source_id:
        raise SetAside(Reason.WRONG_ID, "the source id is of another record")
    partition = record.calculate_partition()
    own = record.compute_namespaced_id(partition, record._morango_source_id, record.morango_model_name)
    if own != record.id:
        raise SetAside(Reason.WRONG_ID, "the id is not that of its source id and partition")
    if partition.replace(record.ID_PLACEHOLDER, own) != record._morango_partition:
        raise SetAside(Reason.WRONG_ID, "the partition is of other records")


def _check_identity(store: Store, data: dict[str, Any]) -> None:
    """A record says twice who it is: in its envelope, which peers compare, and inside."""
    if data.get("id") != store.id:
        raise SetAside(Reason.WRONG_ID, "the id inside is another one")
    if not store.source_id:
        raise SetAside(Reason.WRONG_ID, "there is no source id")
    for name, value in (("_morango_source_id", store.source_id), ("_morango_partition", store.partition)):
        if data.get(name, value) != value:
            raise SetAside(Reason.WRONG_ID, f"{name} inside is another one")


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _check_characters(text: str) -> None:
    """Raise SetAside for half a character and for NUL, which a database cannot keep."""
    lowered = text.lower()
    if "\\u0000" in lowered:
        raise SetAside(Reason.UNREADABLE, "a NUL character")
    if "\\ud" not in lowered:
        return
    try:
        # Whole pairs become one character; what is left over cannot be written.
        json.dumps(json.loads(text), ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise SetAside(Reason.UNREADABLE, "half a character") from error


def _depth(text: str) -> int:
    """Return how deep the brackets of JSON text go, those in strings left out."""
    deepest = depth = 0
    in_string = escaped = False
    for character in text:
        if in_string:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == '"':
                in_string = False
        elif character == '"':
            in_string = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _columns(error: ValidationError) -> str:
    """Return which columns are at fault and the codes, without the values: they may be a person's."""
    if not hasattr(error, "error_dict"):
        return ", ".join(str(one.code) for one in error.error_list)
    return ", ".join(f"{name}: {' '.join(str(one.code) for one in found)}" for name, found in error.error_dict.items())
