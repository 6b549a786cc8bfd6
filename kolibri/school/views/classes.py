"""The school's classes, and who is in each."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST

from kolibri.core.auth import coaches
from kolibri.core.auth import new_learners
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.serializers import ClassroomSerializer
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.school import enrolment
from kolibri.school import rooms
from kolibri.school import steps_back
from kolibri.ui import undoing
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def class_list(request: PersonRequest) -> HttpResponse:
    """The classes; a POST makes one (`name`) and opens it. `?deleted=` offers to take a deletion back."""
    name = request.POST.get("name", "")
    errors: dict[str, str] = {}
    if request.method == "POST":
        data = {"name": name, "parent": request.user.facility_id}
        serializer = ClassroomSerializer(data=data, context={"request": request})
        errors = field_errors(serializer)
        if not errors:
            return redirect("kolibri:school:class", serializer.instance.pk)  # type: ignore[union-attr]
    context = {
        "classes": rooms.classes_run(request),
        "name": name.replace("\x00", ""),
        "errors": errors,
        "deleted": rooms.deleted_class(request, request.GET.get("deleted")),
        "deleted_classes": rooms.deleted_classes(request),
    }
    return render(request, "school/class_list.html", context, status=400 if errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def class_page(request: PersonRequest, pk: str) -> HttpResponse:
    """One class; a POST adds the learners in `names`. `?removed=`, `?coach=`, `?undo=` offer a step back."""
    classroom = rooms.class_run(request, pk)
    if request.method != "POST":
        return show_class(request, classroom)
    rows = enrolment.proposed(classroom, request.POST)
    made, errors = enrolment.add(classroom, rows, request.user)
    if made is None:
        context = {
            "rows": new_learners.with_errors(rows, errors),
            "names": request.POST.get("names", "")[: new_learners.LONGEST_TEXT].replace("\x00", ""),
            "errors": errors,
        }
        return show_class(request, classroom, context, status=400)
    said = ngettext("%(count)d learner was added.", "%(count)d learners were added.", len(rows))
    return undoing.offer(request, steps_back.a_list(made), said % {"count": len(rows)}, _address(classroom.pk))


def _address(pk: str) -> str:
    return reverse("kolibri:school:class", args=[pk])


@require_POST
@open_to(admin)
def usernames(request: PersonRequest, pk: str) -> HttpResponse:
    """The rows of usernames for the names typed so far."""
    rows = enrolment.proposed(rooms.class_run(request, pk), request.POST)
    return render(request, "school/_new_learners.html", {"rows": rows})


@require_POST
@open_to(admin)
def remove(request: PersonRequest, pk: str) -> HttpResponse:
    """Take a learner (`user`) out of the class, and offer to undo it."""
    classroom = rooms.class_run(request, pk)
    user = _id(request, "user")
    groups = enrolment.take_out(classroom, user)
    address = reverse("kolibri:school:class", args=[classroom.pk])
    return redirect(f"{address}?{urlencode([('removed', user), *(('group', group) for group in groups)])}")


@require_POST
@open_to(admin)
def bring_back(request: PersonRequest, pk: str) -> HttpResponse:
    """Undo a removal: `user` and the ids of the groups that he was in, `group` several times."""
    classroom = rooms.class_run(request, pk)
    groups = [group for text in request.POST.getlist("group") if (group := hex_or_none(text))]
    person = enrolment.bring_back(classroom, _id(request, "user"), groups[:1_000])
    messages.success(request, _("%(name)s is in the class again.") % {"name": person})
    return redirect("kolibri:school:class", classroom.pk)


def _id(request: PersonRequest, name: str) -> str:
    found = hex_or_none(request.POST.get(name))
    if found is None:
        raise BadInput(_("Choose a learner of the list."), field=name)
    return found


def show_class(
    request: PersonRequest, classroom: Classroom, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    """The page of one class; `more` is what a form that was refused adds to it."""
    learners = enrolment.learners_of(classroom)
    removed = hex_or_none(request.GET.get("removed"))
    gone: FacilityUser | None = None
    if removed and removed not in {learner.pk for learner in learners}:
        gone = _person_of(classroom, removed)
    groups = [group for text in request.GET.getlist("group") if (group := hex_or_none(text))]
    teachers = coaches.coaches_of(classroom)
    left = hex_or_none(request.GET.get("coach"))
    context = {
        "classroom": classroom,
        "learners": learners,
        "gone": gone,
        "groups": groups,
        "coaches": teachers,
        "candidates": coaches.candidates(classroom),
        "left": left and left not in {coach.pk for coach in teachers} and _person_of(classroom, left),
        "new_name": classroom.name,
        "undo": undoing.offered(request, request.GET.get("undo")),
    }
    return render(request, "school/class_page.html", {**context, **(more or {})}, status=status)


def _person_of(classroom: Classroom, pk: str) -> FacilityUser | None:
    found: FacilityUser | None = FacilityUser.objects.filter(pk=pk, dataset_id=classroom.dataset_id).first()
    return found
