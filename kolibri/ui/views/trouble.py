"""Pages for what goes wrong: what happened, what is safe, what to do."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.exceptions import TooManyFieldsSent
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from kolibri.core.values import errors
from kolibri.errors import Forged
from kolibri.errors import KolibriError
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to

Handler = Callable[..., HttpResponse]


def spoken(handler: Handler) -> Handler:
    """Let a handler answer in the request's language, also when the fault lies before what chooses it."""

    @functools.wraps(handler)
    def speaking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with translation.override(errors.language_of(request)):
            return handler(request, *args, **kwargs)

    return speaking


def page(request: HttpRequest, status: int, title: str, sentence: str, code: str = "") -> HttpResponse:
    """Return the page; for the API its JSON shape, for a fragment a sentence that the page announces."""
    if errors.is_api(request):
        return errors.answer(status, sentence, code)
    if request.headers.get("HX-Request"):
        answer = HttpResponse(status=status)
        # Headers hold ASCII only; the page's script reads the JSON.
        answer.headers["HX-Trigger"] = json.dumps({"trouble": {"sentence": sentence}})
        return answer
    if not hasattr(request, "user"):
        # The fault lies before what finds the person, whom the usual page shows.
        return _bare_page(status, title, sentence)
    context = {"trouble_title": title, "sentence": sentence}
    return render(request, "ui/trouble.html", context, status=status)


def _bare_page(status: int, title: str, sentence: str) -> HttpResponse:
    html = render_to_string("ui/failed.html", {"title": title, "sentence": sentence})
    return HttpResponse(html, status=status)


def expected(request: HttpRequest, error: KolibriError) -> HttpResponse:
    """Answer one of our own errors."""
    titles = {403: _("This is not open to you"), 404: _("Not here"), 409: _("Not now")}
    return page(request, error.status, titles.get(error.status, _("This did not work")), str(error))


@open_to(everyone)
@spoken
def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return page(request, 413, _("This did not work"), str(errors.TOO_LARGE))
    return page(request, 400, _("This did not work"), str(errors.DAMAGED))


@open_to(everyone)
@spoken
def refused(request: HttpRequest, exception: Any = None) -> HttpResponse:
    said = str(exception) if exception and str(exception) else _("You may not open this page.")
    return page(request, 403, _("This is not open to you"), said)


@open_to(everyone)
@spoken
def not_here(request: HttpRequest, exception: Any = None) -> HttpResponse:
    sentence = _("This page is not here. It may have been deleted, or the address is wrong.")
    return page(request, 404, _("Not here"), sentence)


@open_to(everyone)
@spoken
def failed(request: HttpRequest) -> HttpResponse:
    sentence = str(errors.FAILED)
    if errors.is_api(request) or request.headers.get("HX-Request"):
        return page(request, 500, "", sentence)
    # Without the request nothing is asked of the database, which may be what failed.
    return _bare_page(500, _("Something went wrong"), sentence)


@open_to(everyone)
@spoken
def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    error = Forged()
    return page(request, 403, _("Please load the page again"), str(error), error.code)
