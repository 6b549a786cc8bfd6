"""Several people at once: into a class, out of a class, out of the school; and each of it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http import QueryDict
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.auth import by_name
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.errors import NotHere
from kolibri.errors import Refused
from kolibri.school import many_people
from kolibri.school import people
from kolibri.school import rooms
from kolibri.school import steps_back
from kolibri.school.views.people import show_list
from kolibri.ui import undoing
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest


@require_POST
@open_to(admin)
def change(request: PersonRequest) -> HttpResponse:
    """Do (`do`: in, out, remove) something with the ticked people (`person`), and with a class (`classroom`)."""
    if not request.user.has_role_for(role_kinds.ADMIN, Facility(pk=request.user.facility_id)):
        raise Refused(_("You do not run this school."))
    choice = people.chosen(request.POST)
    errors: dict[str, str] = {}
    found = ticked(request.user.facility_id, request.POST)
    classroom = _classroom(request)
    does = request.POST.get("do", "")
    if not found:
        errors["person"] = _("Tick the people first.")
    if does not in ("in", "out", "remove"):
        errors["do"] = _("Choose what to do with them.")
    elif does != "remove" and classroom is None:
        errors["classroom"] = _("Choose a class.")
    if not errors:
        try:
            step, said = _do(request, does, found, classroom)
        except BadInput as error:
            errors[error.field] = str(error)
    if errors:
        marks = {"ticked": {person.pk for person in found}, "errors": errors}
        wanted = {"wanted_room": classroom.pk if classroom else ""}
        return show_list(request, request.POST, {**marks, **wanted}, status=400)
    number = request.POST.get("page", "")[:6]
    onward = reverse("kolibri:school:people") + choice.address(int(number) if number.isdecimal() else 1)
    return undoing.offer(request, step, said, onward)


@require_POST
@open_to(admin)
def undo(request: PersonRequest) -> HttpResponse:
    """Take back what was kept under `undo`, and go on to where it was done."""
    kept = undoing.offered(request, request.POST.get("undo"))
    if kept is None:
        raise NotHere(_("There is nothing to undo here any more."))
    left = steps_back.take(request, kept["step"])
    undoing.forget(request, kept["name"])
    messages.success(request, _("Undone: %(what)s") % {"what": kept["said"]})
    for sentence in left:
        messages.warning(request, sentence)
    return redirect(kept["onward"])


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def enrol(request: PersonRequest, pk: str) -> HttpResponse:
    """The school's learners who are not in the class, to search and tick; a POST puts the ticked into it."""
    classroom = rooms.class_run(request, pk)
    if request.method != "POST":
        return _enrol_page(request, classroom, request.GET)
    try:
        found = ticked(str(classroom.parent_id), request.POST)
        if not found:
            raise BadInput(_("Tick the people first."), code="required", field="person")
        step = many_people.put_in(classroom, found)
    except BadInput as error:
        return _enrol_page(request, classroom, request.POST, {"errors": {error.field: str(error)}}, status=400)
    address = reverse("kolibri:school:class", args=[pk])
    return undoing.offer(request, step, _now_in(step, classroom), address)


def ticked(facility_id: str, data: QueryDict) -> list[FacilityUser]:
    """Return the school's people whose ids a form sent as `person`."""
    ids = [one for text in data.getlist("person")[:1_000] if (one := hex_or_none(text))]
    return by_name.people(FacilityUser.objects.filter(facility_id=facility_id, pk__in=ids))


def _classroom(request: PersonRequest) -> Classroom | None:
    pk = hex_or_none(request.POST.get("classroom"))
    found: Classroom | None = (
        Classroom.objects.filter(pk=pk, parent_id=request.user.facility_id).first() if pk else None
    )
    return found


def _do(
    request: PersonRequest, does: str, found: list[FacilityUser], classroom: Classroom | None
) -> tuple[many_people.StepBack, str]:
    """Return the step back and a sentence about what was done."""
    if does == "remove" or classroom is None:
        step = many_people.remove(found, request.user)
        said = ngettext(
            "%(count)d person is not in the school any more.",
            "%(count)d people are not in the school any more.",
            len(found),
        )
        return step, said % {"count": len(found)}
    if does == "in":
        step = many_people.put_in(classroom, found)
        return step, _now_in(step, classroom)
    step = many_people.take_out(classroom, found)
    said = ngettext(
        "%(count)d person is not in “%(name)s” any more.",
        "%(count)d people are not in “%(name)s” any more.",
        len(step["people"]),
    )
    return step, said % {"count": len(step["people"]), "name": classroom.name}


def _now_in(step: many_people.StepBack, classroom: Classroom) -> str:
    count = len(step["people"])
    said = ngettext("%(count)d person is in “%(name)s” now.", "%(count)d people are in “%(name)s” now.", count)
    return said % {"count": count, "name": classroom.name}


def _enrol_page(
    request: PersonRequest,
    classroom: Classroom,
    data: QueryDict,
    more: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    choice = people.Choice(people.chosen(data).query, "learners", people.chosen(data).room)
    school = str(classroom.parent_id)
    inside = Membership.objects.filter(collection=classroom).order_by().values("user_id")
    names = people.rooms(school)
    page = people.page(school, names, people.find(school, choice).exclude(pk__in=inside), data.get("page", "1"))
    context = {
        "classroom": classroom,
        "choice": choice,
        "rooms": [(pk, name) for pk, name in names.items() if pk != classroom.pk],
        "page": page,
        "previous": choice.address(page.number - 1),
        "next": choice.address(page.number + 1),
        "ticked": set(data.getlist("person")),
        **(more or {}),
    }
    return render(request, "school/enrol.html", context, status=status)
