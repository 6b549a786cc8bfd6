"""Choosing resources: browse or search beside the lesson, and tick to add."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import picking
from kolibri.coach import rooms
from kolibri.coach.views.lessons import chosen_context
from kolibri.coach.views.lessons import page_context
from kolibri.coach.views.lessons import write
from kolibri.core.content import services as content
from kolibri.core.lessons import plans
from kolibri.core.lessons.models import Lesson
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(teacher)
def pick(request: PersonRequest, pk: str) -> HttpResponse:
    """The folder named by `topic`, what matches `q`, or the channels; the lesson's address remembers which."""
    lesson = rooms.taught_lesson(request, pk)
    place = picking.place_in(request.GET)
    address = place.address(lesson)
    if not request.htmx:
        return redirect(address)
    answer = render(request, "coach/_picker.html", {"lesson": lesson, "picker": picking.picker(lesson, place)})
    answer["HX-Replace-Url"] = address
    return answer


@require_POST
@open_to(teacher)
def change(request: PersonRequest, pk: str) -> HttpResponse:
    """Add (`add`), take out (`remove`) or move (`order`) resources; `show` asks a fragment for the list as it is."""
    with transaction.atomic():
        # Read in the transaction that writes: two quick ticks must not lose one another.
        lesson = rooms.taught_lesson(request, pk, lock=True)
        made, errors = write(request, lesson, {"resources": _new_resources(request, lesson)})
    if not request.htmx:
        if errors:
            return render(request, "coach/lesson.html", page_context(request, lesson, errors=errors), status=400)
        return redirect(picking.place_in(request.POST).address(lesson))
    context: dict[str, Any] = {
        "lesson": lesson,
        **chosen_context(lesson, plans.plan_of(lesson.pk)),
        "change": made,
        "errors": errors,
        # What was only moved stands in its new order already, under the hand that moves it.
        "oob": "show" in request.POST,
    }
    return render(request, "coach/_chosen_changed.html", context, status=422 if errors else 200)


def _new_resources(request: PersonRequest, lesson: Lesson) -> list[dict[str, str]]:
    """Return the lesson's resources as the request wants them; unknown ids are left out."""
    entries = {entry["contentnode_id"]: entry for entry in lesson.resources}
    order = list(entries)
    if "order" in request.POST:
        wanted = [pk for pk in request.POST.getlist("order") if pk in entries]
        # What another window added meanwhile stays, at the end.
        order = list(dict.fromkeys(wanted)) + [pk for pk in order if pk not in wanted]
    removed = set(request.POST.getlist("remove"))
    added = [pk for pk in request.POST.getlist("add") if pk not in entries]
    order = [pk for pk in order if pk not in removed]
    for pk, resource in content.resources_by_ids(added).items():
        if resource.missing or resource.is_topic:
            continue
        entries[pk] = {"contentnode_id": pk, "content_id": resource.content_id, "channel_id": resource.channel_id}
        order.append(pk)
    return [entries[pk] for pk in order]
