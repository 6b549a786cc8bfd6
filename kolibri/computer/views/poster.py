"""A sheet for the classroom's wall: where the lessons are, in the learners' language."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from kolibri.core.auth import names_door
from kolibri.core.device import sharing
from kolibri.core.device.models import DeviceSettings
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to

# No network's name is longer.
LONGEST_NETWORK = 32


@require_safe
@open_to(keeper)
def poster(request: HttpRequest) -> HttpResponse:
    """One page to print: `language` (a code), `address` (one of those that are shared), `network` (the Wi-Fi's name).

    What cannot be taken is as if it had not been asked for: the screen's language, the likeliest address, an
    empty line to write on.
    """
    urls = sharing.state().urls
    asked = request.GET.get("address", "")
    url = asked if asked in urls else next(iter(urls), "")
    language = request.GET.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = translation.get_language()
    network = " ".join(request.GET.get("network", "").split())[:LONGEST_NETWORK]
    context = {
        "url": url,
        "urls": urls,
        "language": language,
        "network": network,
        "longest_network": LONGEST_NETWORK,
        "sheet": _sheet(url, language, network) if url else "",
    }
    return render(request, "computer/poster.html", context)


def _sheet(url: str, language: str, network: str) -> str:
    """Return the sheet's HTML in its own language, whatever the screen's is."""
    facility = DeviceSettings.current().default_facility
    with translation.override(language):
        return render_to_string(
            "computer/_poster.html",
            {
                "url": url,
                # segno's own drawing of our own address: no text of a person is in it.
                "qr": mark_safe(sharing.qr_of(url)),
                "language": language,
                "direction": "rtl" if translation.get_language_bidi() else "ltr",
                "network": network,
                "school": facility.name if facility else "",
                "door": names_door.door_of(facility),
            },
        )
