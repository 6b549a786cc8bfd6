"""A class as a whole: its name, a copy of it, its deletion and the way back, and who teaches it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.auth import coaches
from kolibri.core.auth import services
from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.serializers import ClassroomSerializer
from kolibri.core.bin import services as bin_services
from kolibri.errors import BadInput
from kolibri.errors import NotHere
from kolibri.school import rooms
from kolibri.school import steps_back
from kolibri.school.class_forms import CopySerializer
from kolibri.school.views.classes import show_class
from kolibri.ui import undoing
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


@require_POST
@open_to(admin)
def rename(request: PersonRequest, pk: str) -> HttpResponse:
    """Give the class another name (`name`)."""
    classroom = rooms.class_run(request, pk)
    before, name = classroom.name, request.POST.get("name", "")
    data = {"name": name}
    errors = field_errors(ClassroomSerializer(classroom, data=data, partial=True, context={"request": request}))
    if errors:
        context = {"new_name": name.replace("\x00", ""), "errors": {"new_name": errors.get("name", "")}}
        return show_class(request, rooms.class_run(request, pk), context, status=400)
    said = _("“%(before)s” is called “%(name)s” now.") % {"before": before, "name": classroom.name}
    address = reverse("kolibri:school:class", args=[pk])
    return undoing.offer(request, steps_back.a_name(classroom, before), said, address)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def copy(request: PersonRequest, pk: str) -> HttpResponse:
    """A form for a class like this one; a POST (`name`, `with_learners`) makes it and opens it."""
    classroom = rooms.class_run(request, pk)
    errors: dict[str, str] = {}
    if request.method == "POST":
        name, with_learners = request.POST.get("name", ""), request.POST.get("with_learners") == "yes"
        data = {"name": name, "parent": classroom.parent_id, "with_learners": with_learners}
        serializer = CopySerializer(data=data, context={"request": request, "original": classroom})
        errors = field_errors(serializer)
        if not errors:
            messages.success(request, _("This is the copy of “%(name)s”.") % {"name": classroom.name})
            return redirect("kolibri:school:class", serializer.instance.pk)  # type: ignore[union-attr]
    else:
        assert classroom.parent is not None
        name = services.free_name(classroom.parent, collection_kinds.CLASSROOM, classroom.name)
        with_learners = True
    context = {
        "classroom": classroom,
        "name": name.replace("\x00", ""),
        "with_learners": with_learners,
        "errors": errors,
    }
    return render(request, "school/copy_class.html", context, status=400 if errors else 200)


@require_POST
@open_to(admin)
def delete(request: PersonRequest, pk: str) -> HttpResponse:
    """Delete the class and go to the list, where the way back is offered."""
    deletion = bin_services.delete(rooms.class_run(request, pk), request.user)
    return redirect(f"{reverse('kolibri:school:classes')}?deleted={deletion.pk}")


@require_POST
@open_to(admin)
def restore(request: PersonRequest, pk: str) -> HttpResponse:
    """Bring a deleted class back, and open it."""
    deletion = rooms.deleted_class(request, pk)
    if deletion is None:
        raise NotHere(_("There is nothing to undo here any more."))
    classroom = bin_services.bring_back(deletion)
    messages.success(request, _("“%(name)s” is here again.") % {"name": classroom.name})
    return redirect("kolibri:school:class", classroom.pk)


@require_POST
@open_to(admin)
def add_coach(request: PersonRequest, pk: str) -> HttpResponse:
    """Make somebody (`coach`) a teacher of the class."""
    classroom = rooms.class_run(request, pk)
    try:
        person = rooms.person_of_school(classroom, request.POST.get("coach"), "coach")
        coaches.add(classroom, person)
    except BadInput as error:
        return show_class(request, classroom, {"errors": {error.field: str(error)}}, status=400)
    messages.success(request, _("%(name)s teaches this class now.") % {"name": person})
    return redirect("kolibri:school:class", pk)


@require_POST
@open_to(admin)
def remove_coach(request: PersonRequest, pk: str) -> HttpResponse:
    """Take the class from a teacher (`coach`), and offer to undo it."""
    classroom = rooms.class_run(request, pk)
    person = rooms.person_of_school(classroom, request.POST.get("coach"), "coach")
    coaches.remove(classroom, person)
    return redirect(f"{reverse('kolibri:school:class', args=[pk])}?coach={person.pk}")
