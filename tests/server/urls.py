"""Views that show what the server told Django of a request, and the slow ones that a stop must survive."""

import time
from collections.abc import Iterator

from django.http import HttpRequest
from django.http import HttpResponse
from django.http import JsonResponse
from django.http import StreamingHttpResponse
from django.urls import path
from django.utils import translation

from kolibri.core.device import host
from kolibri.core.device import sharing


def told(request: HttpRequest) -> HttpResponse:
    return JsonResponse(
        {
            "at_window": request.at_window,
            "listener": request.META.get("kolibri.listener", ""),
            "host": request.get_host(),
            "content": host.content_origin(request),
            "language": translation.get_language(),
        }
    )


def write(request: HttpRequest) -> HttpResponse:
    return HttpResponse("written")


def sign_out(request: HttpRequest) -> HttpResponse:
    request.session.flush()
    return HttpResponse("out")


def share(request: HttpRequest) -> HttpResponse:
    shared = sharing.start() if request.GET["on"] == "1" else sharing.stop()
    return JsonResponse({"is_on": shared.is_on, "addresses": shared.addresses, "port": shared.port})


def stream(request: HttpRequest) -> HttpResponse:
    def forever() -> Iterator[bytes]:
        while True:
            yield b"x" * 65536

    return StreamingHttpResponse(forever())


def hang(request: HttpRequest) -> HttpResponse:
    time.sleep(30)
    return HttpResponse("late")


urlpatterns = [
    path("", told),
    path("write", write),
    path("sign-out", sign_out),
    path("share", share),
    path("stream", stream),
    path("hang", hang),
]
