"""The wizard's last page: channels from a stick or a folder, or later; and the way out of the wizard."""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import signing_in
from kolibri.core.auth.models import FacilityUser
from kolibri.core.content import drives
from kolibri.core.content.drives import Source
from kolibri.core.device import host
from kolibri.core.device import services
from kolibri.errors import BadInput
from kolibri.errors import KolibriError
from kolibri.setup import finishing
from kolibri.setup.answers import Answers
from kolibri.setup.answers import Errors
from kolibri.setup.answers import typed
from kolibri.setup.views.pages import show
from kolibri.ui.access import open_to
from kolibri.ui.access import this_computer

_LONGEST_PATH = 4_096


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(this_computer)
def content(request: HttpRequest) -> HttpResponse:
    """Offer what is on attached drives; any of the three answers ends the wizard."""
    answers = Answers.read()
    if request.method != "POST":
        return _page(request, answers) if answers.is_open("content") else redirect("kolibri:setup:start")
    if request.POST.get("go") == "back":
        return redirect("kolibri:setup:classroom")
    if answers.next_page != "content" and not services.is_provisioned():
        return redirect("kolibri:setup:start")
    source = None
    if wanted := request.POST.get("source", ""):
        source = next((found for found in _sources(answers) if found.id == wanted), None)
        if source is None:
            message = _("This stick is not there any more. Put it in again, or choose “Later”.")
            return _page(request, answers, {"source": [message]})
    try:
        finishing.finish(request, answers, source)
    except KolibriError as error:
        return _page(request, answers, {error.field or "page": [str(error)]})
    return redirect("kolibri:setup:finish")


@require_POST
@open_to(this_computer)
def folder(request: HttpRequest) -> HttpResponse:
    """Look into a folder: the one written, else, in our own window, the one that a dialog asks for."""
    answers = Answers.read()
    if not answers.is_open("content"):
        return redirect("kolibri:setup:start")
    written = typed(request.POST, "folder", _LONGEST_PATH).strip()
    try:
        if not written and host.current().is_desktop:
            chosen = host.current().choose_folder()
            if chosen is None:
                return redirect("kolibri:setup:content")
            written = str(chosen)
        if not written:
            raise BadInput(_("Write where the folder is."), code="required", field="folder")
        services.remember_answers("content", {"folder": written})
        drives.look_at(Path(written))
    except KolibriError as error:
        return _page(request, Answers.read(), {"folder": [str(error)]})
    return redirect("kolibri:setup:content")


@require_safe
@open_to(this_computer)
def found(request: HttpRequest) -> HttpResponse:
    """What is attached now; 204 while it is what the page shows (`?seen=`) already."""
    sources = _sources(Answers.read())
    if _digest(sources) == request.GET.get("seen"):
        return HttpResponse(status=204)
    return render(request, "setup/_sources.html", {"sources": sources, "seen": _digest(sources)})


@require_safe
@open_to(this_computer)
def finish(request: HttpRequest) -> HttpResponse:
    """Sign the teacher in and go to the new class: once, for the session that made the school."""
    done = finishing.finished(request)
    admin = FacilityUser.objects.filter(pk=done.admin_id).first() if done else None
    if done is None or admin is None:
        return redirect("/")
    if request.user.pk != admin.pk:
        signing_in.open_session(request, admin)
    return redirect("kolibri:coach:class", done.classroom_id)


def _page(request: HttpRequest, answers: Answers, errors: Errors | None = None) -> HttpResponse:
    sources = _sources(answers)
    context = {
        "sources": sources,
        "seen": _digest(sources),
        "folder": answers.page("content").get("folder", ""),
        "is_desktop": host.current().is_desktop,
    }
    return show(request, "content", context, errors)


def _sources(answers: Answers) -> list[Source]:
    """Return the attached drives and, when one was chosen and holds channels, the folder."""
    sources = {source.id: source for source in drives.find_sources()}
    if chosen := answers.page("content").get("folder"):
        try:
            source = drives.look_at(Path(chosen))
        except BadInput:
            pass
        else:
            sources.setdefault(source.id, source)
    return list(sources.values())


def _digest(sources: list[Source]) -> str:
    return hashlib.sha256(repr(sources).encode("utf-8", "surrogatepass")).hexdigest()[:16]
