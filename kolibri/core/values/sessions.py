"""Who asks, by the session's cookie.

Apart from `errors`, because REST framework imports its default authentication before its views.
"""

from __future__ import annotations

from rest_framework import authentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from kolibri.errors import Forged


class SessionAuthentication(authentication.SessionAuthentication):
    """Refuses a write without the session's token by a code of its own, in the person's words."""

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise Forged from error
