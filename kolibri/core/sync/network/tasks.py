"""Syncing in the background."""

from __future__ import annotations

import time
from typing import Any
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.problems import ConnectionLost
from kolibri.core.sync.network.problems import NotReached
from kolibri.core.sync.network.problems import TooBusy
from kolibri.core.sync.network.stages import PLACE
from kolibri.core.sync.network.stages import PULL
from kolibri.core.sync.network.stages import PUSH
from kolibri.core.tasks.decorators import register_task
from kolibri.core.tasks.job import Job
from kolibri.errors import NotHere

# Seconds before a lost connection is tried again, in the same job; after the last the next sync goes on.
_PAUSES: Final = (2.0, 5.0, 10.0)
# Of the bar, from where to where.
_SHARES: Final = {PULL: (0.0, 0.4), PLACE: (0.4, 0.6), PUSH: (0.6, 1.0)}
_TEXTS: Final[dict[str, Promise]] = {
    PULL: gettext_lazy("Fetching what is new there"),
    PLACE: gettext_lazy("Putting what arrived in its place"),
    PUSH: gettext_lazy("Sending what is new here"),
}


@register_task(resumable=True)
class SyncWithPartner(Job):
    """Sync with one partner. The result is `{"received": int, "sent": int, "seconds": float}`."""

    def run(self, partner_id: str) -> dict[str, Any]:
        """Sync both ways with the partner of this id; goes on where the last try was cut."""
        # Not above: tasks are loaded at every start.
        from kolibri.core.sync.network import syncing

        partner = _partner(partner_id)
        began = time.monotonic()
        for pause in (*_PAUSES, None):
            try:
                outcome = syncing.sync(partner, pulse=self.check_for_cancel, progress=self._tell)
            except (ConnectionLost, NotReached, TooBusy):
                if pause is None:
                    raise
                self._rest(pause)
                partner.refresh_from_db()
                continue
            break
        seconds = round(time.monotonic() - began, 2)
        return {"received": outcome.pull.records, "sent": outcome.push.records, "seconds": seconds}

    def check_again(self) -> None:
        """Raise NotHere when the partner was taken off the list."""
        _partner(self.arguments["partner_id"])

    def _tell(self, direction: str, done: int, total: int) -> None:
        # How much goes back is known only after the rest: each part has its share of the bar from the beginning.
        begin, end = _SHARES[direction]
        share = begin + (end - begin) * (done / total if total else 0.0)
        extra = {"direction": direction, "done": done, "total": total}
        self.update_progress(share, 1.0, text=str(_TEXTS[direction]), extra=extra)

    def _rest(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.check_for_cancel()
            time.sleep(0.25)


@register_task
class SyncDue(Job):
    """Asks for a sync by its schedule; a job of its own, so that one that fails does not end the schedule."""

    def run(self, partner_id: str) -> None:
        """Ask for the sync with this partner, unless one is under way."""
        partner = Partner.objects.filter(pk=partner_id).first()
        if partner is not None and partner.every:
            sync_now(partner)


def sync_now(partner: Partner, requested_by: str = "") -> Job:
    """Ask for a sync with the partner; returns the one that is under way, if there is one."""
    order = SyncWithPartner.options(key=partner.pk, dataset_id=partner.dataset_id, requested_by=requested_by)
    return order.enqueue(partner_id=partner.pk)


def at_start() -> None:
    """Plan again what is to be synced by schedule and is planned no more; one query where nothing is.

    A backup that was brought back has lost its jobs, and the list of partners would go on naming a schedule.
    """
    wanted = list(Partner.objects.exclude(every=0))
    planned = {job.arguments.get("partner_id") for job in SyncDue.find(unfinished=True)} if wanted else set()
    lost = [partner for partner in wanted if partner.pk not in planned]
    if lost:
        # Not above: tasks are loaded at every start.
        from kolibri.core.sync.network import partners

        for partner in lost:
            partners.set_schedule(partner, partner.every)


def _partner(pk: str) -> Partner:
    partner = Partner.objects.filter(pk=pk).first()
    if partner is None:
        raise NotHere(_("This computer is not on the list any more."), code="no_partner")
    return partner
