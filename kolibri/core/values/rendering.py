"""JSON by orjson, or by the standard library where orjson is not installed; the same text from both."""

from __future__ import annotations

import datetime
import decimal
import importlib
import json
import uuid
from typing import Any

from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

orjson: Any
try:
    orjson = importlib.import_module("orjson")
except ImportError:  # a platform without a build of it
    orjson = None


def default(value: Any) -> Any:
    """Return plain JSON for what the encoders do not know: lazy text, decimals and iterables."""
    if isinstance(value, Promise | decimal.Decimal):
        return str(value)
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if hasattr(value, "__iter__"):
        return list(value)
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON")


def to_json(data: Any) -> bytes:
    """Return `data` as compact UTF-8 JSON; moments as ISO 8601 with their offset."""
    if orjson is not None:
        text: bytes = orjson.dumps(data, default=default, option=orjson.OPT_NON_STR_KEYS)
        return text
    return json.dumps(data, default=default, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


class ORJSONRenderer(BaseRenderer):
    """Renders an answer by `to_json`."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else to_json(data)
