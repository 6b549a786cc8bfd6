"""All addresses: the screens by their folder's name, the API of every core app under /api/.

A screen app's `urls.py` defines `app_name` and `urlpatterns`; a core app's `api_urls.py` only
`urlpatterns`. Names read `kolibri:coach:lesson` and `kolibri:core:lesson-list`.
"""

from importlib import import_module
from importlib.util import find_spec

from django.urls import URLPattern
from django.urls import URLResolver
from django.urls import include
from django.urls import path

from kolibri.core import ids  # noqa: F401  (the `<hex:...>` converter)

Patterns = list[URLPattern | URLResolver]

CORE_APPS = ("auth", "device", "content", "lessons", "logger")
SCREENS = ("setup", "school", "coach", "learn", "computer")


def _api() -> Patterns:
    found: Patterns = []
    for name in CORE_APPS:
        if find_spec(module := f"kolibri.core.{name}.api_urls"):
            found += import_module(module).urlpatterns
    return found


kolibri: Patterns = [path("api/", include((_api(), "core")))]
kolibri += [path(f"{name}/", include(f"kolibri.{name}.urls")) for name in SCREENS if find_spec(f"kolibri.{name}.urls")]
kolibri += [path("", include("kolibri.ui.urls"))] if find_spec("kolibri.ui.urls") else []

urlpatterns: Patterns = [path("", include((kolibri, "kolibri")))]

handler400 = "kolibri.ui.views.trouble.bad_request"
handler403 = "kolibri.ui.views.trouble.refused"
handler404 = "kolibri.ui.views.trouble.not_here"
handler500 = "kolibri.ui.views.trouble.failed"
