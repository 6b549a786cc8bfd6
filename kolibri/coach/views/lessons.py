"""The lesson's one page: title, note, people, resources, visibility; everything saves by itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.http import QueryDict
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import picking
from kolibri.coach import rooms
from kolibri.core.content.own import adding
from kolibri.core.content.own import limits
from kolibri.core.content.own import receiving
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.serializers import LessonSerializer
from kolibri.core.lessons.serializers import PlannedLessonSerializer
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest
from kolibri.ui.saving import field_errors

# What the page's form may send; `sent` says which of them a request is about. A note is sent as `note-<id>`.
FIELDS = ("title", "description", "is_active", "people", "term", "days")
TEXTS = ("title", "description", "term")
DAYS = ("starts_on", "due_on")
NOTE = "note-"


@require_POST
@open_to(teacher)
def new(request: PersonRequest, pk: str) -> HttpResponse:
    """Make a hidden lesson for the whole class and open it, so that there is nothing to lose."""
    classroom = rooms.taught_class(request, pk)
    title = services.free_title(classroom, _("New lesson"))
    serializer = LessonSerializer(
        data={"title": title, "collection": classroom.pk, "is_active": False}, context={"request": request}
    )
    serializer.is_valid(raise_exception=True)
    lesson = serializer.save()
    return redirect(f"{reverse('kolibri:coach:lesson', args=[lesson.pk])}?new=1")


@require_safe
@open_to(teacher)
def show(request: PersonRequest, pk: str) -> HttpResponse:
    """Show the lesson."""
    lesson = rooms.taught_lesson(request, pk)
    return render(request, "coach/lesson.html", page_context(request, lesson))


@require_POST
@open_to(teacher)
def save(request: PersonRequest, pk: str) -> HttpResponse:
    """Save the fields named in `sent` and answer with the state, the count of people and the undo."""
    with transaction.atomic():
        # Notes are kept together: two of them that are saved at once must not lose one another.
        lesson = rooms.taught_lesson(request, pk, lock=True)
        sent = [name for name in request.POST.getlist("sent") if name in FIELDS or name.startswith(NOTE)]
        change, errors = write(request, lesson, _values(request, lesson, sent))
    if not request.htmx:
        if errors:
            return render(request, "coach/lesson.html", page_context(request, lesson, errors=errors), status=400)
        return redirect(picking.place_in(request.POST).address(lesson))
    said = [name for name in (*TEXTS, *(DAYS if "days" in sent else ())) if name in (*sent, *DAYS)]
    context: dict[str, Any] = {
        "lesson": lesson,
        "errors": errors,
        "change": change,
        "said": [(name, errors.get(name, "")) for name in said],
        "is_renamed": "title" in sent and "title" not in errors,
    }
    if "people" in sent:
        context["people"] = lesson_page.people(lesson)
        ticked = [*request.POST.getlist("assignments"), *request.POST.getlist("learner_ids")]
        # Beside the whole class the others' ticks count for nothing, and anew when it goes.
        context["ticked"] = lesson.collection_id if lesson.collection_id in ticked else ",".join(ticked)
    return render(request, "coach/_saved.html", context, status=422 if errors else 200)


@require_POST
@open_to(teacher)
def visible(request: PersonRequest, pk: str) -> HttpResponse:
    """Show the lesson to learners or hide it, from the class's list."""
    lesson = rooms.taught_lesson(request, pk)
    change, errors = write(request, lesson, {"is_active": "is_active" in request.POST})
    if not request.htmx:
        return redirect("kolibri:coach:class", lesson.collection_id)
    context = {"lesson": lesson, "change": change, "errors": errors, "stay": "class"}
    return render(request, "coach/_saved.html", context, status=422 if errors else 200)


@require_POST
@open_to(teacher)
def archive(request: PersonRequest, pk: str) -> HttpResponse:
    """Put the lesson into the archive, where learners do not see it, or take it out; the class offers the undo."""
    lesson = rooms.taught_lesson(request, pk)
    change, _errors = write(request, lesson, {"is_archived": "is_archived" in request.POST})
    address = reverse("kolibri:coach:class", args=[lesson.collection_id])
    return redirect(f"{address}?undo={change.pk}" if change else address)


@require_POST
@open_to(teacher)
def delete(request: PersonRequest, pk: str) -> HttpResponse:
    """Delete the lesson and go to its class, where the way back is offered."""
    lesson = rooms.taught_lesson(request, pk)
    change = services.delete_lesson(lesson, request.user)
    return redirect(f"{reverse('kolibri:coach:class', args=[change.collection_id])}?undo={change.pk}")


def write(request: PersonRequest, lesson: Lesson, values: dict[str, Any]) -> tuple[LessonChange | None, dict[str, str]]:
    """Write `values` through the lesson's serializer; return the change and a sentence per faulty field."""
    before = services.latest_change(lesson.pk)
    serializer = PlannedLessonSerializer(lesson, data=values, partial=True, context={"request": request})
    errors = field_errors(serializer)
    after = None if errors else services.latest_change(lesson.pk)
    return (after if after != before else None), errors


def page_context(request: PersonRequest, lesson: Lesson, errors: dict[str, str] | None = None) -> dict[str, Any]:
    """Return what the lesson's templates need."""
    plan = plans.plan_of(lesson.pk)
    kept = {
        "title": lesson.title,
        "description": lesson.description,
        "term": plan.term,
        **{name: day.isoformat() if (day := getattr(plan, name)) else "" for name in DAYS},
    }
    return {
        "lesson": lesson,
        "classroom": lesson.collection,
        "people": lesson_page.people(lesson),
        **chosen_context(lesson, plan),
        "change": services.latest_change(lesson.pk),
        "errors": errors or {},
        "typed": {name: request.POST.get(name, value) if errors else value for name, value in kept.items()},
        "plan": plan,
        "day_fields": [("starts_on", _("Begins on")), ("due_on", _("Due on"))],
        "terms": plans.terms_of(lesson.collection_id),
        "fields": FIELDS,
        "picker": picking.picker(lesson, picking.place_in(request.GET)),
        "is_new": "new" in request.GET,
        "own_offered": adding.is_shown(),
        "own_most": limits.MOST_BYTES,
        "own_large": str(receiving.too_large()),
        "own_most_files": settings.DATA_UPLOAD_MAX_NUMBER_FILES,
        "own_many": str(receiving.too_many()),
    }


def chosen_context(lesson: Lesson, plan: plans.Plan) -> dict[str, Any]:
    """Return what the list of the lesson's resources needs: each with its note, their size, what is lost."""
    found = lesson_page.resources(lesson)
    return {
        "resources": [(resource, plan.notes.get(resource.id, "")) for resource in found],
        "size": lesson_page.size_of(found),
        "lost": lesson_page.lost(found),
    }


def _values(request: PersonRequest, lesson: Lesson, sent: list[str]) -> dict[str, Any]:
    """Return the serializer's values for what the form sent; an unticked box is not sent by a browser."""
    form = request.POST
    values: dict[str, Any] = {name: form.get(name, "") for name in TEXTS if name in sent}
    if "is_active" in sent:
        values["is_active"] = "is_active" in form
    if "people" in sent:
        values |= _people(form, lesson)
    if "days" in sent:
        values |= {name: form.get(name) or None for name in DAYS}
    if noted := {name.removeprefix(NOTE): form.get(name, "") for name in sent if name.startswith(NOTE)}:
        known = {entry["contentnode_id"] for entry in lesson.resources}
        written = {node: note for node, note in noted.items() if node in known}
        values["notes"] = plans.plan_of(lesson.pk).notes | written
    return values


def _people(form: QueryDict, lesson: Lesson) -> dict[str, list[str]]:
    """Return whom the lesson is for when what was ticked and unticked in this window is done to what is there now.

    `people_were` has the ticks that the window showed at the last answer, and `people_sent` those of what it has sent
    since without getting one. What another window changed meanwhile stays.
    """
    ticked = {name: set(form.getlist(name)) for name in ("assignments", "learner_ids")}
    if (shown := form.get("people_were")) is not None:
        were = set(str(shown).split(","))
        gone = were.union(form.get("people_sent", "").split(",")).difference(*ticked.values())
        there = lesson_page.still_there(lesson)
        ticked = {name: (there[name] - gone) | (ids - were) for name, ids in ticked.items()}
    if lesson.collection_id in ticked["assignments"]:
        return {"assignments": [lesson.collection_id], "learner_ids": []}
    return {name: sorted(ids) for name, ids in ticked.items()}
