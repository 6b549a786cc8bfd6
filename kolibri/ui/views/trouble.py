"""Pages for what goes wrong: what happened, what is safe, what to do."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from django.http import HttpResponse
from django.http import JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from kolibri.core.values.errors import CODES
from kolibri.errors import KolibriError
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to


def page(request: HttpRequest, status: int, title: str, sentence: str) -> HttpResponse:
    """Return the page; for the API its JSON shape, for a fragment a sentence that the page announces."""
    if request.path.startswith("/api/"):
        error = {"code": CODES.get(status, "failed"), "field": "", "message": sentence}
        return JsonResponse({"errors": [error]}, status=status)
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=status)
        # Headers hold ASCII only; the page's script reads the JSON.
        answer.headers["HX-Trigger"] = json.dumps({"trouble": {"sentence": sentence}})
        return answer
    context = {"trouble_title": title, "sentence": sentence}
    return render(request, "ui/trouble.html", context, status=status)


def expected(request: HttpRequest, error: KolibriError) -> HttpResponse:
    """Answer one of our own errors."""
    titles = {403: _("This is not open to you"), 404: _("Not here"), 409: _("Not now")}
    return page(request, error.status, titles.get(error.status, _("This did not work")), str(error))


@open_to(everyone)
def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return page(request, 400, _("This did not work"), _("The address or what was sent is damaged. Go back, try again."))


@open_to(everyone)
def refused(request: HttpRequest, exception: Any = None) -> HttpResponse:
    said = str(exception) if exception and str(exception) else _("You may not open this page.")
    return page(request, 403, _("This is not open to you"), said)


@open_to(everyone)
def not_here(request: HttpRequest, exception: Any = None) -> HttpResponse:
    sentence = _("This page is not here. It may have been deleted, or the address is wrong.")
    return page(request, 404, _("Not here"), sentence)


@open_to(everyone)
def failed(request: HttpRequest) -> HttpResponse:
    sentence = _("Something went wrong in the program. What was saved before is safe. Go back and try again.")
    if request.path.startswith("/api/") or request.headers.get("HX-Request"):
        return page(request, 500, "", sentence)
    # Without the request nothing is asked of the database, which may be what failed.
    html = render_to_string("ui/failed.html", {"title": _("Something went wrong"), "sentence": sentence})
    return HttpResponse(html, status=500)


@open_to(everyone)
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    sentence = _("This page had been open for too long. Load it again, then repeat what you did.")
    return page(request, 403, _("Please load the page again"), sentence)
