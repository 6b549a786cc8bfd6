"""morango's addresses, behind a door of ours (docs/sync.md).

They answer on the class's listener alone, and only when the admin lets other computers of the
school sync with this one. What a peer sends is checked (`wire`) before morango sees it; whatever
does not fit is a refusal with its status, never a failure of the program.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from typing import Any
from typing import Final

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from morango.api import viewsets
from morango.constants import transfer_statuses
from morango.models import Certificate
from morango.models import Filter
from morango.models import InstanceIDModel
from morango.models import Nonce
from morango.models import SyncSession
from morango.models import TransferSession
from rest_framework.authentication import BaseAuthentication
from rest_framework.pagination import LimitOffsetPagination
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from kolibri.core import room
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.sync.models import GivenUp
from kolibri.core.sync.network import chains
from kolibri.core.sync.network import leftovers
from kolibri.core.sync.network import wire
from kolibri.core.sync.network.authentication import PeerAuthentication
from kolibri.core.sync.network.door import Busy
from kolibri.core.sync.network.door import ForPeers
from kolibri.core.sync.network.parsers import PeerGzipParser
from kolibri.core.sync.network.parsers import PeerJSONParser
from kolibri.errors import Conflict
from kolibri.errors import Refused

# Nonces live a minute; more than this at once is no class of peers.
_MOST_NONCES: Final = 1_000


# not-values: the answers are morango's
class InfoViewSet(ForPeers, viewsets.MorangoInfoViewSet):  # type: ignore[misc]
    """Who this computer is, and what it can do."""


# not-values: the answers are morango's
class CertificateViewSet(ForPeers, viewsets.CertificateViewSet):  # type: ignore[misc]
    """The certificates of this computer; a new one for a peer whose admin signs in."""

    authentication_classes: Sequence[type[BaseAuthentication]] = (PeerAuthentication,)
    permission_classes = viewsets.CertificateViewSet.permission_classes

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = _an_object(request)
        params = json.loads(wire.a_text(data.get("scope_params"), "scope_params", 1_000))
        if not isinstance(params, dict) or not set(params) <= {"dataset_id", "user_id"}:
            raise wire.Unfit("scope_params")
        for name, value in params.items():
            wire.an_id(value, name)
        # Whoever signs in speaks for one school, and the certificate is to hang on that school's own.
        parent = Certificate.objects.filter(pk=wire.an_id(data.get("parent"), "parent")).first()
        if parent is None or parent.get_root().pk != params.get("dataset_id"):
            raise wire.Unfit("parent")
        answer: Response = super().create(request, *args, **kwargs)
        return answer

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method == "POST" and not isinstance(request.data, dict):
            raise wire.Unfit("certificate")
        super().initial(request, *args, **kwargs)


# not-values: the answers are morango's
class NonceViewSet(ForPeers, viewsets.NonceViewSet):  # type: ignore[misc]
    """A number to be signed once, within a minute."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        Nonce.objects.filter(timestamp__lt=timezone.now() - datetime.timedelta(minutes=2)).delete()
        if Nonce.objects.count() >= _MOST_NONCES:
            raise Busy
        answer: Response = super().create(request, *args, **kwargs)
        return answer


# not-values: the answers are morango's
class SyncSessionViewSet(ForPeers, viewsets.SyncSessionViewSet):  # type: ignore[misc]
    """A session of a peer that has shown its certificate."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = _an_object(request)
        for name in ("id", "nonce", "client_certificate_id", "server_certificate_id"):
            wire.an_id(data.get(name), name)
        wire.a_text(data.get("signature"), "signature", 2_000)
        for name in ("connection_path", "client_ip", "server_ip"):
            wire.a_text(data.get(name) or "", name, 1_000)
        root = chains.root_of(data.get("certificate_chain"))
        if not FacilityDataset.objects.filter(pk=root).exists():
            raise Refused(_("This computer does not have that school."), code="other_school")
        own = Certificate.objects.filter(pk=data["server_certificate_id"]).first()
        if own is None or not own.has_private_key() or own.get_root().pk != root:
            raise Refused(_("That certificate is not of this computer and this school."), code="other_certificate")
        if _instance_of(data.get("instance")) == InstanceIDModel.get_or_create_current_instance()[0].pk:
            raise Conflict(_TWIN, code="same_computer")
        with transaction.atomic():
            answer: Response = super().create(request, *args, **kwargs)
            client = Certificate.objects.filter(pk=data["client_certificate_id"]).first()
            if client is not None and client.get_root().pk != root:
                raise Refused(_("This computer does not have that school."), code="other_school")
        return answer

    def perform_destroy(self, instance: SyncSession) -> None:
        """End the session with what is still on its way in it: who ends it in the middle begins anew."""
        leftovers.let_go(str(instance.pk))


# not-values: the answers are morango's
class TransferSessionViewSet(ForPeers, viewsets.TransferSessionViewSet):  # type: ignore[misc]
    """One direction of a session."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = _an_object(request)
        wire.an_id(data.get("id"), "id")
        wire.an_id(data.get("sync_session_id"), "sync_session_id")
        inside = wire.a_filter(data.get("filter"))
        if not isinstance(data.get("push"), bool):
            raise wire.Unfit("push")
        wire.counters(data.get("client_fsic") or "{}", "client_fsic", inside)
        _totals(data)
        answer: Response = super().create(request, *args, **kwargs)
        return answer

    def update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        data = _an_object(request)
        if "client_fsic" in data:
            wire.counters(data["client_fsic"] or "{}", "client_fsic", self.get_object().get_filter())
        _totals(data)
        given_up = GivenUp.objects.count()
        answer: Response = super().update(request, *args, **kwargs)
        # morango tells a peer that a stage failed, and not why.
        failed = isinstance(answer.data, dict) and answer.data.get("transfer_stage_status") == transfer_statuses.ERRORED
        if failed and room.is_scarce():
            raise room.DiskFull
        if failed and GivenUp.objects.count() > given_up:
            # `operations.Recount` has found that this computer counted twice. A peer whose session is gone knows what
            # to do: it begins anew.
            leftovers.let_go(str(answer.data["sync_session"]))
            raise Http404
        return answer


class BufferPages(LimitOffsetPagination):
    """As peers ask for records, and never too many at once."""

    default_limit = 500
    max_limit = wire.MOST_RECORDS


# not-values: the answers are morango's
class BufferViewSet(ForPeers, viewsets.BufferViewSet):  # type: ignore[misc]
    """The records themselves."""

    permission_classes = viewsets.BufferViewSet.permission_classes
    parser_classes: Sequence[type[BaseParser]] = (PeerGzipParser, PeerJSONParser)
    pagination_class = BufferPages

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if asked := request.query_params.get("transfer_session_id"):
            wire.an_id(asked, "transfer_session_id")
        super().initial(request, *args, **kwargs)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        found = request.data if isinstance(request.data, list) else [request.data]
        if not found or not isinstance(found[0], dict):
            raise wire.Unfit("records")
        pk = wire.an_id(found[0].get("transfer_session"), "transfer_session")
        transfer = TransferSession.objects.select_related("sync_session").filter(pk=pk, active=True).first()
        if transfer is None or not transfer.sync_session.active:
            raise Http404
        wire.records(found, pk, transfer.sync_session.profile, Filter(transfer.filter))
        answer: Response = super().create(request, *args, **kwargs)
        # As above, when a peer tries again what has failed.
        if answer.status_code >= 500 and room.is_scarce():
            raise room.DiskFull
        return answer


_TWIN: Final = gettext_lazy(
    "Both computers say that they are the same one: the database of one is a copy of the other's. "
    "Two such computers would lose each other's work, so they do not sync."
)


def _an_object(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise wire.Unfit("message")
    return request.data


def _totals(data: dict[str, Any]) -> None:
    for name in ("records_total", "records_transferred"):
        if data.get(name) is not None:
            wire.a_count(data[name], name, wire.MOST_OF_A_TRANSFER)
    for name in ("bytes_sent", "bytes_received"):
        if data.get(name) is not None:
            wire.a_count(data[name], name, 2**50)


def _instance_of(text: Any) -> str:
    try:
        found = json.loads(wire.a_text(text or "{}", "instance", 20_000))
        return wire.an_id(found["id"], "instance")
    except (KeyError, TypeError, ValueError, RecursionError):
        raise wire.Unfit("instance") from None


__all__ = [
    "BufferViewSet",
    "CertificateViewSet",
    "InfoViewSet",
    "NonceViewSet",
    "SyncSessionViewSet",
    "TransferSessionViewSet",
]
