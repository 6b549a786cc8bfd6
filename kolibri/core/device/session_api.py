"""The session as JSON: who is signed in, signing in, signing out. The same door as the sign-in page's."""

from __future__ import annotations

from typing import Any

from django.middleware.csrf import get_token
from django.utils.translation import gettext_lazy
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kolibri.core.auth import signing_in
from kolibri.core.auth.models import Facility
from kolibri.core.auth.serializers import HexIdField
from kolibri.core.device.models import DeviceSettings
from kolibri.core.values.parsing import KolibriJSONParser
from kolibri.errors import KolibriError

_NAME: dict[str, Any] = dict.fromkeys(("required", "blank", "null"), gettext_lazy("Write your username."))


class CredentialsSerializer(serializers.Serializer[Any]):
    """What is sent to sign in. Without `facility` it is this computer's school."""

    username = serializers.CharField(max_length=254, error_messages=_NAME)
    password = serializers.CharField(required=False, default="", allow_blank=True, trim_whitespace=False)
    facility = HexIdField(required=False, allow_null=True, default=None)
    stay = serializers.BooleanField(required=False, default=False)


# not-values: a session is no row of a table; what is shown of it is put together from the request.
class SessionView(APIView):
    """Who is signed in (GET), signing in (POST), signing out (DELETE).

    A body is read as JSON only, which no other site's form can send: so signing in needs no
    token. Everything later does; `csrf_token` goes into the header `X-CSRFToken`.
    """

    permission_classes = (AllowAny,)
    parser_classes = (KolibriJSONParser,)
    serializer_class = CredentialsSerializer

    def get(self, request: Request) -> Response:
        return _answer(request)

    def post(self, request: Request) -> Response:
        given = CredentialsSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        wanted = given.validated_data
        try:
            request.user = signing_in.sign_in(
                request._request,
                wanted["username"],
                wanted["password"],
                facility=_facility(wanted["facility"]),
                stay=wanted["stay"],
            )
        except KolibriError as error:
            response = self.handle_exception(error)
            response.exception = True
        else:
            response = _answer(request)
        signing_in.remember_device(request._request, response)
        return response

    def delete(self, request: Request) -> Response:
        signing_in.sign_out(request._request)
        return Response(status=204)


def _facility(pk: str | None) -> Facility | None:
    """Return the school to look in; one that is not here has nobody of any name in it."""
    if pk is None:
        return DeviceSettings.current().default_facility
    return Facility.objects.filter(pk=pk).first() or Facility(pk=pk)


def _answer(request: Request) -> Response:
    person: Any = request.user
    shown = None
    token = ""
    if person.is_authenticated:
        shown = {
            "id": person.pk,
            "username": person.username,
            "full_name": person.full_name,
            "facility": person.facility_id,
            "is_superuser": person.is_superuser,
            "roles": [{"kind": kind, "collection": where} for kind, where in sorted(person.roles_held)],
        }
        token = get_token(request._request)
    return Response({"person": shown, "csrf_token": token}, headers={"Cache-Control": "no-store"})
