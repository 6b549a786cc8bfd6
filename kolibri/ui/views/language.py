"""Choosing the language of the screens, on any page."""

from django.conf import settings
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kolibri.core.auth import own_language
from kolibri.core.auth.models import FacilityUser
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to
from kolibri.ui.views.sign_in import safe_next


@require_POST
@open_to(everyone)
def choose(request: HttpRequest) -> HttpResponse:
    """Remember the language, for who is signed in, else in this browser; an unknown one changes nothing."""
    response = redirect(safe_next(request))
    code = request.POST.get("language", "")
    if isinstance(request.user, FacilityUser):
        own_language.choose(request, request.user, code)
    else:
        _keep_in_browser(response, code)
    return response


def _keep_in_browser(response: HttpResponse, code: str) -> None:
    if code in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            code,
            max_age=60 * 60 * 24 * 365,
            samesite="Lax",
            httponly=True,
            secure=settings.LANGUAGE_COOKIE_SECURE,
        )
