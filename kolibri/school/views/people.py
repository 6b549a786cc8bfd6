"""The school's people: finding, changing, giving a password, removing and bringing back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http import QueryDict
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import by_name
from kolibri.core.auth import people as held_rights
from kolibri.core.auth import pictures
from kolibri.core.auth import services
from kolibri.core.auth.backends import may_enter_with_pictures
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.people import Rights
from kolibri.core.auth.serializers import FacilityUserSerializer
from kolibri.core.device import passwords
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.errors import NotHere
from kolibri.school import many_people
from kolibri.school import people
from kolibri.school import person_forms
from kolibri.school import rooms
from kolibri.school import steps_back
from kolibri.school.person_forms import COLUMNS
from kolibri.school.person_forms import PersonSerializer
from kolibri.ui import undoing
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


@require_safe
@open_to(admin)
def people_list(request: PersonRequest) -> HttpResponse:
    """Everybody of the school, found by name, username or number.

    `?removed=` and `?undo=` offer to take back what led here.
    """
    removed = hex_or_none(request.GET.get("removed"))
    gone = removed and rooms.everybody(request).filter(pk=removed, date_deleted__isnull=False).first()
    return show_list(request, request.GET, {"gone": gone})


def show_list(request: PersonRequest, choice: QueryDict, more: dict[str, Any], status: int = 200) -> HttpResponse:
    """The list as `choice` narrows it; `more` is what a form that was refused adds to it."""
    chosen = people.chosen(choice)
    facility_id = request.user.facility_id
    names = people.rooms(facility_id)
    page = people.page(facility_id, names, people.find(facility_id, chosen), choice.get("page", "1"))
    context = {
        "choice": chosen,
        "choices": people.choices(),
        "rooms": names.items(),
        "page": page,
        "previous": chosen.address(page.number - 1),
        "next": chosen.address(page.number + 1),
        "wanted_room": chosen.room,
        "undo": undoing.offered(request, choice.get("undo")),
        **more,
    }
    return render(request, "school/people.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def person(request: PersonRequest, pk: str) -> HttpResponse:
    """One person; a POST changes the columns of the form. `?undo=` offers a step back."""
    found = rooms.person_run(request, pk)
    if request.method != "POST":
        return _person_page(request, found)
    before = {name: getattr(found, name) for name in COLUMNS}
    typed = {"full_name": "", "username": ""} | {name: request.POST[name] for name in COLUMNS if name in request.POST}
    errors = field_errors(PersonSerializer(found, data=typed, partial=True, context={"request": request}))
    if errors:
        there = rooms.person_run(request, pk)
        shown = person_forms.shown(there) | {name: value.replace("\x00", "") for name, value in typed.items()}
        return _person_page(request, there, {"errors": errors, "typed": shown}, status=400)
    step = steps_back.a_person(found, before)
    return _changed(request, found, step if step["changes"] else None)


@require_POST
@open_to(admin)
def password(request: PersonRequest, pk: str) -> HttpResponse:
    """Give the person another password (`password`); wherever they are signed in, they are signed out."""
    found = rooms.person_run(request, pk)
    typed = request.POST.get("password", "")
    errors: dict[str, str] = {}
    if not typed:
        errors["password"] = _("Write a password.")
    elif found.is_teacher and not passwords.strength(typed, (found.username, found.full_name)).is_enough:
        errors["password"] = passwords.sentence(typed, (found.username, found.full_name))
    else:
        data = {"password": typed}
        errors = field_errors(FacilityUserSerializer(found, data=data, partial=True, context={"request": request}))
    if errors:
        return _person_page(request, rooms.person_run(request, pk), {"errors": errors}, status=400)
    messages.success(request, _("%(name)s has a new password.") % {"name": found})
    return redirect("kolibri:school:person", pk)


@require_POST
@open_to(admin)
def other_pictures(request: PersonRequest, pk: str) -> HttpResponse:
    """Give the learner three other pictures; those from before open nothing any more. Raises BadInput for others."""
    found = rooms.person_run(request, pk)
    if not may_enter_with_pictures(found):
        raise BadInput(_("This person does not sign in with pictures."), code="no_pictures")
    services.change_pictures(found)
    messages.success(request, _("%(name)s has new pictures.") % {"name": found})
    return redirect("kolibri:school:person", pk)


@require_POST
@open_to(admin)
def rights(request: PersonRequest, pk: str) -> HttpResponse:
    """Say what the person may do: `rights`, and `classes` for a teacher of some."""
    found = rooms.person_run(request, pk)
    before = held_rights.rights_of(found)
    wanted = request.POST.get("rights", "")
    ids = [one for text in request.POST.getlist("classes") if (one := hex_or_none(text))]
    try:
        if wanted not in set(Rights):
            raise BadInput(_("Choose what this person may do."), code="invalid", field="rights")
        classes = Classroom.objects.filter(parent_id=found.facility_id, pk__in=ids[:1_000])
        held_rights.set_rights(found, Rights(wanted), classes, request.user)
    except BadInput as error:
        more = {"errors": {error.field: str(error)}, "wanted": wanted, "ticked": set(ids)}
        return _person_page(request, rooms.person_run(request, pk), more, status=400)
    changed = held_rights.rights_of(found) != before
    return _changed(request, found, steps_back.some_rights(found, before) if changed else None)


@require_POST
@open_to(admin)
def classes(request: PersonRequest, pk: str) -> HttpResponse:
    """Say in which classes (`classes`) the person learns."""
    found = rooms.person_run(request, pk)
    wanted = person_forms.classes_of(found.facility_id, request.POST)
    return _changed(request, found, many_people.learn_in(found, wanted))


@require_POST
@open_to(admin)
def remove(request: PersonRequest, pk: str) -> HttpResponse:
    """Take the person out of the school, and offer to undo it."""
    held_rights.remove(rooms.person_run(request, pk), request.user)
    return redirect(f"{reverse('kolibri:school:people')}?removed={pk}")


@require_POST
@open_to(admin)
def bring_back(request: PersonRequest, pk: str) -> HttpResponse:
    """Undo a removal."""
    found = rooms.everybody(request).filter(pk=pk, date_deleted__isnull=False).first()
    if found is None:
        raise NotHere(_("Nobody is to be brought back here."))
    held_rights.bring_back(found)
    messages.success(request, _("%(name)s is here again.") % {"name": found})
    return redirect("kolibri:school:person", pk)


def _changed(request: PersonRequest, found: FacilityUser, step: many_people.StepBack | None) -> HttpResponse:
    """Go back to the person's page; what was changed can be undone there."""
    address = reverse("kolibri:school:person", args=[found.pk])
    if step is None:
        messages.success(request, _("Saved."))
        return redirect(address)
    return undoing.offer(request, step, _("%(name)s was changed.") % {"name": found}, address)


def _person_page(
    request: PersonRequest, found: FacilityUser, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    held = held_rights.rights_of(found)
    more = more or {}
    wanted = more.get("wanted", held.rights)
    ticked = more.get("ticked", held.classes)
    classes = by_name.places(Classroom.objects.filter(parent_id=found.facility_id))
    learns = set(found.memberships.values_list("collection_id", flat=True))
    context = {
        "found": found,
        "typed": person_forms.shown(found),
        "genders": person_forms.genders(),
        "rights": [(kind.value, people.word(kind), kind == wanted) for kind in Rights],
        "classes": [(classroom, classroom.pk in ticked) for classroom in classes],
        "learns": [(classroom, classroom.pk in learns) for classroom in classes],
        "is_oneself": found.pk == request.user.pk,
        "way": found.facility.dataset.way_in,
        "presses": may_enter_with_pictures(found),
        "pictures": pictures.read(found.picture_password),
        "undo": undoing.offered(request, request.GET.get("undo")),
        **more,
    }
    return render(request, "school/person.html", context, status=status)
