"""The channels on this computer, what attached sticks offer, and what became of the last import."""

from __future__ import annotations

import hashlib
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.computer import folders
from kolibri.computer import offers
from kolibri.computer import reports
from kolibri.computer.losses import Loss
from kolibri.computer.losses import kept_by
from kolibri.computer.losses import losses
from kolibri.computer.offers import Offer
from kolibri.computer.reports import Work
from kolibri.core.content import paths
from kolibri.core.content import services
from kolibri.core.content.drives import SourceChannel
from kolibri.core.content.problems import ChannelProblem
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.device import host
from kolibri.core.device import services as device
from kolibri.core.device.models import DeviceSettings
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(keeper)
def content(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return _page(request)


@require_safe
@open_to(keeper)
def now(request: PersonRequest) -> HttpResponse:
    """The part of the page that changes by itself; 204 while it is what the page shows (`?seen=`) already."""
    work = Work.now()
    trace = _trace(request, work)
    if trace == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "computer/_now.html", _context(request, work, trace))


@require_POST
@open_to(keeper)
def folder(request: PersonRequest) -> HttpResponse:
    """Look into a folder: the one written, else, in our own window, the one that a dialog asks for."""
    written = request.POST.get("folder", "").strip()
    try:
        if not written and folders.has_dialog(request):
            chosen = host.current().choose_folder()
            if chosen is None:
                return redirect("kolibri:computer:content")
            written = str(chosen)
        if not written:
            raise BadInput(_("Write where the folder is."), code="required", field="folder")
        if len(written) > folders.LONGEST_PATH or "\x00" in written:
            raise BadInput(_("There is no such folder on this computer."), code="no_folder", field="folder")
        offers.choose(request, written)
    except KolibriError as error:
        return _page(request, {"folder": str(error)}, folder=written[: folders.LONGEST_PATH].replace("\x00", ""))
    return redirect("kolibri:computer:content")


@require_POST
@open_to(keeper)
def import_channels(request: PersonRequest) -> HttpResponse:
    """Ask for the import of the ticked channels of one stick (`source`, `channel` several times)."""
    wanted = request.POST.get("source", "")
    offer = next((one for one in offers.offers(request) if one.source.id == wanted), None)
    if offer is None:
        return _page(request, {"source": _("This stick is not there any more. Put it in again.")})
    ticked = list(dict.fromkeys(request.POST.getlist("channel")))
    if not ticked:
        return _page(request, {wanted: _("Tick the channels that you want.")})
    if not {channel.id for channel in offer.channels}.issuperset(ticked):
        return _page(
            request, {wanted: _("One of these channels cannot be brought in any more. Look at the list again.")}
        )
    if "anyway" not in request.POST and (losing := _losing(offer, ticked)):
        # What an update takes away cannot be undone: it is said before anything is copied.
        asked = [("source", wanted), *(("channel", channel) for channel in ticked)]
        context = {"losing": losing, "action": reverse("kolibri:computer:import"), "asked": asked}
        return render(request, "computer/update_losses.html", context)
    key = hashlib.sha256("\n".join([str(offer.source.path), *sorted(ticked)]).encode("utf-8", "surrogatepass"))
    order = ImportChannels.options(key=key.hexdigest(), requested_by=request.user.pk)
    order.enqueue(str(offer.source.path), ticked)
    return redirect("kolibri:computer:content")


@require_POST
@open_to(keeper)
def library(request: PersonRequest) -> HttpResponse:
    """Open the learners' library (`open`), or close it. Pressed again it is as before."""
    is_open = "open" in request.POST
    device.open_library(is_open)
    messages.success(
        request,
        _("Learners have a library beside their lessons now.")
        if is_open
        else _("Learners see their lessons only, and no library."),
    )
    return redirect("kolibri:computer:content")


@require_POST
@open_to(keeper)
def go_on(request: PersonRequest, pk: str) -> HttpResponse:
    """Take up an import that stopped: what was copied is kept."""
    ImportChannels.get(pk).restart()
    return redirect("kolibri:computer:content")


@require_POST
@open_to(keeper)
def put_away(request: PersonRequest, pk: str) -> HttpResponse:
    """Show a report no more."""
    reports.put_away(request, pk)
    return redirect("kolibri:computer:content")


def _losing(offer: Offer, ticked: list[str]) -> list[tuple[SourceChannel, list[Loss]]]:
    """Return those of the ticked channels whose newer version would take resources from lessons."""
    found = []
    folder = paths.content_folder(offer.source.path)
    for channel in offer.channels:
        if channel.id in ticked and channel.is_newer and folder is not None:
            try:
                lost = losses(channel.id, kept_by(paths.database_path(folder, channel.id)))
            except ChannelProblem:
                # The import says what is wrong with it.
                continue
            if lost:
                found.append((channel, lost))
    return found


def _trace(request: HttpRequest, work: Work) -> str:
    return hashlib.sha256(f"{offers.traces(request)} {work.trace(request)}".encode()).hexdigest()[:16]


def _context(request: HttpRequest, work: Work, trace: str) -> dict[str, Any]:
    leaving = {job.arguments["channel_id"] for job in work.deletions if not job.is_finished}
    return {
        "channels": [(channel, channel.id in leaving) for channel in services.list_channels()],
        "free": offers.free_space(),
        "offers": offers.offers(request),
        "reports": work.reports(request),
        "seen": trace,
    }


def _page(request: HttpRequest, errors: dict[str, str] | None = None, **typed: str) -> HttpResponse:
    work = Work.now()
    # Taken first: what changes while the sticks are read shows at the next look.
    trace = _trace(request, work)
    context = {**_context(request, work, trace), **typed, "errors": errors or {}}
    context |= {
        "has_dialog": folders.has_dialog(request),
        "library_is_open": DeviceSettings.current().learners_may_browse,
    }
    return render(request, "computer/content.html", context, status=400 if errors else 200)
