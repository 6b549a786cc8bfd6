"""The wizard's third way: a school that comes on a stick from a computer that no network reaches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kolibri.core.auth.models import Facility
from kolibri.errors import KolibriError
from kolibri.setup import by_stick
from kolibri.setup.answers import PAGES
from kolibri.setup.answers import Answers
from kolibri.setup.answers import typed
from kolibri.ui.access import open_to
from kolibri.ui.access import this_computer

_LONGEST_PATH = 4_096


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(this_computer)
def stick(request: HttpRequest) -> HttpResponse:
    """Ask on a stick (`go=ask`), join with the answer (`join`), bring in again (`bring`), sign in, or stop."""
    answers = Answers.read()
    if not answers.is_open("school"):
        return redirect("kolibri:setup:start")
    school = by_stick.arrived()
    if request.method != "POST":
        return _page(request, school)
    go = request.POST.get("go", "")
    try:
        if go == "stop":
            by_stick.give_up()
            return redirect("kolibri:setup:school")
        if go == "ask":
            by_stick.ask(_path(request, "folder") or _path(request, "place"))
        elif go == "join":
            answer, fingerprint = Path(_path(request, "answer")), request.POST.get("fingerprint", "")
            by_stick.join(answer, fingerprint, _path(request, "changes"))
        elif go == "bring":
            by_stick.bring_in(_path(request, "changes"))
        elif school is not None:
            username, password = typed(request.POST, "username").strip(), request.POST.get("password", "")
            by_stick.adopt(request, school, username, password, answers.page("language").get("language", "en"))
            return redirect("kolibri:coach:classes")
    except KolibriError as error:
        return _page(request, school, error)
    return redirect("kolibri:setup:stick")


def _path(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").strip().replace("\x00", "")[:_LONGEST_PATH]


def _page(request: HttpRequest, school: Facility | None, error: KolibriError | None = None) -> HttpResponse:
    job = by_stick.job()
    is_working = job is not None and not job.is_finished
    folder = _path(request, "folder")
    context: dict[str, Any] = {
        "page": "stick",
        "number": PAGES.index("school") + 1,
        "total": len(PAGES),
        "school": school,
        "job": job,
        "is_working": is_working,
        "is_joined": bool(by_stick.joined_dataset()),
        "found": None if is_working or school else by_stick.look(folder),
        "asked": by_stick.asked(),
        "folder": folder,
        "username": typed(request.POST, "username").strip(),
        "errors": {error.field or "page": [str(error)]} if error is not None else {},
    }
    return render(request, "setup/stick.html", context, status=error.status if error is not None else 200)
