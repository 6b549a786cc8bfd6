"""Where everybody begins."""

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from kolibri.ui.access import everyone
from kolibri.ui.access import open_to


@require_safe
@open_to(everyone)
def home(request: HttpRequest) -> HttpResponse:
    """Send each person to his own first page. The wizard's middleware has taken over before a school exists."""
    if not request.user.is_authenticated:
        return redirect("kolibri:ui:sign-in")
    return redirect("kolibri:coach:classes" if request.user.is_teacher else "kolibri:learn:lessons")


@require_safe
@open_to(everyone)
def alive(request: HttpRequest) -> HttpResponse:
    """Say that the server is there; a page asks when its last request was lost."""
    return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
