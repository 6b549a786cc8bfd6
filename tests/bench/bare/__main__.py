"""One page of Django's behind cheroot in a window of pywebview's, and nothing else."""

from __future__ import annotations

import os
import threading

import django
import webview
from cheroot import wsgi
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest
from django.http import HttpResponse
from django.template import Context
from django.template import Engine
from django.urls import path

PAGE = "<!doctype html><title>Bare</title><main><h1>{{ greeting }}</h1><p>One page, nothing else.</p></main>"


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Engine().from_string(PAGE).render(Context({"greeting": "Hello"})))


urlpatterns = [path("", page)]


def main() -> None:
    settings.configure(
        ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__, SECRET_KEY="bare", INSTALLED_APPS=[], MIDDLEWARE=[]
    )
    django.setup()
    server = wsgi.Server(("127.0.0.1", 0), get_wsgi_application())
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    webview.settings["REMOTE_DEBUGGING_PORT"] = int(os.environ["BARE_PORT"])
    webview.create_window("Bare", f"http://127.0.0.1:{server.bind_addr[1]}/", width=1280, height=800)
    webview.start(gui="qt", private_mode=True)
    server.stop()


if __name__ == "__main__":
    main()
