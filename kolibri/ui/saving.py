"""Saving what a form sent, through the same serializer as the API."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from kolibri.core.values.errors import problems
from kolibri.errors import BadInputs
from kolibri.errors import KolibriError
from kolibri.errors import Refused


def field_errors(serializer: serializers.BaseSerializer[Any]) -> dict[str, str]:
    """Validate and save; return a sentence for each faulty field, nothing when all is saved.

    The key is the field's name, with what lies inside a list counted to its field, or empty.
    Raises KolibriError where no field is at fault (refused, gone, in the wrong state).
    """
    try:
        with transaction.atomic():
            serializer.is_valid(raise_exception=True)
            serializer.save()
    except serializers.ValidationError as error:
        return _by_field((one["field"], one["message"]) for one in problems(error.detail))
    except PermissionDenied as error:
        raise Refused(str(error.detail)) from error
    except KolibriError as error:
        found = error.errors if isinstance(error, BadInputs) else [error]
        if not any(one.field for one in found):
            raise
        return _by_field((one.field, str(one)) for one in found)
    return {}


def _by_field(pairs: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for field, sentence in pairs:
        found.setdefault(field.partition(".")[0], sentence)
    return found
