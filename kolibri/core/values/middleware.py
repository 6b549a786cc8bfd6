"""The last look at what leaves from under /api/: no error in another shape than the one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import translation

from kolibri.core.values import errors

# What the new body does not share with the one before it.
_OF_THE_BODY = ("Content-Length", "Content-Encoding", "Content-Security-Policy", "ETag")


class ApiErrorsMiddleware:
    """Stands before all others, and puts the one shape in place of any other error's body.

    That is a plain view's refusal, another library's page, and in development Django's pages
    with the trace, which is in the log as well. No cache keeps an error.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code < 400 or not errors.is_api(request):
            return response
        kind = response.headers.get("Content-Type", "")
        if isinstance(response, HttpResponse) and not kind.startswith("application/json"):
            _reword(request, response)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _reword(request: HttpRequest, response: HttpResponse) -> None:
    language = errors.language_of(request)
    with translation.override(language):
        response.content = errors.answer(response.status_code).content
    for name in _OF_THE_BODY:
        response.headers.pop(name, None)
    response.headers["Content-Type"] = "application/json"
    response.headers["Content-Language"] = language
