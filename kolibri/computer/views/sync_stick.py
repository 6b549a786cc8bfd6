"""Carrying the school's changes on a stick: saving them, looking at what others saved, bringing it in."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import Final

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.computer import folders
from kolibri.computer import parcels
from kolibri.core.content.stick.target import Target
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import joining
from kolibri.core.sync.parcel import locks
from kolibri.core.sync.parcel import reading
from kolibri.core.sync.parcel import sticks
from kolibri.core.sync.parcel import writing
from kolibri.core.sync.parcel.tasks import BringInChanges
from kolibri.core.sync.parcel.tasks import LookAtChanges
from kolibri.core.sync.parcel.tasks import SaveChanges
from kolibri.core.tasks.models import State
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.errors import NotHere
from kolibri.ui.access import admin_here
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

_DIALOG: Final = folders.Dialog("parcel-folder")


@require_safe
@open_to(admin_here)
def sync_stick(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return page(request)


@require_POST
@open_to(admin_here)
def folder(request: PersonRequest) -> HttpResponse:
    """Ask for a folder in a dialog of our own window."""
    try:
        _DIALOG.open(request)
    except KolibriError as error:
        return page(request, {"place": str(error)})
    return redirect("kolibri:computer:sync-stick")


@require_POST
@open_to(admin_here)
def save(request: PersonRequest) -> HttpResponse:
    """Save the school's changes to `folder` (written), else `place` (ticked); `for` is a computer or empty."""
    errors: dict[str, str] = {}
    target = None
    try:
        target = place_of(request)
    except KolibriError as error:
        errors["place"] = str(error)
    try:
        header, key = locks.close(str(request.user.dataset_id), request.POST.get("passphrase", ""))
    except KolibriError as error:
        errors["passphrase"] = str(error)
    if errors or target is None:
        return page(request, errors)
    dataset_id = str(request.user.dataset_id)
    order = SaveChanges.options(
        key=folders.key_of(str(target.root)), requested_by=request.user.pk, dataset_id=dataset_id
    )
    order.enqueue(str(target.root), dataset_id, header, key.hex(), request.POST.get("for", "")[:32])
    return redirect("kolibri:computer:sync-stick")


@require_POST
@open_to(admin_here)
def look(request: PersonRequest) -> HttpResponse:
    """Look at the `file`, with the `open-passphrase` where it needs one."""
    try:
        path = path_of(request)
        key = reading.key_of(path, request.POST.get("open-passphrase", ""))
    except KolibriError as error:
        field = "open_passphrase" if error.field == "passphrase" else "file"
        return page(request, {field: str(error)})
    order = LookAtChanges.options(
        key=folders.key_of(str(path)), requested_by=request.user.pk, dataset_id=str(request.user.dataset_id)
    )
    order.enqueue(str(path), key.hex())
    return redirect("kolibri:computer:sync-stick")


@require_POST
@open_to(admin_here)
def bring_in(request: PersonRequest, pk: str) -> HttpResponse:
    """Bring in the file that the job `pk` has looked at."""
    looked = LookAtChanges.find(dataset_id=str(request.user.dataset_id))
    seen = next((job for job in looked if job.job_id == pk and job.state == State.COMPLETED), None)
    if seen is None:
        raise NotHere(_("This job does not exist any more."), code="no_job")
    path, key, digest = seen.arguments["path"], seen.arguments["key"], seen.result["digest"]
    order = BringInChanges.options(key=digest, requested_by=request.user.pk, dataset_id=str(request.user.dataset_id))
    order.enqueue(path, key, digest)
    return redirect("kolibri:computer:sync-stick")


@require_POST
@open_to(admin_here)
def stop(request: PersonRequest, pk: str) -> HttpResponse:
    """Stop a job of this page, or say nothing more of one that has ended."""
    for task in parcels.TASKS:
        for job in task.find(dataset_id=str(request.user.dataset_id)):
            if job.job_id == pk:
                job.cancel()
                parcels.put_away(request, pk)
    return redirect("kolibri:computer:sync-stick")


def page(request: PersonRequest, errors: dict[str, str] | None = None, **more: Any) -> HttpResponse:
    """Return the page with the sentences of `errors` beside their fields."""
    dataset_id = str(request.user.dataset_id)
    chosen = _DIALOG.chosen(request)
    found = sticks.look([Path(chosen)] if chosen else [])
    working = parcels.unfinished(dataset_id)
    picked = request.POST.get("place") or chosen or (str(found.places[0].path) if found.places else "")
    context = {
        "found": found,
        "picked": picked,
        "written": request.POST.get("folder", ""),
        "file": request.POST.get("file", ""),
        "holdings": writing.holdings(dataset_id),
        "for": request.POST.get("for", ""),
        "fingerprint": chain.fingerprint(dataset_id),
        "computer": writing.computer_name(),
        "asked": joining.asked(),
        "working": working,
        "report": None if working else parcels.report(request, dataset_id),
        "has_dialog": folders.has_dialog(request),
        "choose_folder": reverse("kolibri:computer:sync-stick-folder"),
        "errors": errors or {},
        **more,
    }
    return render(request, "computer/sync_stick.html", context, status=400 if errors else 200)


def place_of(request: PersonRequest) -> Target:
    """Return the stick that a form names, which can be written to. Raises what `Target` raises."""
    written = folders.typed(request, "folder", "place")
    if not written:
        raise BadInput(_("Put in a stick, or choose a folder."), code="no_folder", field="folder")
    target = Target(Path(written))
    target.check_writable()
    return target


def path_of(request: PersonRequest) -> Path:
    """Return the file that a form names. Raises BadInput."""
    written = folders.typed(request, "other", "file")
    if not written:
        raise BadInput(_("Choose the file that you want to look at."), code="no_file", field="file")
    return Path(written)
