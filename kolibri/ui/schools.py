"""Which school people sign in to: the computer's own, or on a district's server the one that they choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.http import HttpResponse

from kolibri.core.auth import by_name
from kolibri.core.auth.models import Facility
from kolibri.core.device.models import DeviceSettings

_YEAR: Final = 60 * 60 * 24 * 365


@dataclass(frozen=True)
class Choice:
    """`school` is the one that is meant, None before one is chosen; `schools` are there to choose from."""

    school: Facility | None
    schools: tuple[Facility, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether a school must be chosen first."""
        return bool(self.schools) and self.school is None


def choice(request: HttpRequest) -> Choice:
    """Return what the form, the address (`?school=`) or the last sign-in on this device says.

    No query where the computer is one school's.
    """
    own = DeviceSettings.current().default_facility
    if own is not None:
        return Choice(own)
    schools = tuple(by_name.places(Facility.objects.select_related("dataset")))
    if len(schools) < 2:
        return Choice(schools[0] if schools else None)
    cookie = request.COOKIES.get(settings.KOLIBRI_SCHOOL_COOKIE_NAME, "")
    wanted = request.POST.get("school", request.GET.get("school", cookie))
    return Choice(next((school for school in schools if school.pk == wanted), None), schools)


def remember(request: HttpRequest, response: HttpResponse, chosen: Choice) -> None:
    """Propose the school on this device the next time."""
    if chosen.schools and chosen.school is not None and request.user.is_authenticated:
        keep_on_device(response, settings.KOLIBRI_SCHOOL_COOKIE_NAME, chosen.school.pk)


def keep_on_device(response: HttpResponse, name: str, pk: str) -> None:
    """Let the device bring `pk` along for a year: what was chosen on it last."""
    response.set_cookie(
        name, pk, max_age=_YEAR, httponly=True, samesite="Strict", secure=settings.SESSION_COOKIE_SECURE
    )
