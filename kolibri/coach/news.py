"""Pages that ask every quarter of a minute whether there is news: mostly 304, before anything is worked out.

The validator is of two parts. The first stands for the person, the language, the day and the state of all tables
that reports are read from: while it holds, nothing was written, and one query is the whole answer. The second is
the picture's own fingerprint: much is written in a school that this page does not show.
"""

from __future__ import annotations

import hashlib
import json
from typing import Final

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language

import kolibri
from kolibri.core.changes import counters
from kolibri.core.fields import local_now
from kolibri.core.values.conditional import RIGHTS
from kolibri.ui.requests import PersonRequest

READ: Final = (*RIGHTS, "content", "lessons", "logger")


class News:
    """What a page that polls has been told already. To be made before the data is read; one query."""

    def __init__(self, request: PersonRequest) -> None:
        tables = frozenset[str]().union(*(counters.tables_of_app(label) for label in READ))
        # At midnight “today” is another day.
        day = local_now().date().isoformat()
        parts = (kolibri.__version__, request.user.pk, get_language() or "", day, str(counters.state(tables)))
        self._state = hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
        held = request.headers.get("If-None-Match", "") if request.htmx else ""
        self._held_state, _dash, self._held_picture = held.strip().removeprefix("W/").strip('"').partition("-")

    @property
    def is_none(self) -> bool:
        """Whether nothing at all was written since the page was told."""
        return self._held_state == self._state

    def shows(self, fingerprint: str) -> bool:
        """Whether the page shows the picture with that fingerprint."""
        return self._held_picture == fingerprint

    def headers(self, fingerprint: str) -> str:
        """Return what the page's next question carries, as `hx-headers` wants it."""
        return json.dumps({"If-None-Match": self._tag(fingerprint)})

    def unchanged(self) -> HttpResponse:
        """Return the answer that there is none."""
        return self._marked(HttpResponse(status=304), self._held_picture)

    def told(self, response: HttpResponse, fingerprint: str) -> HttpResponse:
        """Return the answer that has news."""
        return self._marked(response, fingerprint)

    def _tag(self, fingerprint: str) -> str:
        return f'W/"{self._state}-{fingerprint}"'

    def _marked(self, response: HttpResponse, fingerprint: str) -> HttpResponse:
        response["ETag"] = self._tag(fingerprint)
        response["Cache-Control"] = "private, no-cache"
        patch_vary_headers(response, ("Cookie", "Accept-Language", "HX-Request"))
        return response
