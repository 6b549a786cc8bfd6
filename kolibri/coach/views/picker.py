"""Choosing resources: browse or search beside the lesson, tick to add, and see each as learners will."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.coach.views.lessons import write
from kolibri.core.content import services as content
from kolibri.core.lessons.models import Lesson
from kolibri.errors import NotHere
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(teacher)
def pick(request: PersonRequest, pk: str) -> HttpResponse:
    """The folder named by `topic`, what matches `q`, or the channels."""
    lesson = rooms.taught_lesson(request, pk)
    context = {"lesson": lesson, **picker_context(request, lesson)}
    if request.htmx:
        return render(request, "coach/_picker.html", context)
    return redirect("kolibri:coach:lesson", lesson.pk)


@require_POST
@open_to(teacher)
def change(request: PersonRequest, pk: str) -> HttpResponse:
    """Add (`add`), take out (`remove`) or move (`order`) resources; `pick`, with `on` or without, is a tick."""
    with transaction.atomic():
        # Read in the transaction that writes: two quick ticks must not lose one another.
        lesson = rooms.taught_lesson(request, pk, lock=True)
        made, errors = write(request, lesson, {"resources": _new_resources(request, lesson)})
    if not request.htmx:
        return redirect("kolibri:coach:lesson", lesson.pk)
    context: dict[str, Any] = {
        "lesson": lesson,
        "resources": lesson_page.resources(lesson),
        "change": made,
        "errors": errors,
        "oob": "order" not in request.POST,
    }
    return render(request, "coach/_chosen_changed.html", context, status=422 if errors else 200)


@require_safe
@open_to(teacher)
def preview(request: PersonRequest, pk: str, node: str) -> HttpResponse:
    """One resource as learners will see it, with the way back to the lesson."""
    lesson = rooms.taught_lesson(request, pk)
    resource = content.resources_by_ids([node])[node]
    context = {
        "lesson": lesson,
        "resource": resource,
        "node": content.node_or_missing(resource.shown_id, coach=True) if resource.shown_id else None,
        "chosen": any(entry["contentnode_id"] == node for entry in lesson.resources),
    }
    return render(request, "coach/preview.html", context)


def picker_context(request: PersonRequest, lesson: Lesson) -> dict[str, Any]:
    """Return the rows of the picker: `rows`, `path` to the folder, `query`, and the ids already chosen."""
    query, topic = request.GET.get("q", "").strip(), request.GET.get("topic", "")
    chosen = {entry["contentnode_id"] for entry in lesson.resources}
    context: dict[str, Any] = {"query": query, "topic": topic, "chosen": chosen}
    if query:
        return context | {"rows": content.find(query, coach=True), "path": []}
    if topic:
        try:
            opened = content.browse(topic, coach=True)
        except NotHere:
            opened = None
        if opened is not None:
            return context | {"rows": opened.items, "path": opened.path}
    channels = content.list_channels()
    if len(channels) == 1:
        return context | {"rows": content.browse(channels[0].root_id, coach=True).items, "path": []}
    return context | {"channels": channels, "rows": [], "path": []}


def _new_resources(request: PersonRequest, lesson: Lesson) -> list[dict[str, str]]:
    """Return the lesson's resources as the request wants them; unknown ids are left out."""
    entries = {entry["contentnode_id"]: entry for entry in lesson.resources}
    order = list(entries)
    if "order" in request.POST:
        wanted = [pk for pk in request.POST.getlist("order") if pk in entries]
        # What another window added meanwhile stays, at the end.
        order = list(dict.fromkeys(wanted)) + [pk for pk in order if pk not in wanted]
    picked = request.POST.getlist("pick")
    removed = request.POST.getlist("remove") + ([] if "on" in request.POST else picked)
    added = request.POST.getlist("add") + (picked if "on" in request.POST else [])
    order = [pk for pk in order if pk not in removed]
    added = [pk for pk in added if pk not in entries]
    for pk, resource in content.resources_by_ids(added).items():
        if resource.missing or resource.is_topic:
            continue
        entries[pk] = {"contentnode_id": pk, "content_id": resource.content_id, "channel_id": resource.channel_id}
        order.append(pk)
    return [entries[pk] for pk in order]
