"""No two lines of changes under one id.

A computer's id and counter are a promise: who holds a computer's number 20 holds all that it changed up to 20. When
an old copy of a computer's data is put back by other means than ours (a backup of the whole disk, a virtual machine's
snapshot), or when a copy of it goes on elsewhere, the same numbers are given out once more, for other changes: the
others take those for known, and never ask for them. It shows when somebody says to hold this computer's changes up to
a number that it has never issued (they jump by chance, so that two do not issue the same), or brings a change of this
computer that it never made. Then it counts on under a new id:

1. `give_up`: from now on nothing more is counted under the old id, and nothing of that id is said to be held: so the
   others send all of it once more, also what was lost here.
2. `recount`: what was changed here under the old id goes under the new one, apart from what the others have word for
   word. Called once the others' records lie in the buffers, before they come into the store.
3. `recount_arrived`: so does what comes back of what was lost here. A third computer may have heard of this one's
   later changes, and would take those for known.

Between the two a record of the old id is sent to nobody; whatever sends calls `recount` first, without buffers.
"""

from __future__ import annotations

import functools
import json
import logging
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.db.models import Exists
from django.db.models import Max
from django.db.models import Min
from django.db.models import OuterRef
from django.db.models import Q
from django.utils.translation import gettext as _
from morango.models import Buffer
from morango.models import DatabaseIDModel
from morango.models import DatabaseMaxCounter
from morango.models import InstanceIDModel
from morango.models import RecordMaxCounter
from morango.models import RecordMaxCounterBuffer
from morango.models import Store

from kolibri.core.sync import serializing
from kolibri.core.sync.models import GivenUp
from kolibri.core.sync.models import Issued
from kolibri.core.sync.serializing import PROFILE
from kolibri.errors import Conflict

logger = logging.getLogger(__name__)


class CountsAnew(Conflict):
    """This computer has just begun to count under a new id, so that the sync has to begin anew (409)."""

    code = "counts_anew"

    def __init__(self) -> None:
        super().__init__(
            _(
                "An older copy of this computer's data was put back, or another computer has a copy of it. "
                "This is settled now, and nothing is lost: sync again."
            )
        )


def is_known_beyond(said: str | dict[str, Any] | None) -> bool:
    """Return whether somebody holds changes of this computer up to a number that it has never issued.

    `said` are counters (FSIC) of either form, checked before; as a dict or its JSON.
    """
    found = json.loads(said or "{}") if not isinstance(said, dict) else said
    own = InstanceIDModel.get_or_create_current_instance()[0]
    return any(number > own.counter or Issued.is_foreign(own.id, number) for number in set(_numbers(found, own.id)))


def _numbers(said: dict[str, Any], instance: str) -> Iterator[int]:
    for key, value in said.items():
        if isinstance(value, dict):
            yield from _numbers(value, instance)
        elif key == instance:
            yield value


def brings_unknown(transfer_id: str) -> bool:
    """Return whether the transfer's buffers hold a change of this computer that it never made."""
    own = InstanceIDModel.get_or_create_current_instance()[0].id
    made = RecordMaxCounter.objects.filter(
        store_model_id=OuterRef("model_uuid"), instance_id=own, counter__gte=OuterRef("counter")
    )
    brought = RecordMaxCounterBuffer.objects.filter(transfer_session_id=transfer_id, instance_id=own)
    return bool(brought.filter(~Exists(made)).exists())


def give_up() -> None:
    """Count under a new id from now on, and say no more that anything of the old one is held here."""
    with transaction.atomic():
        old = InstanceIDModel.get_or_create_current_instance()[0]
        DatabaseIDModel.objects.create()
        new = InstanceIDModel.get_or_create_current_instance(clear_cache=True)[0]
        GivenUp.objects.create(instance_id=old.id)
        DatabaseMaxCounter.objects.filter(instance_id=old.id).delete()
    logger.warning(
        "An older copy of this computer's data was put back, or another computer has a copy: it counted its changes as "
        "%s up to %s, and does as %s from now on.",
        old.id,
        old.counter,
        new.id,
    )


def recount(transfer_id: str = "", partitions: Iterable[str] = ()) -> None:
    """Put what was changed here under an id that was given up under the new one; nothing to do in most cases.

    With the transfer whose buffers hold all that a peer has of that id in these partitions, what was there before the
    two lines parted stays as it is.
    """
    for given_up in GivenUp.objects.filter(shared=None):
        old = given_up.instance_id
        with transaction.atomic():
            inside = functools.reduce(Q.__or__, (Q(partition__startswith=one) for one in partitions), Q())
            shared = _shared(old, transfer_id, inside) if transfer_id else 0
            if shared:
                _restamp(old, inside, shared)
                # Numbers after it mean something else to the others.
                theirs = Store.objects.filter(inside, profile=PROFILE).values("pk")
                counters = RecordMaxCounter.objects.filter(instance_id=old, counter__gt=shared)
                counters.filter(store_model__in=theirs).update(counter=shared)
            _restamp(old, ~inside if shared else Q(), 0)
            for partition in partitions if shared else ():
                DatabaseMaxCounter.objects.update_or_create(
                    instance_id=old, partition=partition, defaults={"counter": shared}
                )
            given_up.shared = shared
            given_up.save()


def recount_arrived(transfer_id: str) -> None:
    """Put under the new id what a transfer has just brought into the store under one that was given up.

    Others may have heard of this computer's later changes under that id: they would take these for known.
    """
    for given_up in GivenUp.objects.exclude(shared=None):
        with transaction.atomic():
            _restamp(given_up.instance_id, Q(last_transfer_session_id=transfer_id), given_up.shared or 0)


def _shared(old: str, transfer_id: str, inside: Q) -> int:
    """Return up to which number the peer's line of changes and this computer's are one."""
    stored = Store.objects.filter(inside, profile=PROFILE, last_saved_instance=old)
    brought = Buffer.objects.filter(transfer_session_id=transfer_id, last_saved_instance=old)
    same = Store.objects.filter(
        pk=OuterRef("model_uuid"),
        last_saved_instance=old,
        last_saved_counter=OuterRef("last_saved_counter"),
        serialized=OuterRef("serialized"),
        deleted=OuterRef("deleted"),
    )
    shared: int = brought.filter(Exists(same)).aggregate(most=Max("last_saved_counter"))["most"] or 0
    # A change that the peer would have if it had been made before is one of this line alone; so are all after it.
    known = RecordMaxCounterBuffer.objects.filter(
        transfer_session_id=transfer_id,
        model_uuid=OuterRef("pk"),
        instance_id=old,
        counter__gte=OuterRef("last_saved_counter"),
    )
    other = Buffer.objects.filter(
        ~Q(serialized=OuterRef("serialized")) | ~Q(deleted=OuterRef("deleted")),
        transfer_session_id=transfer_id,
        model_uuid=OuterRef("pk"),
        last_saved_instance=old,
        last_saved_counter=OuterRef("last_saved_counter"),
    )
    parted = stored.filter(~Exists(known) | Exists(other)).aggregate(least=Min("last_saved_counter"))["least"]
    return shared if parted is None else min(shared, parted - 1)


def _restamp(old: str, where: Q, shared: int) -> None:
    """Put the records that were changed here under the old id after `shared` under the new one."""
    rows = Store.objects.filter(where, profile=PROFILE, last_saved_instance=old, last_saved_counter__gt=shared)
    # Of all that the school has, it may be, the ids alone.
    ids = list(rows.values_list("pk", flat=True))
    if not ids:
        return
    new = InstanceIDModel.get_current_instance_and_increment_counter()
    for start in range(0, len(ids), serializing.BATCH):
        serializing.count(ids[start : start + serializing.BATCH], new)
    rows.update(last_saved_instance=new.id, last_saved_counter=new.counter)
