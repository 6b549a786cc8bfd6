"""What a learner sees: his lessons, one lesson, one resource, and the library.

A lesson that is hidden, or for somebody else, does not exist here, whoever asks.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.core.content import constants
from kolibri.core.content import services as content
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger import services as logger
from kolibri.errors import NotHere
from kolibri.learn import lessons
from kolibri.learn import library as shelves
from kolibri.learn import visits
from kolibri.ui import lessons as pages
from kolibri.ui.access import library_reader
from kolibri.ui.access import open_to
from kolibri.ui.access import signed_in
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(signed_in)
def lesson_list(request: PersonRequest) -> HttpResponse:
    """The learner's lessons, in the order that the teacher gave them."""
    found = list(_lessons(request).select_related("collection").order_by("-date_created", "pk"))
    context = {"classes": lessons.by_class(found, request.user), "library_is_open": library_reader.allows(request)}
    return render(request, "learn/lesson_list.html", context)


@require_safe
@open_to(signed_in)
def lesson(request: PersonRequest, pk: str) -> HttpResponse:
    """A lesson's note and resources, in the teacher's order."""
    found = _lesson(request, pk)
    seen = pages.seen(
        found,
        lambda node: reverse("kolibri:learn:resource", args=[found.pk, node]),
        lambda works: logger.standings(request.user, works),
    )
    return render(request, "learn/lesson.html", {"lesson": found, "seen": seen})


@require_safe
@open_to(signed_in)
def resource(request: PersonRequest, pk: str, node: str) -> HttpResponse:
    """One resource of the lesson, with the one before and the one after it."""
    found = _lesson(request, pk)
    resources = pages.resources_of(found)
    place = next((i for i, entry in enumerate(resources) if entry.id == node), None)
    if place is None:
        raise NotHere(_("This resource is not part of the lesson any more. Go back to the lesson."))
    shown = resources[place]
    work = content.node_or_missing(shown.shown_id, coach=True) if shown.shown_id else None
    context: dict[str, Any] = {
        **visits.opened(request, work),
        "lesson": found,
        "resource": shown,
        "note": plans.plan_of(found.pk).notes.get(node, ""),
        "number": place + 1,
        "count": len(resources),
        "previous": resources[place - 1] if place else None,
        "next": resources[place + 1] if place + 1 < len(resources) else None,
    }
    return render(request, "learn/resource.html", context)


@require_safe
@open_to(library_reader)
def library(request: PersonRequest) -> HttpResponse:
    """The folder named by `topic`, what matches `q`, or the channels of this computer."""
    query = request.GET.get("q", "").replace("\x00", "").strip()[:100]
    shown = shelves.shelf(request.user, folder=request.GET.get("topic", ""), query=query)
    return render(request, "learn/library.html", {"shelf": shown})


@require_safe
@open_to(library_reader)
def library_resource(request: PersonRequest, node: str) -> HttpResponse:
    """One resource of the library, with the way to its folder."""
    work = content.node_or_missing(node, coach=False)
    if work.kind == constants.TOPIC:
        return redirect(f"{reverse('kolibri:learn:library')}?topic={work.pk}")
    shown = content.resources_by_ids([work.pk])[work.pk]
    context = {**visits.opened(request, work), "resource": shown, "path": content.folder_path(work), "note": ""}
    return render(request, "learn/library_resource.html", context)


def _lessons(request: PersonRequest) -> Any:
    return Lesson.objects.active().for_user(request.user)


def _lesson(request: PersonRequest, pk: str) -> Lesson:
    found: Lesson | None = _lessons(request).select_related("collection").filter(pk=pk).first()
    if found is None:
        raise NotHere(_("This lesson is not here any more. Ask your teacher, or go back to your lessons."))
    return found
