"""The API's one shape of an error: `{"errors": [{"code", "field", "message"}, ...]}` (docs/api-errors.md)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from kolibri.errors import BadInputs
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)

Problem = dict[str, str]


def problems(detail: Any, field: str = "") -> Iterator[Problem]:
    """Yield one problem for each leaf of DRF's nested `detail`, its place as a dotted path."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            below = "" if name == "non_field_errors" else str(name)
            yield from problems(inner, ".".join(part for part in (field, below) if part))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from problems(inner, f"{field}.{place}".strip(".") if nested else field)
    else:
        yield {"code": str(getattr(detail, "code", "invalid")), "field": field, "message": str(detail)}


def _of(error: KolibriError) -> list[Problem]:
    found = error.errors if isinstance(error, BadInputs) else [error]
    return [{"code": one.code, "field": one.field, "message": str(one)} for one in found]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for an expected failure; None for an unexpected one, which stays an error (500)."""
    headers: dict[str, str] = {}
    if isinstance(exc, KolibriError):
        status, found = exc.status, _of(exc)
    elif isinstance(exc, Http404):
        status, found = 404, [{"code": "not_found", "field": "", "message": _("This is not here.")}]
    elif isinstance(exc, DjangoPermissionDenied):
        status, found = 403, [{"code": "refused", "field": "", "message": _("You may not do this.")}]
    elif isinstance(exc, DjangoValidationError):
        detail = exc.message_dict if hasattr(exc, "error_dict") else {"": exc.messages}
        status, found = 400, list(problems(detail))
    elif isinstance(exc, IntegrityError):
        logger.warning("refused by the database: %s", exc)
        status = 409
        found = [{"code": "conflict", "field": "", "message": _("This cannot be saved: it is there already.")}]
    elif isinstance(exc, exceptions.APIException):
        status, found = exc.status_code, list(problems(exc.detail))
        if getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(exc.wait))  # type: ignore[attr-defined]
    else:
        return None
    set_rollback()
    return Response({"errors": found}, status=status, headers=headers)
