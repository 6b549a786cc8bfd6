"""The last steps back of somebody, kept in their session: too long for an address."""

from __future__ import annotations

import secrets
from typing import Any
from typing import Final

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect

_KEY: Final = "steps-back"
_MOST: Final = 5


def keep(request: HttpRequest, step: dict[str, Any], said: str, onward: str) -> str:
    """Keep the step back, what was `said` about it and the address to go `onward` to; return its name."""
    name = secrets.token_hex(8)
    kept = [*request.session.get(_KEY, []), {"name": name, "step": step, "said": said, "onward": onward}]
    request.session[_KEY] = kept[-_MOST:]
    return name


def offer(request: HttpRequest, step: dict[str, Any], said: str, onward: str) -> HttpResponse:
    """Keep the step back and go to `onward`, where a notice says what was done and offers to undo it."""
    mark = "&" if "?" in onward else "?"
    return redirect(f"{onward}{mark}undo={keep(request, step, said, onward)}")


def offered(request: HttpRequest, name: str | None) -> dict[str, Any] | None:
    """Return what was kept under the name, unless it was taken."""
    found: dict[str, Any] | None = next((one for one in request.session.get(_KEY, []) if one["name"] == name), None)
    return found


def forget(request: HttpRequest, name: str) -> None:
    """Offer this step back no more."""
    request.session[_KEY] = [one for one in request.session.get(_KEY, []) if one["name"] != name]
