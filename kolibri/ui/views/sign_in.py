"""Signing in and out."""

from __future__ import annotations

import hashlib

from django.contrib import auth
from django.core.cache import cache
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.device.models import DeviceSettings
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to

# Wrong tries for one name from one address, and for how many seconds they count.
MOST_TRIES = 10
WINDOW = 5 * 60
# "Stay signed in on this computer", in seconds.
LONG_STAY = 60 * 60 * 24 * 180


def safe_next(request: HttpRequest) -> str:
    """Return where to go on: a path of this server, else the first page."""
    onward = request.POST.get("next") or request.GET.get("next") or "/"
    is_own = onward.startswith("/") and url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
    return onward if is_own else "/"


def _tries_key(request: HttpRequest, username: str) -> str:
    """Return where wrong tries are counted: by name and address, so that nobody can lock out another's computer."""
    text = f"{request.META.get('REMOTE_ADDR', '')} {username.strip().casefold()}"
    return f"sign-in-{hashlib.sha256(text.encode()).hexdigest()}"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(everyone)
def sign_in(request: HttpRequest) -> HttpResponse:
    """One form. The answer to a wrong name and to a wrong password is the same."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(safe_next(request))
        return _page(request)
    username = request.POST.get("username", "")[:254].replace("\x00", "")
    key = _tries_key(request, username)
    if cache.get(key, 0) >= MOST_TRIES:
        message = _("Too many tries with this name on this device. Wait five minutes, or ask your teacher.")
        return _page(request, username, message, status=429)
    password = request.POST.get("password", "")[:1024]
    facility = DeviceSettings.current().default_facility
    person = auth.authenticate(request, username=username, password=password, facility=facility) if username else None
    if person is None:
        cache.add(key, 0, WINDOW)
        cache.incr(key)
        message = _("This name and password do not belong together. Check both, and try again.")
        return _page(request, username, message, status=400)
    cache.delete(key)
    auth.login(request, person)
    request.session.set_expiry(LONG_STAY if "stay" in request.POST else 0)
    return redirect(safe_next(request))


@require_POST
@open_to(everyone)
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    auth.logout(request)
    return redirect("kolibri:ui:sign-in")


def _page(request: HttpRequest, username: str = "", error: str = "", status: int = 200) -> HttpResponse:
    facility = DeviceSettings.current().default_facility
    names_alone = bool(facility and facility.dataset.learner_can_login_with_no_password)
    context = {
        "username": username,
        "error": error,
        "error_id": "sign-in-error" if error else "",
        "names_alone": names_alone,
        "next": safe_next(request),
    }
    return render(request, "ui/sign_in.html", context, status=status)
