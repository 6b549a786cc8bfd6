"""All addresses: the screens by their folder's name, the API of every installed app under /api/.

A screen app's `urls.py` defines `app_name` and `urlpatterns`; an app's `api_urls.py` only
`urlpatterns`. Names read `kolibri:coach:lesson` and `kolibri:core:lesson-list`.
"""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern
from django.urls import URLResolver
from django.urls import include
from django.urls import path

from kolibri.core import ids  # noqa: F401  (the `<hex:...>` converter)

Patterns = list[URLPattern | URLResolver]

SCREENS = ("setup", "school", "coach", "learn", "computer")


def api_of(apps_named: Iterable[str]) -> Patterns:
    """Return the addresses of each app's `api_urls`.

    Raises ImproperlyConfigured where two give an address the same name (a router's `basename`):
    `reverse` would find one of them only.
    """
    found: Patterns = []
    owners: dict[str, str] = {}
    for app in apps_named:
        if not find_spec(module := f"{app}.api_urls"):
            continue
        patterns: Patterns = import_module(module).urlpatterns
        for name in sorted(set(_names(patterns))):
            if name in owners:
                raise ImproperlyConfigured(
                    f"{module} and {owners[name]}.api_urls both name an address {name!r}; choose another basename"
                )
            owners[name] = app
        found += patterns
    return found


def _names(patterns: Patterns) -> Iterable[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


kolibri: Patterns = [path("api/", include((api_of(config.name for config in apps.get_app_configs()), "core")))]
kolibri += [path(f"{name}/", include(f"kolibri.{name}.urls")) for name in SCREENS if find_spec(f"kolibri.{name}.urls")]
kolibri += [path("", include("kolibri.ui.urls"))] if find_spec("kolibri.ui.urls") else []

urlpatterns: Patterns = [path("", include((kolibri, "kolibri")))]

handler400 = "kolibri.ui.views.trouble.bad_request"
handler403 = "kolibri.ui.views.trouble.refused"
handler404 = "kolibri.ui.views.trouble.not_here"
handler500 = "kolibri.ui.views.trouble.failed"
