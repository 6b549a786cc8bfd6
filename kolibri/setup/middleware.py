"""Nothing before the wizard, and the wizard never again after it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from kolibri.core.device import services
from kolibri.setup import finishing

_ROOT: Final = "/setup/"
# What outlives the wizard.
_AFTER: Final = ("recover", "code", "new-code", "code-written-down", "finish")
# What pages are made of, what any page may ask, and the API, which refuses strangers by itself.
_ALWAYS: Final = ("/api/", "/content/", "/zip/", "/alive/", "/language/", "/print/")

GetResponse = Callable[[HttpRequest], HttpResponse]


class SetupFirstMiddleware:
    """Leads this computer's window to the wizard until the computer is a school's, and away from it after.

    Everybody else is told that it is not set up. Whoever is signed in is let through: a
    computer with people on it is some school's, whatever its settings say.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith((settings.STATIC_URL, *_ALWAYS)):
            return self.get_response(request)
        if services.is_provisioned():
            return self._away(request) or self.get_response(request)
        if request.user.is_authenticated:
            return self.get_response(request)
        return self._first(request) or self.get_response(request)

    def _away(self, request: HttpRequest) -> HttpResponse | None:
        if not request.path.startswith(_ROOT) or request.path in map(_address, _AFTER):
            return None
        return _go(request, _address("finish") if finishing.finished(request) else "/")

    def _first(self, request: HttpRequest) -> HttpResponse | None:
        at_window = getattr(request, "at_window", False)
        if at_window and request.path.startswith(_ROOT) and request.path not in map(_address, _AFTER):
            finishing.remember_session(request)
            return None
        if at_window:
            return _go(request, _address("start"))
        return render(request, "setup/not_yet.html", status=403)


def _address(name: str) -> str:
    return reverse(f"kolibri:setup:{name}")


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponseClientRedirect(address)
    return redirect(address)
