"""Puts the person of the session on the request."""

from django.contrib import auth
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin
from django.utils.functional import SimpleLazyObject

from kolibri.core.auth.backends import NAME_ALONE
from kolibri.core.auth.backends import may_enter_with_pictures
from kolibri.core.auth.backends import may_enter_without_password
from kolibri.core.auth.models import AnonymousUser
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Person


def _person(request: HttpRequest) -> Person:
    user = auth.get_user(request)
    if not isinstance(user, FacilityUser):
        return AnonymousUser()
    if request.session.get(NAME_ALONE) and not (may_enter_without_password(user) or may_enter_with_pictures(user)):
        # The learner has been given rights since, or the school wants passwords now.
        request.session.flush()
        return AnonymousUser()
    return user


class AuthenticationMiddleware(MiddlewareMixin):
    """Sets `request.user`, read from the database when it is first looked at."""

    def process_request(self, request: HttpRequest) -> None:
        request.user = SimpleLazyObject(lambda: _person(request))  # type: ignore[assignment]
