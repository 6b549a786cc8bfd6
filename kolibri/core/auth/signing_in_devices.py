"""Which device asks to sign in, told by a signed cookie of its own.

It holds a random name for the device and marks of the usernames that have signed in there. It
opens nothing: it only lets a device that has been here before go on, while somebody else guesses.
"""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http import HttpResponse
from django.utils.crypto import salted_hmac

_SALT: Final = "kolibri.device"
# A tablet may go from hand to hand in a class; those who signed in last are kept.
_MOST_NAMES: Final = 60
_SECONDS: Final = 60 * 60 * 24 * 400


@dataclass(frozen=True)
class Device:
    """A device by its random name; empty for one that has brought no cookie. `marks` are of usernames."""

    name: str = ""
    marks: tuple[str, ...] = ()

    def knows(self, who: str) -> bool:
        """Return whether `who` has signed in here."""
        return _mark(who) in self.marks


def of(request: HttpRequest) -> Device:
    """Return the device that sends the request."""
    given = request.COOKIES.get(settings.KOLIBRI_DEVICE_COOKIE_NAME, "")
    try:
        name, *marks = signing.Signer(salt=_SALT).unsign(given).split(".")
    except signing.BadSignature:
        return Device()
    return Device(name, tuple(marks))


def keep(request: HttpRequest, response: HttpResponse, who: str = "") -> None:
    """Give the device a name if it has none, and remember that `who` has signed in there."""
    device = of(request)
    if device.name and (not who or device.knows(who)):
        return
    marks = (_mark(who), *device.marks)[:_MOST_NAMES] if who else device.marks
    value = ".".join([device.name or secrets.token_hex(8), *marks])
    response.set_cookie(
        settings.KOLIBRI_DEVICE_COOKIE_NAME,
        signing.Signer(salt=_SALT).sign(value),
        max_age=_SECONDS,
        httponly=True,
        samesite="Strict",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def address_of(request: HttpRequest) -> str:
    """Return where the request comes from; of an IPv6 address only the network, whose owner has all the others."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return text
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((int(address) >> 64 << 64, 64)))
    return str(address)


def _mark(who: str) -> str:
    return salted_hmac("kolibri.device.mark", who, algorithm="sha256").hexdigest()[:12]
