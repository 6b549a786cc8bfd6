"""A school that is there already, on another computer: the wizard's other way."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.usernames import fold
from kolibri.core.device import services
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.tasks import SyncWithPartner
from kolibri.core.sync.network.tasks import sync_now
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State

if TYPE_CHECKING:
    from kolibri.core.sync.network.peers import Peer
    from kolibri.core.sync.network.peers import School

_PAGE = "bring"


@dataclass(frozen=True)
class Bringing:
    """What the wizard has asked for: from whom, and for which of its people this computer will be."""

    partner: Partner
    username: str
    job: Job | None

    @property
    def is_working(self) -> bool:
        return self.job is not None and not self.job.is_finished

    @property
    def is_done(self) -> bool:
        return self.job is not None and self.job.state == State.COMPLETED


def schools_at(address: str) -> Peer:
    """Return who answers there, with its schools. Raises NotReached."""
    # Not above: views are loaded at every start.
    from kolibri.core.sync.network import peers

    return peers.find(address)


def start(peer: Peer, school: School, username: str, password: str) -> None:
    """Join the school's computers, and begin to bring it in. Raises what `syncing.get_to_know` raises."""
    from kolibri.core.sync.network import syncing

    # Also where an earlier try has joined already: whoever is named here will be signed in without another question.
    partner = syncing.get_to_know(peer, school.dataset_id, username, password, is_proof=True)
    sync_now(partner)
    services.remember_answers(_PAGE, {"partner": partner.pk, "username": username})


def again(bringing: Bringing) -> None:
    """Go on where it stopped."""
    sync_now(bringing.partner)


def current() -> Bringing | None:
    """Return what was asked for, or None."""
    kept = services.answers().get(_PAGE, {})
    partner = Partner.objects.filter(pk=kept.get("partner")).first()
    if partner is None:
        return None
    found = [
        job for job in SyncWithPartner.find(dataset_id=partner.dataset_id) if job.arguments["partner_id"] == partner.pk
    ]
    return Bringing(partner, kept.get("username", ""), found[0] if found else None)


def give_up() -> None:
    """Forget what was asked for; what has arrived of the school stays, unused."""
    bringing = current()
    if bringing is not None and bringing.job is not None:
        bringing.job.cancel()
    services.remember_answers(_PAGE, {"partner": None, "username": None})


def adopt(bringing: Bringing, language: str) -> FacilityUser | None:
    """Make this computer the school's, and whoever signed in there its keeper; returns who, None when nobody is he.

    On a computer that is a school's already nothing is written.
    """
    facility = Facility.objects.filter(dataset_id=bringing.partner.dataset_id).first()
    if facility is None:
        return None
    wanted = fold(bringing.username)
    people = FacilityUser.objects.filter(facility=facility).order_by("date_joined", "pk")
    # A sync can bring two of one name. Only an admin is let in by the other computer, so it was not the learner.
    admin = min(
        (one for one in people if fold(one.username) == wanted),
        key=lambda one: (not one.has_role_for(role_kinds.ADMIN, facility), one.username != bringing.username),
        default=None,
    )
    if admin is not None:
        services.adopt(facility, admin, language=language, device_name=platform.node() or facility.name)
    return admin
