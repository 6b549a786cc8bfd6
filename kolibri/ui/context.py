"""What the base template needs on every page."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language_bidi
from django.utils.translation import gettext as _

from kolibri.core.auth.models import Facility
from kolibri.core.device import host
from kolibri.core.device.models import DeviceSettings
from kolibri.ui import first_steps
from kolibri.ui import notices
from kolibri.ui.access import at_window
from kolibri.ui.access import keeper
from kolibri.ui.access import library_reader
from kolibri.ui.access import person_of
from kolibri.ui.access import this_computer
from kolibri.ui.help import about


@dataclass(frozen=True)
class NavItem:
    """A place in the rail."""

    label: str
    url: str
    icon: str
    current: bool


def page(request: HttpRequest) -> dict[str, Any]:
    """Return the school's name, the person, the rail and the text's direction. No query for who has not signed in."""
    settings = DeviceSettings.current()
    person = getattr(request, "user", None)
    return {
        "school_name": SimpleLazyObject(lambda: _school_name(request)),
        "person": person if person is not None and person.is_authenticated else None,
        "nav": nav_items(request) if settings.is_provisioned else [],
        "help_address": help_address(request) if settings.is_provisioned else "",
        "direction": "rtl" if get_language_bidi() else "ltr",
        "at_window": at_window(request),
        "is_desktop": host.current().is_desktop and at_window(request),
        # Read only where a page shows them: fragments and the notices' own templates do not.
        "notices": SimpleLazyObject(lambda: notices.of(request)),
        # As are the first steps.
        "first_steps": SimpleLazyObject(lambda: first_steps.of(request)),
        "watches_jobs": settings.is_provisioned and person is not None and keeper.allows(request),
    }


def _school_name(request: HttpRequest) -> str:
    """Return the computer's own school, else the person's: a district's server has many."""
    own = DeviceSettings.current().default_facility
    if own is not None:
        return own.name
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return ""
    return Facility.objects.filter(pk=person_of(request).facility_id).values_list("name", flat=True).first() or ""


def help_address(request: HttpRequest) -> str:
    """Return where the help for this page is."""
    match = request.resolver_match
    page = match.view_name.removeprefix("kolibri:") if match else ""
    address = reverse("kolibri:ui:help")
    return f"{address}?about={page}" if about.topic_name(page) else address


def nav_items(request: HttpRequest) -> list[NavItem]:
    """Return the places that this person can go to."""
    user = person_of(request)
    places: list[tuple[str, str, str]] = []
    if user.is_authenticated:
        if user.is_teacher:
            places.append((_("Classes"), "kolibri:coach:classes", "class"))
        else:
            places.append((_("My lessons"), "kolibri:learn:lessons", "lesson"))
            if library_reader.allows(request):
                places.append((_("Library"), "kolibri:learn:library", "content"))
        if user.is_admin:
            places.append((_("School"), "kolibri:school:classes", "school"))
        if user.is_teacher and this_computer.allows(request):
            places.append((_("Content"), "kolibri:computer:content", "content"))
            places.append((_("Share with the class"), "kolibri:computer:share", "share"))
            places.append((_("This computer"), "kolibri:computer:about", "computer"))
    found = []
    for label, name, icon in places:
        try:
            url = reverse(name)
        except NoReverseMatch:
            # As in kolibri/urls.py: a program built without a screen app has no place for it.
            continue
        found.append(NavItem(label, url, icon, current=request.path.startswith(url)))
    # Of two places the inner one is where the page is.
    inmost = max((item.url for item in found if item.current), key=len, default="")
    return [replace(item, current=item.url == inmost) for item in found]
