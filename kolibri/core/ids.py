"""Ids as the wire has them: 32 lower-case hexadecimal characters."""

from __future__ import annotations

import uuid
from typing import Any

from django.urls import register_converter


def hex_or_none(value: Any) -> str | None:
    """Return the id in its one form, or None when `value` is no id (dashes and upper case are accepted)."""
    try:
        return uuid.UUID(value if isinstance(value, str) else "").hex
    except ValueError:
        return None


class HexConverter:
    """`<hex:pk>` in an address: an id, so that anything else is simply not found."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return str(value)


register_converter(HexConverter, "hex")
