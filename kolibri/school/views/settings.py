"""What learners of the school may do, and the school's name."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.auth import school_settings
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Facility
from kolibri.core.auth.school_settings import Settings
from kolibri.core.auth.serializers import FacilitySerializer
from kolibri.core.auth.ways import Way
from kolibri.errors import BadInput
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors

BEFORE = "school_settings_before"


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def settings(request: PersonRequest) -> HttpResponse:
    """The settings; a POST writes all of them at once, and the page that follows offers the way back."""
    school = _school(request)
    before = school_settings.read(school)
    called = name = school.name
    errors, shown = {}, before
    if request.method == "POST":
        name = request.POST.get("name", "")
        ticked = {field.name: field.name in request.POST for field in fields(Settings) if field.name != "way"}
        shown = Settings(_way(request.POST.get("way"), before.way), **ticked)
        errors = _write(request, school, name, shown)
        if not errors:
            if (shown, school.name) != (before, called):
                request.session[BEFORE] = {
                    "before": _kept(called, before),
                    "after": _kept(school.name, school_settings.read(school)),
                }
            messages.success(request, _("Saved."))
            return redirect("kolibri:school:settings")
    context = {
        "name": name.replace("\x00", ""),
        "errors": errors,
        "settings": shown,
        "can_undo": BEFORE in request.session,
        "may": [
            (
                "may_sign_up",
                _("Learners may add themselves"),
                _("A new learner gives a name and chooses a class."),
                shown.may_sign_up,
            ),
            ("may_edit_name", _("Learners may change their names"), "", shown.may_edit_name),
            ("may_edit_username", _("Learners may change their usernames"), "", shown.may_edit_username),
        ],
    }
    return render(request, "school/settings.html", context, status=400 if errors else 200)


@require_POST
@open_to(admin)
def undo(request: PersonRequest) -> HttpResponse:
    """Put the settings back to what they were before the last change from this browser, but what was changed since."""
    step = request.session.pop(BEFORE, None)
    with transaction.atomic():
        services.hold(_school(request))
        school = _school(request)
        now = _kept(school.name, school_settings.read(school))
        before, after = (step["before"], step["after"]) if step else (now, now)
        back = {name: before[name] if now[name] == after[name] else now[name] for name in now}
        if back == now:
            raise NotHere(_("There is nothing to undo here any more."))
        services.rename(school, back["name"])
        school_settings.write(school, Settings.from_json({key: back[key] for key in back if key != "name"}))
    if back == before:
        messages.success(request, _("The settings are as they were before."))
    else:
        messages.success(request, _("Undone. What somebody has changed since then stays."))
    return redirect("kolibri:school:settings")


def _kept(name: str, settings: Settings) -> dict[str, Any]:
    """Return all that the page changes as a session keeps it."""
    return {"name": name, **settings.as_json()}


def _way(text: str | None, before: Way) -> Way:
    return Way(text) if text in set(Way) else before


def _write(request: PersonRequest, school: Facility, name: str, settings: Settings) -> dict[str, str]:
    """Write the name and the settings, both or neither, and return what is wrong by its field."""
    try:
        with transaction.atomic():
            serializer = FacilitySerializer(school, data={"name": name}, context={"request": request})
            if errors := field_errors(serializer):
                return errors
            school_settings.write(school, settings)
    except BadInput as error:
        return {str(error.field): str(error)}
    return {}


def _school(request: PersonRequest) -> Facility:
    """Return the admin's school. Raises Refused for one who runs another's only."""
    school: Facility = Facility.objects.select_related("dataset").get(pk=request.user.facility_id)
    if not request.user.has_role_for(role_kinds.ADMIN, school):
        raise Refused(_("You do not run this school."))
    return school
