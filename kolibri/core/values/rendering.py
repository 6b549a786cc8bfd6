"""JSON by orjson, or by the standard library where orjson is not installed; the same text from both."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import math
import uuid
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

from kolibri.core.quick_json import orjson


def default(value: Any) -> Any:
    """Return plain JSON for what orjson does not know: lazy text, decimals, durations and iterables."""
    if isinstance(value, Promise | decimal.Decimal):
        return str(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray | memoryview):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def _default(value: Any) -> Any:
    """Return plain JSON for what the standard library does not know, in the words of orjson."""
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, enum.Enum):
        return value.value
    return default(value)


def _finite(value: Any) -> Any:
    """Return `value` with null for numbers that JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return value


def _plain(data: Any) -> bytes:
    try:
        text = json.dumps(data, default=_default, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(data), default=_default, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half a character, as sent by a client and told back to it.
        return json.dumps(data, default=_default, separators=(",", ":")).encode()


def to_json(data: Any) -> bytes:
    """Return `data` as compact UTF-8 JSON; moments as ISO 8601 with their offset. Raises TypeError."""
    if orjson is None:
        return _plain(data)
    try:
        text: bytes = orjson.dumps(data, default=default, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:
        # Numbers above 64 bits and halves of characters; what is no JSON at all fails there, too.
        return _plain(data)
    return text


class ORJSONRenderer(BaseRenderer):
    """Renders an answer by `to_json`."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else to_json(data)
