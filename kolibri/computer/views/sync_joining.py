"""Joining a school by stick: asking, letting in who asks, joining with the answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from kolibri.computer.views.sync_stick import page
from kolibri.computer.views.sync_stick import path_of
from kolibri.computer.views.sync_stick import place_of
from kolibri.core.sync.parcel import joining
from kolibri.errors import KolibriError
from kolibri.ui.access import admin_here
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest


@require_POST
@open_to(admin_here)
def ask(request: PersonRequest) -> HttpResponse:
    """Put a request to join another school on the stick."""
    try:
        joining.ask(place_of(request).root)
    except KolibriError as error:
        return page(request, {"ask": str(error)})
    return redirect("kolibri:computer:sync-stick")


@require_POST
@open_to(admin_here)
def look(request: PersonRequest) -> HttpResponse:
    """Show who asks with a request, or which school answers."""
    try:
        path = path_of(request)
        if path.name.endswith(joining.ANSWER):
            return page(request, answer=joining.look_at_answer(path), file=str(path))
        return page(request, asking=joining.look_at_request(path), file=str(path))
    except KolibriError as error:
        return page(request, {"join": str(error)})


@require_POST
@open_to(admin_here)
def sign(request: PersonRequest) -> HttpResponse:
    """Let the computer that asks into the school; `fingerprint` is the one that was shown."""
    try:
        joining.sign(path_of(request), str(request.user.dataset_id), request.POST.get("fingerprint", ""))
    except KolibriError as error:
        return page(request, {"join": str(error)})
    messages.success(
        request,
        _("The answer is on the stick. Save the school’s changes to it as well, and take both to the new computer."),
    )
    return redirect("kolibri:computer:sync-stick")


@require_POST
@open_to(admin_here)
def join(request: PersonRequest) -> HttpResponse:
    """Join the school that answers; `fingerprint` is the one that was shown."""
    try:
        joining.join(path_of(request), request.POST.get("fingerprint", ""))
    except KolibriError as error:
        return page(request, {"join": str(error)})
    messages.success(request, _("This computer has joined the school. Now bring in its changes."))
    return redirect("kolibri:computer:sync-stick")
