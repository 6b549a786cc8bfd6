"""Getting to know a partner, syncing with it, and writing down how it went.

Imported where it is needed only: it loads what sends requests, which costs every start 40 ms and 5 MB.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

from django.db import OperationalError

from kolibri.core import room
from kolibri.core.fields import local_now
from kolibri.core.sync import turn
from kolibri.core.sync.network import partners
from kolibri.core.sync.network.exchange import Exchange
from kolibri.core.sync.network.exchange import Outcome
from kolibri.core.sync.network.exchange import Progress
from kolibri.core.sync.network.models import Ending
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.partners import note
from kolibri.core.sync.network.peers import Peer
from kolibri.core.sync.network.problems import ConnectionLost
from kolibri.core.sync.network.problems import NeedsPassword
from kolibri.core.sync.network.problems import NoRoom
from kolibri.core.sync.network.problems import NotReached
from kolibri.core.sync.network.problems import OtherSchool
from kolibri.core.sync.network.problems import PeerRefused
from kolibri.core.sync.network.problems import SameComputer
from kolibri.core.sync.network.problems import TooBusy
from kolibri.core.sync.network.problems import WrongPassword
from kolibri.core.tasks.job import JobStopped
from kolibri.errors import KolibriError

# How long a sync waits for another one of this computer, with a stick or a third computer; seconds.
_PATIENCE: Final = 15 * 60.0
# After these the next sync goes on where this one was.
_GOES_ON: Final = (ConnectionLost, NotReached, turn.Syncing)
_REFUSALS: Final = (OtherSchool, SameComputer, NeedsPassword, WrongPassword, PeerRefused)


def get_to_know(
    peer: Peer, dataset_id: str, username: str = "", password: str = "", *, is_proof: bool = False
) -> Partner:
    """Return the peer as a partner in this school; gets this computer a certificate of it where it has none.

    With `is_proof` name and password must be an admin's there, also where this computer has one. Raises
    OtherSchool, SameComputer, NeedsPassword, WrongPassword and what a lost connection raises. The password is kept
    nowhere. An address that now belongs to another computer of the school is that one's.
    """
    school = peer.school(dataset_id)
    if school is None:
        raise OtherSchool
    Exchange(peer.address, dataset_id).join(school.id, username, password, is_proof=is_proof)
    partner, _made = Partner.objects.update_or_create(
        dataset_id=dataset_id,
        address=peer.address,
        defaults={"instance_id": peer.instance_id, "name": peer.name, "program": peer.program},
    )
    return partner


def sync(
    partner: Partner,
    *,
    pull: bool = True,
    push: bool = True,
    pulse: Callable[[], None] = lambda: None,
    progress: Progress = lambda direction, done, total: None,
) -> Outcome:
    """Sync with the partner, going on where a sync was cut, and write down how it ended.

    Raises a SyncProblem, or Syncing where another sync of this computer takes too long; what `pulse`
    raises passes, written down as well.
    """

    def run(address: str) -> Outcome:
        return Exchange(
            address,
            partner.dataset_id,
            pulse=pulse,
            progress=progress,
            session_id=partner.open_session,
            opened=lambda session_id: note(partner, open_session=session_id),
            met=lambda instance_id: _is_meant(partner, instance_id),
        ).run(pull=pull, push=push)

    try:
        note(partner, tried_at=local_now())
        with _turn(pulse):
            try:
                outcome = run(partner.address)
            except NotReached:
                address = partners.found_at(partner)
                if not address:
                    raise
                outcome = run(address)
                # Only now: whoever says in the network that he is the partner has shown it.
                partners.move(partner, address)
    except KolibriError as error:
        _note_ending(partner, error)
        if not isinstance(error, _GOES_ON):
            # What went wrong there would go wrong again: the next sync begins anew.
            with contextlib.suppress(OperationalError):
                note(partner, open_session="")
        raise
    except OperationalError as error:
        problem = NoRoom() if room.is_full(error) else TooBusy()
        _note_ending(partner, problem)
        raise problem from error
    except JobStopped:
        note(partner, ending=Ending.CANCELED, sentence="")
        raise
    note(
        partner,
        ending=Ending.DONE,
        sentence="",
        synced_at=local_now(),
        received=outcome.pull.records,
        sent=outcome.push.records,
    )
    return outcome


def _is_meant(partner: Partner, instance_id: str) -> bool:
    """Return whether whoever answers is the partner, and note who the partner is from now on.

    Addresses change hands in a network. A new id at the old address is the same computer with a new
    database, unless the old id is found elsewhere.
    """
    if partner.instance_id and partner.instance_id != instance_id and partners.found_at(partner):
        return False
    note(partner, instance_id=instance_id)
    return True


@contextlib.contextmanager
def _turn(pulse: Callable[[], None]) -> Iterator[None]:
    """Hold this computer's turn to sync; `pulse` is called while it waits for another. Raises Syncing."""
    end = time.monotonic() + _PATIENCE
    with contextlib.ExitStack() as held:
        while True:
            try:
                held.enter_context(turn.taken(wait=0.5))
                break
            except turn.Syncing:
                pulse()
                if time.monotonic() > end:
                    raise
        yield


def _note_ending(partner: Partner, error: KolibriError) -> None:
    # A full disk may be so full that not even this goes onto it; the job says it then.
    with contextlib.suppress(OperationalError):
        note(partner, ending=_ending_of(error), sentence=str(error))


def _ending_of(error: KolibriError) -> Ending:
    if isinstance(error, ConnectionLost):
        return Ending.CUT
    if isinstance(error, _REFUSALS):
        return Ending.REFUSED
    return Ending.FAILED
