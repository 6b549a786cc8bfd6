"""A lesson and its resources as a learner will see them, with the way back."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import picking
from kolibri.coach import rooms
from kolibri.core.content import services as content
from kolibri.errors import NotHere
from kolibri.ui import lessons as pages
from kolibri.ui import viewers
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(teacher)
def as_learner(request: PersonRequest, pk: str) -> HttpResponse:
    """The lesson's page as its learners have it, before they have opened anything."""
    lesson = rooms.taught_lesson(request, pk)
    seen = pages.seen(lesson, lambda node: reverse("kolibri:coach:preview", args=[lesson.pk, node]) + "?as=learner")
    context = {"lesson": lesson, "classroom": lesson.collection, "seen": seen, "people": lesson_page.people(lesson)}
    return render(request, "coach/as_learner.html", context)


@require_safe
@open_to(teacher)
def preview(request: PersonRequest, pk: str, node: str) -> HttpResponse:
    """One resource as learners will see it, with the way back to the lesson. Raises NotHere."""
    lesson = rooms.taught_lesson(request, pk)
    resource = content.resources_by_ids([node])[node]
    chosen = any(entry["contentnode_id"] == node for entry in lesson.resources)
    if resource.is_topic or (resource.missing and not chosen):
        raise NotHere(_("This resource is not on this computer."))
    node_here = content.node_or_missing(resource.shown_id, coach=True) if resource.shown_id else None
    context = {
        "lesson": lesson,
        "place": picking.place_in(request.GET),
        "resource": resource,
        "shown": viewers.viewer_of(request, node_here),
        "chosen": chosen,
        "as_learner": request.GET.get("as") == "learner",
    }
    return render(request, "coach/preview.html", context)
