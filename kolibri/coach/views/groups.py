"""Groups of a class: a name and ticks beside the learners, deletion and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.coach import group_steps
from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.core.auth import random_groups
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.serializers import LearnerGroupSerializer
from kolibri.core.bin import services as bin_services
from kolibri.errors import NotHere
from kolibri.ui import undoing
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(teacher)
def new(request: PersonRequest, pk: str) -> HttpResponse:
    """Make a group of the class."""
    classroom = rooms.taught_class(request, pk)
    return _form(request, classroom, None)


@require_POST
@open_to(teacher)
def by_chance(request: PersonRequest, pk: str) -> HttpResponse:
    """Divide the class into groups of about `each` learners."""
    classroom = rooms.taught_class(request, pk)
    text = request.POST.get("each", "")
    each = int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
    made = random_groups.make(classroom, lesson_page.learners_of(classroom), each, _("Group"))
    said = ngettext("%(count)d group was made.", "%(count)d groups were made.", len(made))
    return undoing.offer(request, group_steps.made(made), said % {"count": len(made)}, _address(classroom))


@require_POST
@open_to(teacher)
def undo(request: PersonRequest, pk: str) -> HttpResponse:
    """Take back what was done with groups of the class and kept under `undo`."""
    classroom = rooms.taught_class(request, pk)
    kept = undoing.offered(request, request.POST.get("undo"))
    if kept is None or not group_steps.take(classroom, kept["step"], request.user):
        raise NotHere(_("There is nothing to undo here any more."))
    undoing.forget(request, kept["name"])
    messages.success(request, _("Undone: %(what)s") % {"what": kept["said"]})
    return redirect(kept["onward"])


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(teacher)
def group_page(request: PersonRequest, pk: str) -> HttpResponse:
    """Rename a group, and say who is in it."""
    group = rooms.taught_group(request, pk)
    return _form(request, rooms.taught_class(request, str(group.parent_id)), group)


@require_POST
@open_to(teacher)
def delete(request: PersonRequest, pk: str) -> HttpResponse:
    """Delete the group and go to its class, where the way back is offered."""
    group = rooms.taught_group(request, pk)
    deletion = bin_services.delete(group, request.user)
    return redirect(f"{reverse('kolibri:coach:class', args=[group.parent_id])}?deleted={deletion.pk}")


@require_POST
@open_to(teacher)
def restore(request: PersonRequest, pk: str) -> HttpResponse:
    """Bring a deleted group back into its class."""
    deletion = rooms.deleted_group(request, pk)
    if deletion is None:
        raise NotHere(_("There is nothing to undo here any more."))
    group = bin_services.bring_back(deletion)
    messages.success(request, _("“%(name)s” is here again.") % {"name": group.name})
    return redirect("kolibri:coach:class", group.parent_id)


def _address(classroom: Classroom) -> str:
    return reverse("kolibri:coach:class", args=[classroom.pk])


def _form(request: PersonRequest, classroom: Classroom, group: LearnerGroup | None) -> HttpResponse:
    errors: dict[str, str] = {}
    name = group.name if group else ""
    chosen = {person.pk for person in lesson_page.learners_of(group)} if group else set()
    called, before = name, chosen
    if request.method == "POST":
        name, chosen = request.POST.get("name", ""), set(request.POST.getlist("learner_ids"))
        data = {"name": name, "parent": classroom.pk, "learner_ids": sorted(chosen)}
        serializer = LearnerGroupSerializer(group, data=data, context={"request": request})
        errors = field_errors(serializer)
        if not errors:
            said = _("“%(name)s” is saved.") % {"name": name.strip()}
            step = (
                group_steps.changed(group, called, before, chosen) if group else group_steps.made([serializer.instance])  # type: ignore[list-item]
            )
            return undoing.offer(request, step, said, _address(classroom))
    learners = [
        lesson_page.LearnerChoice(person.pk, str(person), person.username, person.pk in chosen)
        for person in lesson_page.learners_of(classroom)
    ]
    context = {"classroom": classroom, "group": group, "name": name, "learners": learners, "errors": errors}
    return render(request, "coach/group.html", context, status=400 if errors else 200)
