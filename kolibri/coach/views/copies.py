"""Lessons for other classes, and templates to begin a lesson with."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.core.auth import by_name
from kolibri.core.ids import hex_or_none
from kolibri.core.lessons import copies
from kolibri.errors import BadInput
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(teacher)
def copy(request: PersonRequest, pk: str) -> HttpResponse:
    """The classes that a copy may go to, with who would get it there; a POST makes it (`classroom`) and opens it."""
    lesson = rooms.taught_lesson(request, pk)
    if request.method == "POST":
        wanted = hex_or_none(request.POST.get("classroom"))
        if wanted is None:
            raise BadInput(_("Choose a class of the list."), field="classroom")
        classroom = rooms.taught_class(request, wanted)
        made = copies.copy_lesson(lesson, classroom, request.user)
        said = _("“%(title)s” is now in %(classroom)s, hidden until you show it.")
        messages.success(request, said % {"title": made.title, "classroom": classroom.name})
        return redirect("kolibri:coach:lesson", made.pk)
    classes = [one for one in rooms.classes_taught(request) if one.dataset_id == lesson.dataset_id]
    # Another class is what it is mostly copied for.
    classes.sort(key=lambda one: one.pk == lesson.collection_id)
    context = {
        "lesson": lesson,
        "classroom": lesson.collection,
        "places": copies.people_elsewhere(lesson, classes),
        "who": lesson_page.people(lesson).sentence,
    }
    return render(request, "coach/copy.html", context)


@require_POST
@open_to(teacher)
def keep_template(request: PersonRequest, pk: str) -> HttpResponse:
    """Keep the lesson as a template, for every teacher of the school."""
    lesson = rooms.taught_lesson(request, pk)
    template = copies.keep_as_template(lesson, request.user)
    messages.success(request, _("“%(title)s” is a template now, for every teacher.") % {"title": template.title})
    return redirect("kolibri:coach:templates", lesson.collection_id)


@require_safe
@open_to(teacher)
def templates(request: PersonRequest, pk: str) -> HttpResponse:
    """The school's templates, to begin a lesson of this class with. `?removed=` offers to take a removal back."""
    classroom = rooms.taught_class(request, pk)
    kept = copies.templates_of(classroom.parent_id).select_related("created_by")
    by_title = sorted(kept, key=lambda one: by_name.key(one.title))
    rows = [(template, template.permissions.can_write(request.user, template)) for template in by_title]
    gone = rooms.removed_template(request, classroom, hex_or_none(request.GET.get("removed")))
    return render(request, "coach/templates.html", {"classroom": classroom, "rows": rows, "gone": gone})


@require_POST
@open_to(teacher)
def use_template(request: PersonRequest, pk: str, template: str) -> HttpResponse:
    """Make a lesson of the class from the template, and open it."""
    classroom = rooms.taught_class(request, pk)
    made = copies.lesson_from(rooms.template(request, classroom, template), classroom, request.user)
    return redirect("kolibri:coach:lesson", made.pk)


@require_POST
@open_to(teacher)
def remove_template(request: PersonRequest, pk: str, template: str) -> HttpResponse:
    """Take the template out of the list, and offer to undo it."""
    classroom = rooms.taught_class(request, pk)
    found = rooms.own_template(request, classroom, template)
    copies.remove_template(found)
    address = redirect("kolibri:coach:templates", classroom.pk)
    address["Location"] += f"?removed={found.pk}"
    return address


@require_POST
@open_to(teacher)
def bring_template_back(request: PersonRequest, pk: str, template: str) -> HttpResponse:
    """Undo a removal."""
    classroom = rooms.taught_class(request, pk)
    copies.bring_template_back(rooms.own_template(request, classroom, template, removed=True))
    return redirect("kolibri:coach:templates", classroom.pk)
