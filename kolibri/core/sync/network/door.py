"""The door for peers: who is answered at all, and how whatever does not fit is refused."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any
from typing import Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import InterfaceError
from django.db import OperationalError
from django.http import Http404
from django.utils.translation import gettext as _
from morango.errors import MorangoError
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from kolibri.core.sync.network import wire
from kolibri.core.sync.network.models import SyncDoor
from kolibri.core.sync.network.parsers import PeerJSONParser
from kolibri.core.values.rendering import ORJSONRenderer
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)

# What morango raises where something in a message is not as it expects.
_MISFITS: Final = (MorangoError, AssertionError, AttributeError, KeyError, TypeError, ValueError, ObjectDoesNotExist)


class Busy(KolibriError):
    """The database is held by a longer work (503); to be sent again."""

    status = 503
    code = "not_now"
    wait = 5

    def __init__(self) -> None:
        super().__init__(_("This computer is busy right now. Try again in a moment."))


def is_answered(request: Request) -> bool:
    """Return whether peers are answered here: at the class's listener, while the admin lets them."""
    return request.META.get("kolibri.listener") == "class" and SyncDoor.is_open_now()


# not-values: the base of what peers ask
class ForPeers(APIView):
    """What all addresses for peers share."""

    # morango's protocol, not ours to describe.
    schema = None
    authentication_classes: Sequence[type[BaseAuthentication]] = ()
    permission_classes = (AllowAny,)
    renderer_classes = (ORJSONRenderer,)
    parser_classes: Sequence[type[BaseParser]] = (PeerJSONParser,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not is_answered(request):
            raise Http404
        super().initial(request, *args, **kwargs)

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, OperationalError | InterfaceError):
            logger.warning("A peer has to wait for the database.", exc_info=exc)
            exc = Busy()
        elif isinstance(exc, _MISFITS):
            logger.warning("What a peer sent does not fit.", exc_info=exc)
            exc = wire.Unfit(type(exc).__name__)
        return super().handle_exception(exc)
