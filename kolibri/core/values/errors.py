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
from django.db import OperationalError
from django.http import Http404
from django.http import HttpRequest
from django.http import HttpResponse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.fields import get_error_detail
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from kolibri.core import room
from kolibri.core.values.rendering import to_json
from kolibri.errors import API
from kolibri.errors import BadInputs
from kolibri.errors import KolibriError
from kolibri.errors import shape

logger = logging.getLogger(__name__)

Problem = dict[str, str]

# One code for one thing, whoever raised it.
_SAME = {"permission_denied": "refused", "parse_error": "invalid"}
CODES = {
    400: "invalid",
    403: "refused",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    413: "too_large",
    415: "unsupported_media_type",
    500: "failed",
}
DAMAGED = _("The address or what was sent is damaged. Go back, try again.")
FAILED = _("Something went wrong in the program. What was saved before is safe. Go back and try again.")
TOO_LARGE = _("What was sent is too large. Send less at once.")
_SENTENCES: dict[int, Promise] = {
    400: DAMAGED,
    403: _("You may not do this."),
    404: _("This is not here."),
    405: _("This cannot be done at this address."),
    406: _("Only JSON is sent from here. Ask for it."),
    409: _("This does not go together with what is here already. Load it again, then retry."),
    413: TOO_LARGE,
    415: _("Send JSON or a form."),
}
# What REST framework says in words of its own, which are for programmers and not in all our languages.
_OWN: dict[type[exceptions.APIException], Promise] = {
    exceptions.NotAuthenticated: _("Sign in first."),
    exceptions.PermissionDenied: _SENTENCES[403],
    exceptions.MethodNotAllowed: _SENTENCES[405],
    exceptions.NotAcceptable: _SENTENCES[406],
    exceptions.UnsupportedMediaType: _SENTENCES[415],
}
# Their words hold what was asked for, so that they are never the default ones.
_FILLED_IN = (exceptions.MethodNotAllowed, exceptions.UnsupportedMediaType)


def is_api(request: HttpRequest) -> bool:
    """Return whether the address is one whose errors are JSON."""
    return request.path_info.startswith(API)


def language_of(request: HttpRequest) -> str:
    """Return the language of the answer, also where what chooses it was not reached or has failed."""
    chosen: str = getattr(request, "LANGUAGE_CODE", "")
    return chosen or translation.get_language_from_request(request)


def answer(status: int, message: str | Promise = "", code: str = "") -> HttpResponse:
    """Return an answer in the one shape, for where no view has been reached; without `message` the status's own."""
    said = message or _SENTENCES.get(status, DAMAGED if status < 500 else FAILED)
    named = code or CODES.get(status, "invalid" if status < 500 else "failed")
    return HttpResponse(to_json(shape(named, str(said))), status=status, content_type="application/json")


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


def _one(status: int, message: str = "") -> tuple[int, list[Problem]]:
    return status, [{"code": CODES[status], "field": "", "message": message or str(_SENTENCES[status])}]


def _worded(exc: exceptions.APIException) -> Any:
    """Return the detail, in our words where nobody has chosen others."""
    sentence = _OWN.get(type(exc))
    if sentence is None or not (isinstance(exc, _FILLED_IN) or exc.detail == exc.default_detail):
        return exc.detail
    return exceptions.ErrorDetail(str(sentence), exc.default_code)


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Return the answer for an expected failure; None for an unexpected one, which stays an error (500)."""
    headers: dict[str, str] = {}
    if isinstance(exc, KolibriError):
        status, found = exc.status, _of(exc)
    elif isinstance(exc, Http404 | exceptions.NotFound):
        said = str(exc.detail) if isinstance(exc, exceptions.NotFound) else ""
        known = exceptions.NotFound.default_detail
        status, found = _one(404, said if said != known else "")
    elif isinstance(exc, DjangoPermissionDenied):
        status, found = _one(403)
    elif isinstance(exc, DjangoValidationError):
        status, found = 400, list(problems(get_error_detail(exc)))
    elif isinstance(exc, IntegrityError):
        # Its text names tables and columns: for the log only.
        logger.warning("refused by the database: %s", exc)
        status, found = _one(409)
    elif isinstance(exc, OperationalError) and room.is_full(exc):
        logger.error("The disk is full: %s", exc)
        status, found = room.DiskFull.status, _of(room.DiskFull())
    elif isinstance(exc, exceptions.APIException):
        status, found = exc.status_code, list(problems(_worded(exc)))
        if getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = exc.auth_header  # type: ignore[attr-defined]
    else:
        return None
    if wait := getattr(exc, "wait", None):
        headers["Retry-After"] = str(math.ceil(wait))
    set_rollback()
    return Response({"errors": found}, status=status, headers=headers)


def expected(error: KolibriError) -> HttpResponse:
    """Return the answer to one of our own errors, for where no view of REST framework has met it."""
    told = exception_handler(error, {})
    assert told is not None
    found = HttpResponse(to_json(told.data), status=told.status_code, content_type="application/json")
    if wait := told.headers.get("Retry-After"):
        found.headers["Retry-After"] = wait
    return found
