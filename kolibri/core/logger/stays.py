"""How long people stay: a `UserSessionLog` from each sign-in on, as peers write them.

A stay begins with a sign-in, in the same transaction, and its end is written at most once in two
and a half minutes. Who comes back to an open session after five minutes without a request begins
another one.
"""

from __future__ import annotations

import datetime
import logging
import re
from typing import Any
from typing import Final

from django.core.cache import cache
from django.db import DatabaseError
from django.db import transaction
from django.http import HttpRequest

from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import local_now
from kolibri.core.logger.models import UserSessionLog

logger = logging.getLogger(__name__)

_KEY: Final = "stay"
# As peers have it.
_PAUSE: Final = datetime.timedelta(minutes=5)
_SECONDS: Final = 150

# The first that is found counts: each browser also names those that it is like.
_SYSTEMS: Final = {
    "Android": r"Android (\d+)",
    "iOS": r"(?:iPhone|iPad).* OS (\d+)",
    "Windows": r"Windows NT (\d+)",
    "Chrome OS": r"CrOS \S+ (\d+)",
    "Mac OS": r"Mac OS X (\d+)",
    "Linux": r"Linux()",
}
_BROWSERS: Final = {
    "Edge": r"Edg\w*/(\d+)",
    "Opera": r"OPR/(\d+)",
    "Samsung Internet": r"SamsungBrowser/(\d+)",
    "Firefox": r"(?:Firefox|FxiOS)/(\d+)",
    "Chrome": r"(?:Chrome|CriOS)/(\d+)",
    "Safari": r"Version/(\d+).*Safari",
}


def begin(sender: Any, request: HttpRequest, person: FacilityUser, **more: Any) -> None:
    """Write a new stay and remember it in the session, which whoever sends the signal saves afterwards."""
    now = local_now()
    stay = UserSessionLog(user=person, start_timestamp=now, last_interaction_timestamp=now)
    stay.device_info = device_info(request.headers.get("User-Agent", ""))
    stay.save(force_insert=True)
    request.session[_KEY] = stay.pk
    cache.set(_mark(stay.pk), True, _SECONDS)


def go_on(request: HttpRequest) -> None:
    """Write that the stay of the request's session lasts till now. Never raises for what the database refuses."""
    pk = request.session.get(_KEY)
    # The person last: not every request has to ask who it is.
    if not pk or not cache.add(_mark(pk), True, _SECONDS) or not request.user.is_authenticated:
        return
    try:
        with transaction.atomic():
            _write(request, pk)
    except DatabaseError as error:
        # The page itself is answered already; the next request tries again.
        cache.delete(_mark(pk))
        logger.warning("A stay could not be written: %s", error)


def device_info(user_agent: str) -> str:
    """Return the device as peers write it: `<system>,<version>/<browser>,<version>`, empty for what is not known.

    >>> device_info("Mozilla/5.0 (Linux; Android 13; SM-T500) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36")
    'Android,13/Chrome,126'
    """
    return f"{_found(_SYSTEMS, user_agent)}/{_found(_BROWSERS, user_agent)}"[:100]


def _found(patterns: dict[str, str], user_agent: str) -> str:
    for name, pattern in patterns.items():
        if seen := re.search(pattern, user_agent[:500]):
            return f"{name},{seen[1]}"
    return ","


def _write(request: HttpRequest, pk: str) -> None:
    now = local_now()
    mine = UserSessionLog.objects.filter(pk=pk, user_id=request.user.pk)
    # Morango's `update` does not tell how many rows it wrote.
    if mine.filter(last_interaction_timestamp__gte=now - _PAUSE).exists():
        mine.update(last_interaction_timestamp=now)
        return
    begin(None, request, FacilityUser.objects.get(pk=request.user.pk))


def _mark(pk: str) -> str:
    return f"stay:{pk}"
