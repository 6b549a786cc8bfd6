"""Sheets of a class for paper: cards to sign in with, and a list with empty columns."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.core.auth import names_door
from kolibri.core.auth import pictures
from kolibri.core.auth import services
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.ways import Way
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest

MOST_COLUMNS = 10


@require_safe
@open_to(teacher)
def cards(request: PersonRequest, pk: str) -> HttpResponse:
    """A card for each learner, or for those in `learner`; without the address, which changes."""
    classroom = rooms.taught_class(request, pk)
    learners = lesson_page.learners_of(classroom)
    wanted = set(request.GET.getlist("learner"))
    school = Facility.objects.select_related("dataset").get(pk=classroom.parent_id)
    context = {
        "classroom": classroom,
        "school": school,
        "learners": learners,
        "chosen": [
            (learner, pictures.read(learner.picture_password))
            for learner in learners
            if not wanted or learner.pk in wanted
        ],
        "wanted": wanted,
        "door": names_door.door_of(school),
        "without": _without_pictures(school, learners),
    }
    return render(request, "coach/cards.html", context)


@require_POST
@open_to(teacher)
def give_pictures(request: PersonRequest, pk: str) -> HttpResponse:
    """Give pictures to the class's learners who have none, where the school signs in by them."""
    classroom = rooms.taught_class(request, pk)
    school = Facility.objects.select_related("dataset").get(pk=classroom.parent_id)
    if school.dataset.way_in is Way.PICTURES:
        services.give_pictures(school, [learner.pk for learner in lesson_page.learners_of(classroom)])
    return redirect("kolibri:coach:cards", pk)


def _without_pictures(school: Facility, learners: list[FacilityUser]) -> int:
    """Return how many of the learners should have pictures and have none; one query at most."""
    if school.dataset.way_in is not Way.PICTURES or not learners:
        return 0
    return pictures.without(school, [learner.pk for learner in learners]).count()


@require_safe
@open_to(teacher)
def class_list(request: PersonRequest, pk: str) -> HttpResponse:
    """Names and usernames, with `columns` empty ones to tick or write in."""
    classroom = rooms.taught_class(request, pk)
    asked = request.GET.get("columns", "5")
    count = min(int(asked), MOST_COLUMNS) if asked.isascii() and asked.isdecimal() and len(asked) < 4 else 5
    context = {
        "classroom": classroom,
        "learners": lesson_page.learners_of(classroom),
        "columns": range(count),
        "count": count,
        "choices": range(MOST_COLUMNS + 1),
    }
    return render(request, "coach/paper_list.html", context)
