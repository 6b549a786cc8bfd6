"""The API's one shape of an error: `{"errors": [{"code", "field", "message"}, ...]}` (docs/api-errors.md)."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from kolibri.errors import BadInputs
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)

Problem = dict[str, str]

# One code for one thing, whoever raised it.
_SAME = {"permission_denied": "refused", "parse_error": "invalid"}
CODES = {400: "invalid", 403: "refused", 404: "not_found", 405: "method_not_allowed", 409: "conflict", 500: "failed"}


def problems(detail: Any, field: str = "") -> Iterator[Problem]:
    """Yield one problem for each leaf of DRF's nested `detail`, its place as a dotted path."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            below = "" if name in (api_settings.NON_FIELD_ERRORS_KEY, NON_FIELD_ERRORS) else str(name)
            yield from problems(inner, ".".join(part for part in (field, below) if part))
    elif isinstance(detail, list | tuple):
        for place, inner in enumerate(detail):
            nested = isinstance(inner, dict | list)
            yield from problems(inner, f"{field}.{place}".strip(".") if nested else field)
    else:
        code = str(getattr(detail, "code", None) or "invalid")
        yield {"code": _SAME.get(code, code), "field": field, "message": str(detail)}


def _of(error: KolibriError) -> list[Problem]:
    found = error.errors if isinstance(error, BadInputs) else [error]
    return [{"code": one.code, "field": one.field, "message": str(one)} for one in found]


def _one(status: int, message: str) -> tuple[int, list[Problem]]:
    return status, [{"code": CODES[status], "field": "", "message": message}]


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for an expected failure; None for an unexpected one, which stays an error (500)."""
    headers: dict[str, str] = {}
    if isinstance(exc, KolibriError):
        status, found = exc.status, _of(exc)
    elif isinstance(exc, Http404 | exceptions.NotFound):
        said = str(exc.detail) if isinstance(exc, exceptions.NotFound) else ""
        known = exceptions.NotFound.default_detail
        status, found = _one(404, said if said and said != known else _("This is not here."))
    elif isinstance(exc, DjangoPermissionDenied):
        status, found = _one(403, _("You may not do this."))
    elif isinstance(exc, DjangoValidationError):
        status, found = 400, list(problems(get_error_detail(exc)))
    elif isinstance(exc, IntegrityError):
        # Its text names tables and columns: for the log only.
        logger.warning("refused by the database: %s", exc)
        status, found = _one(409, _("This does not go together with what is here already. Load it again, then retry."))
    elif isinstance(exc, exceptions.APIException):
        status, found = exc.status_code, list(problems(exc.detail))
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    else:
        return None
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    set_rollback()
    return Response({"errors": found}, status=status, headers=headers)
