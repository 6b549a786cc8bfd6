"""Letting the class reach this computer: an address in large type, its QR code, and how learners join."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import names_door
from kolibri.core.device import services
from kolibri.core.device import sharing
from kolibri.core.device.models import DeviceSettings
from kolibri.errors import KolibriError
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to


@require_safe
@open_to(keeper)
def share(request: HttpRequest) -> HttpResponse:
    """The whole page; also the sheet to print."""
    return _page(request)


@require_safe
@open_to(keeper)
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that follows a changed address; 204 while it is what the page shows (`?seen=`)."""
    context = _context()
    if context["seen"] == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "computer/_sharing.html", context)


@require_POST
@open_to(keeper)
def start(request: HttpRequest) -> HttpResponse:
    """Open the computer to the class."""
    try:
        sharing.start()
    except KolibriError as error:
        return _page(request, error)
    return redirect("kolibri:computer:share")


@require_POST
@open_to(keeper)
def stop(request: HttpRequest) -> HttpResponse:
    """Close it again."""
    try:
        sharing.stop()
    except KolibriError as error:
        return _page(request, error)
    return redirect("kolibri:computer:share")


@require_POST
@open_to(keeper)
def again(request: HttpRequest) -> HttpResponse:
    """Let the class in at each start from now on (`again`), or only when the button is pressed."""
    is_wanted = "again" in request.POST
    services.share_at_start(is_wanted)
    messages.success(
        request,
        _("The class is let in as soon as the program starts.")
        if is_wanted
        else _("At its start the program waits until you share with the class."),
    )
    return redirect("kolibri:computer:share")


def _context() -> dict[str, Any]:
    now = sharing.state()
    return {
        "sharing": now,
        "shares_at_start": DeviceSettings.current().shares_at_start,
        # segno's own drawing of our own address: no text of a person is in it.
        "qr": mark_safe(now.qr),
        "others": now.urls[1:],
        "door": names_door.door_of(DeviceSettings.current().default_facility),
        "seen": hashlib.sha256(repr(now).encode()).hexdigest()[:16],
    }


def _page(request: HttpRequest, error: KolibriError | None = None) -> HttpResponse:
    context = {**_context(), "error": str(error) if error else ""}
    return render(request, "computer/share.html", context, status=error.status if error else 200)
