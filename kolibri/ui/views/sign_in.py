"""Signing in and out."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.auth import backends
from kolibri.core.auth import names_door
from kolibri.core.auth import signing_in
from kolibri.core.auth.models import Facility
from kolibri.core.auth.namesakes import namesakes
from kolibri.core.auth.ways import Way
from kolibri.errors import BadInput
from kolibri.errors import TooOften
from kolibri.ui import schools
from kolibri.ui.access import at_window
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to
from kolibri.ui.schools import Choice
from kolibri.ui.schools import keep_on_device


def safe_next(request: HttpRequest) -> str:
    """Return where to go on: a path of this server, else the first page."""
    onward = request.POST.get("next") or request.GET.get("next") or "/"
    is_own = onward.startswith("/") and url_has_allowed_host_and_scheme(onward, allowed_hosts=None)
    return onward if is_own else "/"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(everyone)
def sign_in(request: HttpRequest) -> HttpResponse:
    """One form. The answer to a wrong name and to a wrong password is the same."""
    if request.method != "POST" and request.user.is_authenticated:
        return redirect(safe_next(request))
    chosen = schools.choice(request)
    response = _first_page(request, chosen) if request.method != "POST" else _try(request, chosen)
    signing_in.remember_device(request, response)
    schools.remember(request, response, chosen)
    return response


def _try(request: HttpRequest, chosen: Choice) -> HttpResponse:
    username = request.POST.get("username", "").replace("\x00", "")
    try:
        if chosen.is_open:
            raise BadInput(_("Choose your school."), code="required", field="school")
        if not request.POST.get("password") and (learner := backends.who_presses_pictures(username, chosen.school)):
            address = reverse("kolibri:ui:pictures", args=[learner.pk])
            return redirect(f"{address}?{urlencode({'next': safe_next(request)})}")
        signing_in.sign_in(
            request,
            username,
            request.POST.get("password", ""),
            facility=chosen.school,
            stay="stay" in request.POST,
        )
    except TooOften as error:
        response = _page(request, chosen, username, str(error), status=error.status)
        response["Retry-After"] = str(error.wait)
        return response
    except BadInput as error:
        return _page(request, chosen, username, str(error), status=error.status)
    return redirect(safe_next(request))


@require_POST
@open_to(everyone)
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    signing_in.sign_out(request)
    return redirect("kolibri:ui:sign-in")


def _first_page(request: HttpRequest, chosen: Choice) -> HttpResponse:
    """Learners choose their names (`with=name`, the first page on their own devices); others type (`with=username`)."""
    way = request.GET.get("with", "username" if at_window(request) else "name")
    school = chosen.school
    # Where there are several schools, theirs is chosen on the form.
    if way == "name" and school is not None and not chosen.schools and names_door.shows_names(school):
        return _names(request, school)
    return _page(request, chosen)


def _names(request: HttpRequest, school: Facility) -> HttpResponse:
    """The classes, or the names of one (`class`); a school with a single class shows its names at once."""
    classes = names_door.classes(school)
    if not classes:
        return _page(request, Choice(school))
    # A device belongs to a class more often than not: what was chosen on it last is proposed.
    wanted = request.GET.get("class", request.COOKIES.get(settings.KOLIBRI_CLASS_COOKIE_NAME, ""))
    only = classes[0] if len(classes) == 1 else None
    typed = request.GET.get("name", "").replace("\x00", "")
    classroom = only or next((one for one in classes if one.pk == wanted), None)
    learners = names_door.learners(school, classroom) if classroom else []
    found = names_door.find(school, typed) if typed and classroom is None else []
    people = [*learners, *(person for person, _rooms in found)]
    context = {
        "school": school,
        "classes": classes,
        "classroom": classroom,
        "by_pictures": school.dataset.way_in is Way.PICTURES,
        "learners": learners,
        "typed": typed,
        "found": found,
        "namesakes": namesakes((person.pk, str(person)) for person in people),
        "next": safe_next(request),
    }
    response = render(request, "ui/sign_in_names.html", context)
    if classroom is not None and only is None:
        keep_on_device(response, settings.KOLIBRI_CLASS_COOKIE_NAME, classroom.pk)
    return response


def _page(request: HttpRequest, chosen: Choice, username: str = "", error: str = "", status: int = 200) -> HttpResponse:
    said = [chosen.school] if chosen.school else chosen.schools
    without_password = any(school.dataset.way_in is not Way.PASSWORD for school in said)
    context = {
        "username": username,
        "error": error,
        "error_id": "sign-in-error" if error else "",
        # Whoever has typed a username looks for the password next, and would type it where it can be read.
        "begins": {"password" if error and username else "username": True},
        "without_password": without_password,
        "shows_names": chosen.school is not None and not chosen.schools and names_door.shows_names(chosen.school),
        "school": chosen.school,
        "schools": chosen.schools,
        "next": safe_next(request),
    }
    return render(request, "ui/sign_in.html", context, status=status)
