"""What Kolibri's client asks before it speaks morango: who is this, and which schools are here."""

from __future__ import annotations

import platform
from typing import Any
from typing import Final

from morango.models import InstanceIDModel
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri import __version__
from kolibri.core.auth.models import Facility
from kolibri.core.device.models import DeviceSettings
from kolibri.core.sync.network.door import ForPeers

# Kolibri's client talks to nobody else: it looks for this word, and reads the version beside it. The version is
# that of the facility data which this program reads and writes; our own name and version stand next to it.
APPLICATION: Final = "kolibri"
SPEAKS: Final = "0.19.5"
OWN_NAME: Final = "kolibri-desktop"


def fields() -> dict[str, str]:
    """Return what this computer says of itself to whoever asks, and to those who look for computers."""
    instance, _made = InstanceIDModel.get_or_create_current_instance()
    return {
        "application": APPLICATION,
        "kolibri_version": SPEAKS,
        "program": OWN_NAME,
        "program_version": __version__,
        "instance_id": instance.id,
        "device_name": DeviceSettings.current().name or instance.hostname,
        "operating_system": platform.system(),
    }


class PublicInfo(ForPeers):
    """`GET /api/public/info/`: this computer, in the words that Kolibri's client asks for."""

    def get(self, request: Request) -> Response:
        return Response({**fields(), "subset_of_users_device": False, "min_content_schema_version": "1"})


class PublicSchools(ForPeers):
    """`GET /api/public/v1/facility/`: the schools of this computer."""

    def get(self, request: Request) -> Response:
        return Response([_school(one) for one in Facility.objects.select_related("dataset").order_by("name", "pk")])


def _school(one: Facility) -> dict[str, Any]:
    settings = one.dataset
    return {
        "id": one.pk,
        "dataset": one.dataset_id,
        "name": one.name,
        "learner_can_login_with_no_password": settings.learner_can_login_with_no_password,
        "learner_can_sign_up": settings.learner_can_sign_up,
        "on_my_own_setup": bool((settings.extra_fields or {}).get("on_my_own_setup")),
        "picture_password_settings": settings.picture_password_settings,
    }
