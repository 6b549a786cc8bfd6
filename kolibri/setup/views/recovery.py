"""The recovery code: shown until it is written down, and used when the password is lost."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import signing_in
from kolibri.core.device import recovery
from kolibri.core.device import services
from kolibri.core.device.models import DeviceSettings
from kolibri.core.device.serializers import RecoverySerializer
from kolibri.errors import KolibriError
from kolibri.errors import Refused
from kolibri.errors import TooOften
from kolibri.setup.answers import Errors
from kolibri.setup.answers import check
from kolibri.setup.answers import typed
from kolibri.ui.access import admin
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to

# Where the wizard ends: the first class, or the classes where there is none.
WITH_CODE: Final = ("kolibri:coach:class", "kolibri:coach:classes")


def notice(request: HttpRequest) -> str:
    """Return the panel with the code, for every page of a superuser, until it is written down; else nothing.

    The code itself stands where the wizard leads to; other pages, of which some are shown to a class, lead to it.
    """
    if not recovery.is_waiting() or not request.user.is_superuser:
        return ""
    is_short = request.resolver_match is None or request.resolver_match.view_name not in WITH_CODE
    context = {**_code(request), "next": request.get_full_path(), "is_short": is_short}
    return render_to_string("setup/_code.html", context, request)


@require_safe
@open_to(admin)
def code(request: HttpRequest) -> HttpResponse:
    """The code alone, to be printed; or the offer to make a new one."""
    _only_superusers(request)
    return render(request, "setup/code.html", _code(request))


@require_POST
@open_to(admin)
def new_code(request: HttpRequest) -> HttpResponse:
    """Make a new code, which ends the old one."""
    _only_superusers(request)
    recovery.replace_code()
    return redirect("kolibri:setup:code")


@require_POST
@open_to(admin)
def code_written_down(request: HttpRequest) -> HttpResponse:
    """Forget the code in clear and go on where the person was."""
    _only_superusers(request)
    recovery.written_down()
    onward = request.POST.get("next", "")
    return redirect(onward if url_has_allowed_host_and_scheme(onward, allowed_hosts=None) else "/")


@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(everyone)
def recover(request: HttpRequest) -> HttpResponse:
    """A new password for the code on paper. Signs in, and shows the next code."""
    errors = Errors()
    status = 400
    wait = 0
    if request.method == "POST":
        checked = RecoverySerializer(data=request.POST)
        errors = check(checked)
        if not errors:
            given = checked.validated_data
            try:
                done = services.use_recovery_code(
                    given["username"], given["code"], given["password"], source=request.META.get("REMOTE_ADDR", "")
                )
            except KolibriError as error:
                errors = {error.field or "code": [str(error)]}
                status = error.status
                wait = error.wait if isinstance(error, TooOften) else 0
            else:
                signing_in.open_session(request, done.person)
                messages.success(request, _("Your password is changed. The old code works no more: keep the new one."))
                return redirect("/")
    context = {"errors": errors, "focus": not errors, "username": typed(request.POST, "username")}
    response = render(request, "setup/recover.html", context, status=status if errors else 200)
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _code(request: HttpRequest) -> dict[str, object]:
    settings = DeviceSettings.current()
    school = settings.default_facility.name if settings.default_facility else ""
    return {"code": recovery.in_clear(), "school_name": school, "username": request.user.get_username()}


def _only_superusers(request: HttpRequest) -> None:
    if not request.user.is_superuser:
        raise Refused(_("Only the person who runs this computer may see its recovery code."))
