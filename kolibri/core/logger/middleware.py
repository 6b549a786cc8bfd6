"""Notes that people who have signed in are still here."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http import HttpResponse

from kolibri.core.logger import stays

Handler = Callable[[HttpRequest], HttpResponse]


class StayMiddleware:
    """Lets the stay of the session go on. Pages that look for news by themselves are no sign that anybody is there."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        asked_by_itself = request.method != "POST" and request.headers.get("HX-Request")
        # What nobody's session was read for, as files, is no sign either, and reading it now would cost a query.
        if request.session.accessed and not asked_by_itself and response.status_code < 400:
            stays.go_on(request)
        return response
