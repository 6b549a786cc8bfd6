"""Answers packed for the class's network, where the air is slow and the phones are quick.

Level 1 takes a third of level 6's time for nearly the same size; on loopback any packing costs more
than it saves. What a page keeps secret does not show in its packed length: Django masks the CSRF
token anew in each page, and the name field of the gzip header is of random length besides.
"""

from __future__ import annotations

import gzip
import io
import re
import secrets
from collections.abc import Callable
from typing import Final

from django.http import HttpRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

LEAST: Final = 2_000  # bytes; a page of 8 kB goes in 3, for a twentieth of a millisecond
MOST_RANDOM: Final = 100
_TEXTS: Final = ("text/", "application/json", "application/javascript", "image/svg+xml")
_TAKES_GZIP = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)")


def pack(content: bytes) -> bytes:
    """Return `content` in gzip's form, at its quickest."""
    packed = io.BytesIO()
    name = "a" * secrets.randbelow(MOST_RANDOM)
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=1, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()


def is_text(content_type: str) -> bool:
    """Return whether packing makes what is of this type smaller."""
    return content_type.startswith(_TEXTS)


def takes_gzip(request: HttpRequest) -> bool:
    """Return whether whoever asks can read gzip's form."""
    return bool(_TAKES_GZIP.search(request.headers.get("Accept-Encoding", "").lower()))


class PackingMiddleware:
    """Packs large texts that go to the class."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.META.get("kolibri.listener") != "class" or not isinstance(response, HttpResponse):
            return response
        if "Content-Encoding" in response.headers or not is_text(response.headers.get("Content-Type", "")):
            return response
        # Also of what is too small now: a cache must not give the next one to who cannot read it.
        patch_vary_headers(response, ["Accept-Encoding"])
        if len(response.content) < LEAST or not takes_gzip(request):
            return response
        response.content = pack(response.content)
        response.headers["Content-Length"] = str(len(response.content))
        response.headers["Content-Encoding"] = "gzip"
        tag = response.headers.get("ETag", "")
        if tag and not tag.startswith("W/"):
            # Another form of the same answer (RFC 9110, 8.8.1).
            response.headers["ETag"] = f"W/{tag}"
        return response
