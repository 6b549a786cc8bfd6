"""Small answers of the server itself, given before or without Django."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]


def status_line(status: int) -> str:
    return f"{status} {HTTPStatus(status).phrase}"


def answer(
    environ: Environ,
    start_response: StartResponse,
    status: int,
    body: bytes | str = b"",
    headers: Headers | None = None,
    content_type: str = "text/plain; charset=utf-8",
) -> list[bytes]:
    """Answer with a short body, which no cache keeps and no browser guesses at."""
    data = body.encode() if isinstance(body, str) else body
    given = {name for name, _value in headers or []}
    standard = {
        "Content-Type": content_type,
        "Content-Length": str(len(data)),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
    if status in (204, 304):
        del standard["Content-Type"], standard["Content-Length"]
    start_response(
        status_line(status),
        [*(headers or []), *((name, value) for name, value in standard.items() if name not in given)],
    )
    return [] if environ.get("REQUEST_METHOD") == "HEAD" or status in (204, 304) else [data]
