"""What a sync leaves behind that was cut off for good: sessions that wait for ever, and records on their way.

Nothing is lost with them. What had arrived whole is in the store, and the rest comes again.
"""

from __future__ import annotations

import datetime
import logging
from typing import Final

from django.db import transaction
from django.utils import timezone
from morango.constants import transfer_stages
from morango.constants import transfer_statuses
from morango.models import SyncSession
from morango.models import TransferSession

logger = logging.getLogger(__name__)

# A sync that was cut off can be gone on with for so long.
_KEPT: Final = datetime.timedelta(days=14)


def at_start() -> None:
    """Let go of what nobody will go on with. To be called before any peer is answered."""
    for session_id in {*_half_done(), *_old()}:
        let_go(session_id)


def let_go(session_id: str) -> None:
    """End a session on this side, and throw away what was on its way in it. Nothing happens where it is over."""
    with transaction.atomic():
        for transfer in TransferSession.objects.filter(sync_session_id=session_id, active=True):
            transfer.delete_buffers()
            transfer.active = False
            transfer.save(update_fields=["active"])
        if SyncSession.objects.filter(pk=session_id, active=True).update(active=False):
            logger.info("A sync that was cut off is let go: %s", session_id)


def _half_done() -> list[str]:
    """Return the sessions of peers that this computer was killed in, in the middle of a stage.

    morango has its own side begin the stage again, and never the other computer's: a peer would ask for ever.
    Records that go over are an exception: each message of them is whole, and the next is asked for by its number.
    """
    cut = TransferSession.objects.filter(
        active=True,
        sync_session__is_server=True,
        transfer_stage_status__in=(
            transfer_statuses.PENDING,
            transfer_statuses.STARTED,
            transfer_statuses.ERRORED,
        ),
    ).exclude(transfer_stage=transfer_stages.TRANSFERRING, transfer_stage_status=transfer_statuses.PENDING)
    return list(cut.values_list("sync_session_id", flat=True))


def _old() -> list[str]:
    long_ago = timezone.now() - _KEPT
    return list(
        SyncSession.objects.filter(active=True, last_activity_timestamp__lt=long_ago)
        .exclude(transfersession__active=True, transfersession__last_activity_timestamp__gte=long_ago)
        .values_list("pk", flat=True)
    )
