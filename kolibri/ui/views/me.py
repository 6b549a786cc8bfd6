"""What people may change about themselves."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.auth import pictures
from kolibri.core.auth.backends import may_enter_with_pictures
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.serializers import FacilityUserSerializer
from kolibri.core.device import passwords
from kolibri.errors import Refused
from kolibri.ui.access import open_to
from kolibri.ui.access import signed_in
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


def _may(person: FacilityUser) -> dict[str, bool]:
    """Return which of their own fields the person may change: teachers their names, learners what the school says."""
    dataset, teaches = person.dataset, person.is_teacher
    return {
        "full_name": teaches or dataset.learner_can_edit_name,
        "username": person.is_admin or (not teaches and dataset.learner_can_edit_username),
        "password": teaches or dataset.learner_can_edit_password,
    }


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(signed_in)
def me(request: PersonRequest) -> HttpResponse:
    """Name and username; a POST changes those that the person may change. Raises Refused for others."""
    person = _fresh(request)
    if request.method != "POST":
        return _page(request, person)
    may = _may(person)
    typed = {name: request.POST[name] for name in ("full_name", "username") if name in request.POST}
    if any(not may[name] for name in typed):
        raise Refused(_("Ask your teacher to change this."))
    errors = field_errors(FacilityUserSerializer(person, data=typed, partial=True, context={"request": request}))
    if errors:
        return _page(request, _fresh(request), errors, {name: text.replace("\x00", "") for name, text in typed.items()})
    messages.success(request, _("Saved."))
    return redirect("kolibri:ui:me")


@sensitive_post_parameters("old_password", "password")
@require_POST
@open_to(signed_in)
def own_password(request: PersonRequest) -> HttpResponse:
    """Change the password (`password`) of who knows the one before (`old_password`); other sign-ins of theirs end."""
    person = _fresh(request)
    if not _may(person)["password"]:
        raise Refused(_("Ask your teacher to change this."))
    old, typed = request.POST.get("old_password", ""), request.POST.get("password", "")
    about = (person.username, person.full_name)
    errors: dict[str, str] = {}
    if person.has_own_password and not check_password(old, person.password):
        errors["old_password"] = _("This is not your password.")
    if not typed:
        errors["password"] = _("Write a password.")
    elif person.is_teacher and not passwords.strength(typed, about).is_enough:
        errors["password"] = passwords.sentence(typed, about)
    if not errors:
        data = {"password": typed}
        errors = field_errors(FacilityUserSerializer(person, data=data, partial=True, context={"request": request}))
    if errors:
        return _page(request, _fresh(request), errors)
    update_session_auth_hash(request, _fresh(request))
    messages.success(request, _("You have a new password."))
    return redirect("kolibri:ui:me")


def _fresh(request: PersonRequest) -> FacilityUser:
    found: FacilityUser = FacilityUser.objects.select_related("dataset", "facility__dataset").get(pk=request.user.pk)
    return found


def _page(
    request: PersonRequest,
    person: FacilityUser,
    errors: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "found": person,
        "may": _may(person),
        "typed": {"full_name": person.full_name, "username": person.username} | (typed or {}),
        "errors": errors or {},
        "pictures": pictures.read(person.picture_password) if may_enter_with_pictures(person) else [],
    }
    return render(request, "ui/me.html", context, status=400 if errors else 200)
