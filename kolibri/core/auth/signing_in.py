"""The one door by which people sign in, for screens and API alike.

`sign_in` limits guessing, checks, and opens the session; it tells nobody who exists: an unknown
name, a person without a password and a wrong password get one answer, at one cost.
"""

from __future__ import annotations

from typing import Final

from django.contrib import auth
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.dispatch import Signal
from django.http import HttpRequest
from django.http import HttpResponse
from django.middleware.csrf import CSRF_SESSION_KEY
from django.utils.translation import gettext as _

from kolibri.core.auth import hashers
from kolibri.core.auth import own_language
from kolibri.core.auth import signing_in_devices as devices
from kolibri.core.auth import signing_in_limits as limits
from kolibri.core.auth.backends import NAME_ALONE
from kolibri.core.auth.backends import by_pictures
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.signing_in_limits import Lane
from kolibri.core.auth.signing_in_limits import Pace
from kolibri.core.auth.usernames import fold
from kolibri.errors import BadInput

# Sent in the transaction that opens a session, with `request` and `person`, before the session is written.
signed_in = Signal()

BACKEND: Final = "kolibri.core.auth.backends.FacilityUserBackend"
# "Stay signed in on this computer", in seconds.
LONG_STAY: Final = 60 * 60 * 24 * 180

_MINUTE: Final = 60.0
# For a name on a device where it has signed in: nobody else's tries count here.
KNOWN: Final = Pace(free=10, first=15.0, forgets=10 * _MINUTE)
# For a name on any other device. All that send no cookie at one address are one device.
DEVICE: Final = Pace(free=8, first=15.0, forgets=10 * _MINUTE)
# For a name from all such devices at one address. One device alone never fills it: it forgets as fast.
NEAR: Final = Pace(free=60, first=15.0, forgets=10 * _MINUTE)
# For a name from all such devices anywhere. One address alone never fills it.
NAME: Final = Pace(free=120, first=15.0, forgets=10 * _MINUTE)
# For all names from one address: fifty phones behind one router make many honest mistakes.
ADDRESS: Final = Pace(free=600, first=5.0, forgets=10.0)


def sign_in(
    request: HttpRequest, username: str, password: str, *, facility: Facility | None = None, stay: bool = False
) -> FacilityUser:
    """Open a session for the person and return who it is.

    Raises BadInput (`invalid_credentials`), the same for whatever was wrong, or TooOften with
    the seconds to wait. Hand the response to `remember_device` afterwards, in every case.
    """
    who = _who(username, facility.pk if facility else "")
    person, ticket = _checked(request, who, username, password, facility)
    checked = person.password
    stronger = ""
    if password and hashers.is_weaker(checked, rounds := hashers.rounds_for(person)):
        # Hashed before the transaction: every other writer would wait for it.
        stronger = hashers.make(password, rounds)
    with transaction.atomic():
        ticket.succeeded()
        if stronger:
            _replace_hash(person, checked, stronger)
        open_session(request, person, with_password=bool(password), stay=stay)
    request.signed_in_as = who  # type: ignore[attr-defined]
    return person


def who_signs_in(
    request: HttpRequest, username: str, password: str, *, facility: Facility | None = None
) -> FacilityUser:
    """Return who this is, without a session: for a peer that shows a name and a password once.

    Limited and counted as `sign_in` is, and raises the same.
    """
    person, ticket = _checked(request, _who(username, facility.pk if facility else ""), username, password, facility)
    ticket.succeeded()
    return person


def sign_in_with_pictures(request: HttpRequest, learner: FacilityUser, code: str) -> FacilityUser:
    """Open a session for the learner, who has pressed the pictures of `code` ("3.7.12"), and return who it is.

    Raises BadInput (`wrong_pictures`) or TooOften: wrong tries count as for the learner's username.
    Hand the response to `remember_device` afterwards, in every case.
    """
    who = _who(learner.username, learner.facility_id)
    ticket = limits.enter(_lanes(request, who))
    person = by_pictures(learner.pk, code)
    if person is None:
        ticket.failed()
        raise BadInput(_("These are not your pictures. Try again, or ask your teacher."), code="wrong_pictures")
    with transaction.atomic():
        ticket.succeeded()
        open_session(request, person, with_password=False)
    request.signed_in_as = who  # type: ignore[attr-defined]
    return person


def open_session(request: HttpRequest, person: FacilityUser, *, with_password: bool = True, stay: bool = False) -> None:
    """Make the request's session this person's, under a new key, whatever it was before.

    `with_password=False` is remembered: such a session ends when the person gets rights.
    """
    with transaction.atomic():
        if request.session.get(SESSION_KEY) == str(person.pk):
            # Django keeps the key when the same person signs in again.
            request.session.cycle_key()
        auth.login(request, person, backend=BACKEND)
        if with_password:
            request.session.pop(NAME_ALONE, None)
        else:
            request.session[NAME_ALONE] = True
        own_language.put_into_session(request, person)
        signed_in.send(FacilityUser, request=request, person=person)
        request.session.set_expiry(LONG_STAY if stay else 0)
        # Where the CSRF middleware will look for it; so nothing is left to be written after this transaction.
        request.session[CSRF_SESSION_KEY] = request.META["CSRF_COOKIE"]
        request.session.save()


def sign_out(request: HttpRequest) -> None:
    """End the session."""
    auth.logout(request)


def remember_device(request: HttpRequest, response: HttpResponse) -> None:
    """Name the device in a cookie, and after a sign-in remember there who has signed in."""
    devices.keep(request, response, getattr(request, "signed_in_as", ""))


def _checked(
    request: HttpRequest, who: str, username: str, password: str, facility: Facility | None
) -> tuple[FacilityUser, limits.Ticket]:
    ticket = limits.enter(_lanes(request, who))
    person = auth.authenticate(request, username=username, password=password, facility=facility)
    if isinstance(person, FacilityUser):
        return person, ticket
    ticket.failed()
    raise BadInput(
        _("This name and password do not belong together. Check both, and try again."), code="invalid_credentials"
    )


def _who(username: str, facility_id: str) -> str:
    return f"{facility_id}:{fold(username)}"


def _lanes(request: HttpRequest, who: str) -> list[Lane]:
    device, address = devices.of(request), devices.address_of(request)
    if device.knows(who):
        return [Lane(f"known:{who}:{device.name}", KNOWN, forgiven=True)]
    return [
        Lane(f"device:{who}:{device.name or address}", DEVICE, forgiven=True),
        Lane(f"near:{who}:{address}", NEAR),
        Lane(f"name:{who}", NAME),
        Lane(f"address:{address}", ADDRESS),
    ]


def _replace_hash(person: FacilityUser, checked: str, stronger: str) -> None:
    """Keep the password with more rounds, unless it was changed while it was checked."""
    now = FacilityUser.objects.select_for_update().filter(pk=person.pk).values_list("password", flat=True).first()
    if now == checked:
        person.password = stronger
        person.save(update_fields=["password"])
