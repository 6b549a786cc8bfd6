"""Small answers of the server itself, given before or without Django."""

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from typing import Final

from kolibri.errors import API
from kolibri.errors import shape
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence_for

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Headers = list[tuple[str, str]]


NOT_NOW: Final = _("This cannot be answered just now. Try again in a moment.")
# What the API says of the server's own refusals, in words that tell what to do.
_CODES: Final = {400: "invalid", 413: "too_large", 414: "too_large", 500: "failed", 503: "not_now"}
_WORDS: Final = {
    "invalid": _("The address or what was sent is damaged. Go back, try again."),
    "too_large": _("What was sent is too large. Send less at once."),
    "failed": _("Something went wrong in the program. What was saved before is safe. Go back and try again."),
    "not_now": NOT_NOW,
}
ELSEWHERE: Final = _("This address is not this server's.")


def is_api(path: str) -> bool:
    """Return whether an error at this address is told in the API's one shape (docs/api-errors.md)."""
    return path.startswith(API)


def api_error(status: int, accepted: str = "", message: str = "") -> bytes:
    """Return an error of the API; `message` is a marked sentence, `accepted` the client's Accept-Language."""
    code = _CODES.get(status, "invalid" if status < 500 else "failed")
    return json.dumps(shape(code, sentence_for(accepted, message or _WORDS[code])), ensure_ascii=False).encode()


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
    """Answer with a short body, which no cache keeps and no browser guesses at.

    An error's body is a marked sentence, which is told in the client's language where the API is asked.
    """
    if status >= 400 and is_api(environ.get("PATH_INFO", "")):
        message = body if isinstance(body, str) else ""
        body, content_type = api_error(status, environ.get("HTTP_ACCEPT_LANGUAGE", ""), message), "application/json"
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
