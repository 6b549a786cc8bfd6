"""What the guide expects of morango's UUIDField and the field itself does not do.

The field is morango's, since its columns travel to peers; only its behaviour on this computer
is completed: an id is made where a model's own key is given none, and what is no id is refused
by name instead of by a bare ValueError.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from morango.models.fields.uuids import UUIDField
from morango.models.fields.uuids import UUIDModelMixin

INVALID = _("This is not an id.")
_is_hex: Final = re.compile(r"[0-9a-f]{32}").fullmatch


class MalformedId(ValidationError, ValueError):
    """What was given as an id is none. Both kinds of error, so that the guide's `except ValueError` holds."""


def to_hex(value: Any) -> Any:
    """Return an id as 32 lower-case hexadecimal characters, or None for None.

    Takes a `uuid.UUID` and text with or without dashes. Raises MalformedId.
    """
    if value is None:
        return None
    if isinstance(value, str) and _is_hex(value):
        return value
    if isinstance(value, uuid.UUID):
        return value.hex
    try:
        return uuid.UUID(value).hex
    except (AttributeError, TypeError, ValueError):
        raise MalformedId(INVALID, code="invalid", params={"value": value}) from None


def _to_python(field: Any, value: Any) -> Any:
    return to_hex(value)


def _get_internal_type(field: Any) -> str:
    # Under Django's own name SQLite's backend would make a `uuid.UUID` of every id that is read.
    return "HexUUIDField"


def _db_type(field: Any, connection: Any) -> Any:
    return _OF_DJANGO.db_type(connection)


def _get_db_converters(field: Any, connection: Any) -> list[Callable[..., Any]]:
    """Return nothing to do where the database keeps the text itself; lists read many ids."""
    return [] if _db_type(field, connection) == "char(32)" else [_from_uuid]


def _from_uuid(value: Any, expression: Any, connection: Any) -> Any:
    return value.hex if isinstance(value, uuid.UUID) else value


def _get_db_prep_value(field: Any, value: Any, connection: Any, prepared: bool = False) -> Any:
    return to_hex(value)


_OF_DJANGO: Final[Any] = models.UUIDField()
_default_of_morango = UUIDField.get_default


def _get_default(field: Any) -> Any:
    # morango works the ids of its own models out from what is in them, when they are saved.
    if field.primary_key and not field.has_default() and not issubclass(field.model, UUIDModelMixin):
        return uuid.uuid4().hex
    return _default_of_morango(field)


def complete() -> None:
    """Give morango's field what is described above; once, when the apps are ready."""
    UUIDField.default_error_messages = {"invalid": INVALID}
    UUIDField.to_python = _to_python
    UUIDField.get_internal_type = _get_internal_type
    UUIDField.db_type = _db_type
    UUIDField.get_db_converters = _get_db_converters
    UUIDField.get_db_prep_value = _get_db_prep_value
    UUIDField.get_default = _get_default
