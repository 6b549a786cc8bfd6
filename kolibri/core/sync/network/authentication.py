"""Who asks for a certificate: HTTP Basic, in which a peer names the school beside the person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BasicAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kolibri.core.auth import signing_in
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput

_NAME = "username="
_SCHOOL = "facility="


class PeerAuthentication(BasicAuthentication):
    """The person by `username=U&facility=F` (or `U` alone) and password, within the limits of every sign-in.

    Peers do not escape the values, so a name may hold `&` and `=`.
    """

    www_authenticate_realm = "kolibri"

    def authenticate_credentials(
        self, userid: str, password: str, request: HttpRequest | Request | None = None
    ) -> tuple[FacilityUser, None]:
        name, school_id = named(userid)
        school = Facility.objects.filter(pk=hex_or_none(school_id)).first() if school_id else None
        if (school_id and school is None) or not password:
            # A name alone opens a learner's page in some schools, and never a certificate.
            raise AuthenticationFailed
        plain: Any = getattr(request, "_request", request)
        try:
            person = signing_in.who_signs_in(plain, name, password, facility=school)
        except BadInput as error:
            raise AuthenticationFailed(str(error), error.code) from None
        return person, None


def named(userid: str) -> tuple[str, str]:
    """Return the username and the school's id (empty: none was named) of what stands before the colon."""
    if userid.startswith(_NAME):
        name, _, school = userid.removeprefix(_NAME).rpartition(f"&{_SCHOOL}")
        return (name, school) if name else (userid.removeprefix(_NAME), "")
    if userid.startswith(_SCHOOL):
        school, _, name = userid.removeprefix(_SCHOOL).partition(f"&{_NAME}")
        return name, school
    return userid, ""
