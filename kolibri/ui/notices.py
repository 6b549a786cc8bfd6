"""What a screen app has to say on every page, until it is dealt with.

notices.register(unsaved_code)   # in the app's AppConfig.ready
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest

Notice = Callable[[HttpRequest], str]

_notices: list[Notice] = []


def register(notice: Notice) -> None:
    """Ask `notice` on every full page; it returns safe HTML, or nothing. It must be cheap when it has nothing."""
    if notice not in _notices:
        _notices.append(notice)


def of(request: HttpRequest) -> list[str]:
    """Return what there is to say to whoever sent the request."""
    return [html for notice in _notices if (html := notice(request))]
