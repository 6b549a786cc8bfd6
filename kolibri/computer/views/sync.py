"""Syncing the school with other computers: which ones, how it went, and whether they may come by themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.device import sharing
from kolibri.core.sync.network import partners
from kolibri.core.sync.network.models import Ending
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.models import SyncDoor
from kolibri.core.sync.network.tasks import SyncWithPartner
from kolibri.core.sync.network.tasks import sync_now
from kolibri.core.tasks.job import Job
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.errors import NotHere
from kolibri.ui.access import admin
from kolibri.ui.access import admin_here
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

# Minutes between two syncs, as they can be chosen.
PAUSES: Final[dict[int, Promise]] = {
    0: gettext_lazy("Only when asked"),
    15: gettext_lazy("Every 15 minutes"),
    60: gettext_lazy("Every hour"),
    1440: gettext_lazy("Every day"),
}
_TYPED: Final = ("address", "username")
_AROUND: Final = "kolibri:computer:sync-around"


@dataclass(frozen=True)
class Row:
    """A computer in the list. `job` is the sync under way, if there is one; `said` is how the last one ended."""

    partner: Partner
    job: Job | None
    said: str


@require_safe
@open_to(admin)
def sync(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return _page(request)


@require_safe
@open_to(admin)
def around(request: PersonRequest) -> HttpResponse:
    """The part of the page with the computers that are found in this network; the one that is chosen stays so."""
    context = {
        "around": _AROUND,
        "found": partners.around(request.user.dataset_id),
        "chosen": request.GET.get("found"),
    }
    return render(request, "ui/_around.html", context)


@require_POST
@open_to(admin)
def door(request: PersonRequest) -> HttpResponse:
    """Let other computers of the school sync with this one, or stop letting them (`is_open`)."""
    SyncDoor.set_open(request.POST.get("is_open") == "1")
    return redirect("kolibri:computer:sync")


@require_POST
@open_to(admin)
def add(request: PersonRequest) -> HttpResponse:
    """Get to know the computer at `address`, by `username` and `password` where it is the first, and sync with it."""
    # Not above: views are loaded at every start.
    from kolibri.core.sync.network import peers
    from kolibri.core.sync.network import syncing

    typed = {name: request.POST.get(name, "").strip()[:300] for name in _TYPED}
    typed["address"] = typed["address"] or request.POST.get("found", "")[:300]
    try:
        if not typed["address"]:
            raise BadInput(_("Type the other computer's address, or choose it from the list."), field="address")
        peer = peers.find(typed["address"])
        dataset_id = request.user.dataset_id
        partner = syncing.get_to_know(peer, dataset_id, typed["username"], request.POST.get("password", ""))
    except KolibriError as error:
        return _page(request, error, **typed)
    sync_now(partner, request.user.pk)
    return redirect("kolibri:computer:sync")


@require_POST
@open_to(admin)
def now(request: PersonRequest, pk: str) -> HttpResponse:
    """Sync with a computer of the list."""
    sync_now(_partner(request, pk), request.user.pk)
    return redirect("kolibri:computer:sync")


@require_POST
@open_to(admin)
def stop(request: PersonRequest, pk: str) -> HttpResponse:
    """Stop the sync that is under way with this computer; the next one goes on."""
    if job := _under_way(_partner(request, pk)):
        job.cancel()
    return redirect("kolibri:computer:sync")


@require_POST
@open_to(admin)
def schedule(request: PersonRequest, pk: str) -> HttpResponse:
    """Sync with this computer by itself every `minutes`."""
    partner = _partner(request, pk)
    chosen = request.POST.get("minutes", "")
    if chosen not in map(str, PAUSES):
        return _page(request, BadInput(_("Choose how often."), field="minutes"))
    partners.set_schedule(partner, int(chosen))
    return redirect("kolibri:computer:sync")


@require_POST
@open_to(admin)
def forget(request: PersonRequest, pk: str) -> HttpResponse:
    """Take this computer off the list; both keep the school's data."""
    partners.forget(_partner(request, pk))
    return redirect("kolibri:computer:sync")


def _partner(request: PersonRequest, pk: str) -> Partner:
    partner = Partner.objects.filter(pk=pk, dataset_id=request.user.dataset_id).first()
    if partner is None:
        raise NotHere(_("This computer is not on the list any more."), code="no_partner")
    return partner


def _under_way(partner: Partner) -> Job | None:
    found = SyncWithPartner.find(dataset_id=partner.dataset_id, unfinished=True)
    return next((job for job in found if job.arguments.get("partner_id") == partner.pk), None)


def _rows(dataset_id: str) -> list[Row]:
    jobs = {
        job.arguments.get("partner_id"): job for job in SyncWithPartner.find(dataset_id=dataset_id, unfinished=True)
    }
    return [Row(one, jobs.get(one.pk), _said(one)) for one in Partner.objects.filter(dataset_id=dataset_id)]


def _said(partner: Partner) -> str:
    """Return how the last sync ended, in words."""
    if partner.ending != Ending.DONE:
        return partner.sentence or str(Ending(partner.ending).label)
    if not partner.received and not partner.sent:
        return _("Both had everything already.")
    came = ngettext("%(count)d change came here", "%(count)d changes came here", partner.received)
    went = ngettext("%(count)d change went there", "%(count)d changes went there", partner.sent)
    return f"{came % {'count': partner.received}} · {went % {'count': partner.sent}}"


def _page(request: PersonRequest, error: KolibriError | None = None, **typed: Any) -> HttpResponse:
    dataset_id = request.user.dataset_id
    rows = _rows(dataset_id)
    shared = sharing.state()
    field = error.field if error is not None else ""
    context = {
        "rows": rows,
        "around": _AROUND,
        "found": partners.around(dataset_id),
        "chosen": request.POST.get("found"),
        "may_use_sticks": admin_here.allows(request),
        "is_working": any(row.job for row in rows),
        "pauses": PAUSES,
        "is_open": SyncDoor.is_open_now(),
        "address": shared.url,
        "is_joined": partners.is_joined(dataset_id),
        "typed": typed,
        "errors": {field: str(error)} if field in ("address", "username", "password") else {},
        "error": str(error) if error is not None and field not in ("address", "username", "password") else "",
    }
    return render(request, "computer/sync.html", context, status=error.status if error is not None else 200)
