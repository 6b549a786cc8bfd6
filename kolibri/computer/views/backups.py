"""Backups: those on this computer, saving one to a stick, bringing one back at the next start."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from typing import Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.computer import backups as reading
from kolibri.computer import folders
from kolibri.core.backup import contents
from kolibri.core.backup import daily
from kolibri.core.backup import restoring
from kolibri.core.content.stick.target import Target
from kolibri.core.safekeeping import files
from kolibri.core.safekeeping.tasks import AskForBackup
from kolibri.core.safekeeping.tasks import SaveBackup
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.errors import NotHere
from kolibri.ui.access import open_to
from kolibri.ui.access import owner
from kolibri.ui.requests import PersonRequest

_DIALOG: Final = folders.Dialog("backup-folder")


@require_safe
@open_to(owner)
def backups(request: PersonRequest) -> HttpResponse:
    """The whole page."""
    return _page(request)


@require_POST
@open_to(owner)
def folder(request: PersonRequest) -> HttpResponse:
    """Ask for a folder in a dialog of our own window."""
    try:
        _DIALOG.open(request)
    except KolibriError as error:
        return _page(request, {"place": str(error)})
    return redirect("kolibri:computer:backups")


@require_POST
@open_to(owner)
def save(request: PersonRequest) -> HttpResponse:
    """Save a backup to `folder` (written), else `place` (ticked), locked when there is a `passphrase`."""
    errors: dict[str, str] = {}
    header, key, root = None, b"", ""
    try:
        written = folders.typed(request, "folder", "place")
        if not written:
            raise BadInput(_("Put in a stick, or choose a folder."), code="no_folder", field="folder")
        target = Target(Path(written))
        target.check_writable()
        root = str(target.root)
    except KolibriError as error:
        errors["place"] = str(error)
    if passphrase := request.POST.get("passphrase", ""):
        try:
            header, key = files.close(passphrase)
        except KolibriError as error:
            errors["passphrase"] = str(error)
    if errors:
        return _page(request, errors)
    _check_possible()
    SaveBackup.options(key=folders.key_of(root), requested_by=request.user.pk).enqueue(root, header, key.hex())
    return redirect("kolibri:computer:backups")


@require_POST
@open_to(owner)
def bring_back(request: PersonRequest) -> HttpResponse:
    """Ask for a backup of this computer, by its `name`."""
    name = folders.typed(request, "name")
    if name not in {one.name for one in reading.kept(_folder())}:
        raise NotHere(_("This backup is not here any more."), code="no_backup")
    return _ask(request, _folder() / name, b"")


@require_POST
@open_to(owner)
def bring_back_from(request: PersonRequest) -> HttpResponse:
    """Ask for the `file` (ticked) or `other` (written), with the `open-passphrase` where it needs one."""
    written = folders.typed(request, "other", "file")
    try:
        if not written:
            raise BadInput(_("Choose a backup."), code="no_file", field="file")
        path = Path(written)
        key = files.key_of(path, request.POST.get("open-passphrase", ""))
    except KolibriError as error:
        return _page(request, {"open_passphrase" if error.field == "passphrase" else "file": str(error)})
    return _ask(request, path, key)


@require_POST
@open_to(owner)
def leave(request: PersonRequest) -> HttpResponse:
    """Leave the data as it is after all."""
    restoring.forget(Path(settings.KOLIBRI_HOME))
    messages.success(request, _("Everything stays as it is."))
    return redirect("kolibri:computer:backups")


@require_POST
@open_to(owner)
def stop(request: PersonRequest, pk: str) -> HttpResponse:
    """Stop a job of this page, or say nothing more of one that has ended."""
    for task in reading.TASKS:
        for job in task.find():
            if job.job_id == pk:
                job.cancel()
                reading.put_away(request, pk)
    return redirect("kolibri:computer:backups")


def _ask(request: PersonRequest, path: Path, key: bytes) -> HttpResponse:
    _check_possible()
    AskForBackup.options(key=folders.key_of(str(path)), requested_by=request.user.pk).enqueue(str(path), key.hex())
    return redirect("kolibri:computer:backups")


def _page(request: PersonRequest, errors: dict[str, str] | None = None) -> HttpResponse:
    context: dict[str, Any] = {"is_possible": daily.is_possible(), "errors": errors or {}}
    if context["is_possible"]:
        chosen = _DIALOG.chosen(request)
        found = files.look([Path(chosen)] if chosen else [])
        working = reading.unfinished()
        home = Path(settings.KOLIBRI_HOME)
        context |= {
            "kept": reading.kept(_folder()),
            "found": found,
            "picked": request.POST.get("place") or chosen or (str(found.places[0].path) if found.places else ""),
            "written": request.POST.get("folder", ""),
            "file": request.POST.get("file", ""),
            "working": working,
            "report": None if working else reading.report(request),
            "asked": restoring.asked(home),
            "now": _now(),
            "has_dialog": folders.has_dialog(request),
            "choose_folder": reverse("kolibri:computer:backups-folder"),
        }
    return render(request, "computer/backups.html", context, status=400 if errors else 200)


def _now() -> contents.Contents | None:
    try:
        return contents.read(Path(settings.DATABASES["default"]["NAME"]))
    except contents.Unreadable:
        return None


def _check_possible() -> None:
    if not daily.is_possible():
        raise NotHere(_("The administrator of the database server keeps the backups."), code="no_backup")


def _folder() -> Path:
    return Path(settings.KOLIBRI_HOME) / "backups"
