"""The computers that this one syncs with: the list, its schedules, and whether a password is needed."""

from __future__ import annotations

import datetime

from django.db import transaction
from morango.models import InstanceIDModel

from kolibri.core.sync.network import certificates
from kolibri.core.sync.network import nearby
from kolibri.core.sync.network.models import Partner


def is_joined(dataset_id: str) -> bool:
    """Return whether this computer can sync the school without a password."""
    return certificates.own_certificate(dataset_id) is not None


def around(dataset_id: str | None = None) -> list[nearby.Found]:
    """Return the computers found in this network so far, without this one and those on the school's list."""
    own, _made = InstanceIDModel.get_or_create_current_instance()
    known = {own.id, *Partner.objects.filter(dataset_id=dataset_id).values_list("instance_id", flat=True)}
    return [one for one in nearby.search.found() if one.instance_id not in known]


def found_at(partner: Partner) -> str:
    """Return another address at which the partner says in this network that it is; empty when there is none.

    The first question begins the search, so that the next one may have an answer.
    """
    addresses = [one.address for one in nearby.search.found() if one.instance_id == partner.instance_id]
    return "" if partner.address in addresses else next(iter(addresses), "")


def move(partner: Partner, address: str) -> None:
    """Write down that the partner is at this address now; whoever was there before is looked for from there on."""
    before = partner.address
    with transaction.atomic():
        other = Partner.objects.filter(dataset_id=partner.dataset_id, address=address).exclude(pk=partner.pk).first()
        if other is not None:
            # No two may have one address, not even for a moment.
            note(partner, address=f"from {partner.pk}")
            note(other, address=before)
        note(partner, address=address)


def forget(partner: Partner) -> None:
    """Take the partner off the list, and end its schedule. The school's data stays on both."""
    from kolibri.core.sync.network.tasks import SyncDue

    with transaction.atomic():
        for job in SyncDue.find(unfinished=True):
            if job.arguments.get("partner_id") == partner.pk:
                job.cancel()
        partner.delete()


def set_schedule(partner: Partner, minutes: int) -> None:
    """Sync with the partner every so many minutes from now on; 0 only when asked for."""
    from kolibri.core.sync.network.tasks import SyncDue

    with transaction.atomic():
        note(partner, every=minutes)
        for job in SyncDue.find(unfinished=True):
            if job.arguments.get("partner_id") == partner.pk:
                job.cancel()
        if minutes:
            pause = datetime.timedelta(minutes=minutes)
            order = SyncDue.options(key=partner.pk, dataset_id=partner.dataset_id, repeat_every=pause)
            order.enqueue_in(pause, partner_id=partner.pk)


def note(partner: Partner, **values: object) -> None:
    """Write down these fields of a partner, and nothing else of it."""
    for name, value in values.items():
        setattr(partner, name, value)
    Partner.objects.filter(pk=partner.pk).update(**values)
