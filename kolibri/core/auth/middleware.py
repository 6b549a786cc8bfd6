"""Puts the person of the session on the request."""

from django.contrib import auth
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from kolibri.core.auth.models import AnonymousUser
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Person


def _person(request: HttpRequest) -> Person:
    user = auth.get_user(request)
    return user if isinstance(user, FacilityUser) else AnonymousUser()


class AuthenticationMiddleware(MiddlewareMixin):
    """Sets `request.user`, read from the database when it is first looked at."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]
