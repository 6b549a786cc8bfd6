"""orjson where it is installed, the standard library's json elsewhere."""

from __future__ import annotations

import importlib
import json
from typing import Any

orjson: Any
try:
    orjson = importlib.import_module("orjson")
except ImportError:  # a platform without a build of it
    orjson = None


def loads(text: str) -> Any:
    """Return what JSON `text` holds. Raises ValueError."""
    return json.loads(text) if orjson is None else orjson.loads(text)
