"""Making a stick for another school: where to, with what, and what became of the last one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.computer import folders
from kolibri.core.content import mounts
from kolibri.core.content import services
from kolibri.core.content.stick import kit
from kolibri.core.content.stick import portable
from kolibri.core.content.stick.target import Target
from kolibri.core.content.tasks import MakeStick
from kolibri.core.tasks.models import State
from kolibri.errors import KolibriError
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

_DIALOG: Final = folders.Dialog("stick-folder")


@dataclass(frozen=True)
class Place:
    """Somewhere that a stick can be made: a drive's root or a folder that was chosen."""

    path: str
    label: str


@require_safe
@open_to(keeper)
def stick(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return _page(request)


@require_POST
@open_to(keeper)
def folder(request: PersonRequest) -> HttpResponse:
    """Ask for a folder in a dialog of our own window."""
    try:
        _DIALOG.open(request)
    except KolibriError as error:
        return _page(request, {"folder": str(error)})
    return redirect("kolibri:computer:stick")


@require_POST
@open_to(keeper)
def make(request: PersonRequest) -> HttpResponse:
    """Ask for the stick at `folder` (written), else `place` (ticked), with the channels (`channel`).

    With `portable` the program for Windows that runs from the stick goes onto it too.
    """
    ticked = list(dict.fromkeys(request.POST.getlist("channel")))
    written = folders.typed(request, "folder", "place")
    is_portable = "portable" in request.POST
    errors: dict[str, str] = {}
    if not {channel.id for channel in services.list_channels()}.issuperset(ticked):
        errors["channel"] = _("One of these channels is not on this computer any more. Look at the list again.")
    elif not ticked and not is_portable and not _installers(written):
        errors["channel"] = _("Tick the channels that you want.")
    if not written:
        errors["folder"] = _("Put in a stick, or choose a folder.")
    else:
        try:
            # Before anything is asked for: a locked stick is noticed here.
            Target(Path(written)).check_writable()
        except KolibriError as error:
            errors["folder"] = str(error)
    if is_portable and written and "folder" not in errors:
        try:
            kit.check_program(Path(settings.KOLIBRI_HOME), Path(written))
        except KolibriError as error:
            errors["portable"] = str(error)
    if errors:
        return _page(request, errors, folder=written, ticked=ticked, is_portable=is_portable)
    MakeStick.options(key=folders.key_of(written), requested_by=request.user.pk).enqueue(written, ticked, is_portable)
    return redirect("kolibri:computer:stick")


def _installers(root: str) -> list[str]:
    return [one.name for one in kit.at_hand(Path(settings.KOLIBRI_HOME), Path(root))]


def _portable_needs(home: Path) -> int | None:
    """Return the bytes that the program for Windows needs on a stick, None when it is not at hand."""
    bundle = kit.program_at_hand(home, Path(""))
    try:
        return portable.needs(bundle) if bundle else None
    except OSError:
        # Its stick was pulled out just now.
        return None


def _places(request: PersonRequest) -> list[Place]:
    found = {folder: Place(folder, Path(folder).name) for folder in map(str, settings.KOLIBRI_EXTRA_DRIVES)}
    found |= {str(mount.path): Place(str(mount.path), mount.label) for mount in mounts.attached()}
    if chosen := _DIALOG.chosen(request):
        found.setdefault(chosen, Place(chosen, chosen))
    return list(found.values())


def _last(places: list[Place]) -> dict[str, Any]:
    """Return what the page says of the last stick; empty when none was ever made."""
    jobs = MakeStick.find()
    if not jobs:
        return {}
    job = jobs[0]
    result = job.result if job.state == State.COMPLETED else {}
    labels = {place.path: place.label for place in places}
    left_out = [
        *result.get("sentences", []),
        *(said for one in result.get("channels", []) for said in one["sentences"]),
    ]
    return {
        "is_working": not job.is_finished,
        "is_done": job.state == State.COMPLETED,
        "label": labels.get(job.arguments["folder"], job.arguments["folder"]),
        "error": job.error,
        "channels": [one for one in result.get("channels", []) if one["status"] == "written"],
        "installers": result.get("installers", []),
        "is_portable": result.get("portable", False),
        "left_out": left_out,
    }


def _page(request: PersonRequest, errors: dict[str, str] | None = None, **typed: Any) -> HttpResponse:
    places = _places(request)
    channels = services.list_channels()
    home = Path(settings.KOLIBRI_HOME)
    installers = kit.at_hand(home, Path(""))
    chosen = typed.get("folder") or _DIALOG.chosen(request) or (places[0].path if places else "")
    context = {
        "places": places,
        "chosen": chosen,
        "written": "" if chosen in {place.path for place in places} else chosen,
        "channels": channels,
        "ticked": typed.get("ticked", [channel.id for channel in channels]),
        "installers": [one.name for one in installers],
        "missing_systems": ", ".join(kit.missing_systems(installers)),
        "installers_folder": home / kit.INSTALLERS,
        "portable_folder": home / kit.INSTALLERS / portable.FOLDER,
        "portable_needs": _portable_needs(home),
        "is_portable": typed.get("is_portable", False),
        "last": _last(places),
        "has_dialog": folders.has_dialog(request),
        "errors": errors or {},
    }
    return render(request, "computer/stick.html", context, status=400 if errors else 200)
