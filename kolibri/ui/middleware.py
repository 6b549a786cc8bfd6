"""What every page carries: its security headers, and a page instead of a traceback for an expected failure."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest
from django.http import HttpResponse

from kolibri.core.device.host import content_origin
from kolibri.core.values import errors
from kolibri.errors import KolibriError
from kolibri.ui.views import trouble

GetResponse = Callable[[HttpRequest], HttpResponse]

# pdf.js decodes pictures by WebAssembly in its worker, which answers to its own file's headers, not to this.
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self'; font-src 'self' data:; "
    "script-src 'self'; frame-src 'self' {frames}; connect-src 'self'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


class PageHeadersMiddleware:
    """Sets the content security policy, and answers KolibriError with a page (for the API: with its JSON)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.headers.get("Content-Type", "").startswith("text/html"):
            policy = POLICY.format(frames=content_origin(request)).replace("  ", " ")
            response.headers.setdefault("Content-Security-Policy", policy)
            response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
            # Pages hold names; a shared computer's Back button must not show them after signing out.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, KolibriError):
            return None
        if errors.is_api(request):
            return errors.expected(exception)
        return trouble.expected(request, exception)
