"""This computer: version, space, what was done in the background, and a page to send to who helps."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.computer import about as reading
from kolibri.core.device import services
from kolibri.core.device.models import DeviceSettings
from kolibri.core.device.serializers import LanguageSerializer
from kolibri.core.tasks import outcome
from kolibri.errors import BadInput
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to


@require_safe
@open_to(keeper)
def about(request: HttpRequest) -> HttpResponse:
    """The whole page."""
    found = reading.facts()
    context = {
        "facts": found,
        "language": DeviceSettings.current().language or settings.LANGUAGE_CODE,
        "languages": settings.LANGUAGES,
        "jobs": reading.ended_jobs(),
        "report": reading.report(found, request.headers.get("User-Agent", "")),
    }
    return render(request, "computer/about.html", context)


@require_POST
@open_to(keeper)
def speak(request: HttpRequest) -> HttpResponse:
    """Give this computer another language (`language`, a code). Raises BadInput for one that is not spoken here."""
    serializer = LanguageSerializer(data=request.POST)
    if not serializer.is_valid():
        raise BadInput(_("Choose a language."), field="language")
    code = serializer.validated_data["language"]
    services.speak(code)
    said = _("Who has chosen no language is answered in this one now: %(language)s. So is the sign-in page.")
    messages.success(request, said % {"language": dict(settings.LANGUAGES)[code]})
    return redirect("kolibri:computer:about")


@require_POST
@open_to(keeper)
def do_again(request: HttpRequest, pk: str) -> HttpResponse:
    """Do once more what failed or was stopped, with what it was told then; raises as `outcome.do_again`."""
    outcome.do_again(pk)
    messages.success(request, _("It is being done again."))
    return redirect("kolibri:computer:about")


@require_POST
@open_to(keeper)
def clear_jobs(request: HttpRequest) -> HttpResponse:
    """Clear the list of what is over."""
    reading.forget_ended_jobs()
    return redirect("kolibri:computer:about")
