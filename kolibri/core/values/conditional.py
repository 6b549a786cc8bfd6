"""304 for a client that has the answer already: validators made of the tables' change counters.

A validator stands for the person, the language, the address with its query, the form of the
answer, the program's version and the state of every table that the answer is read from or that
rights depend on. So it never crosses people or languages, and a right that was taken away is a
change like any other.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any
from typing import Final

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

import kolibri
from kolibri.core.changes import counters

# What rights depend on: people and their roles, the computer's own rights.
RIGHTS: Final = ("kolibriauth", "device")
_QUOTED: Final = re.compile(r'"([a-z_]+)"')
_known: dict[type, frozenset[str]] = {}


def validator(view: Any, request: Request) -> str:
    """Return the weak entity tag of what `view` would answer now; one query."""
    user = request.user
    parts = (
        kolibri.__version__,
        str(user.pk) if user.is_authenticated else "",
        get_language() or "",
        request.get_full_path(),
        request.accepted_renderer.media_type,
        str(counters.state(tables_read(view))),
    )
    return f'W/"{hashlib.blake2b(chr(0).join(parts).encode(), digest_size=15).hexdigest()}"'


def tables_read(view: Any) -> frozenset[str]:
    """Return the tables that a viewset's answers depend on; worked out once a class.

    They are named by the SQL of its queryset with its annotations. What its own `get_queryset` or
    `consolidate` asks for cannot be seen: it counts as all of them, unless the class names the
    models in `watches`.
    """
    kind = type(view)
    if kind not in _known:
        _known[kind] = _tables(view)
    return _known[kind]


def unchanged(view: Any, request: Request) -> Response | None:
    """Return a 304 when the client has what `view` would answer; else None, and `request` keeps the tag for `mark`."""
    tag = validator(view, request)
    request.kolibri_validator = tag  # type: ignore[attr-defined]
    asked = request.headers.get("If-None-Match", "")
    # Weak comparison (RFC 9110, 13.1.2): the same answer packed by gzip is the same answer.
    if tag.removeprefix("W/") in {one.strip().removeprefix("W/") for one in asked.split(",")}:
        return mark(Response(status=status.HTTP_304_NOT_MODIFIED), request)
    return None


def mark(response: Response, request: Request) -> Response:
    """Put the tag that was read before the data on the answer, and say whom it is for."""
    response["ETag"] = request.kolibri_validator  # type: ignore[attr-defined]
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ("Cookie", "Accept-Language"))
    return response


def _tables(view: Any) -> frozenset[str]:
    watched = view.watches
    base = "kolibri.core.values.viewsets"
    is_own = type(view).consolidate.__module__ != base or not type(view).get_queryset.__module__.startswith(
        ("rest_framework", base)
    )
    if is_own and watched is None:
        return counters.counted_tables()
    queryset = view.annotate_queryset(view.get_queryset())
    try:
        sql = str(queryset.query)
    except EmptyResultSet:
        return counters.counted_tables()
    named = set(_QUOTED.findall(sql)) | {model._meta.db_table for model in watched or ()}
    for label in RIGHTS:
        if apps.is_installed(f"kolibri.core.{'auth' if label == 'kolibriauth' else label}"):
            named |= counters.tables_of_app(label)
    return counters.counted_tables() & named
