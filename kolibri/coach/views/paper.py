"""Sheets of a class for paper: cards to sign in with, and a list with empty columns."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.core.auth.models import FacilityDataset
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
    dataset = FacilityDataset.objects.get(pk=classroom.dataset_id)
    context = {
        "classroom": classroom,
        "school": classroom.parent,
        "learners": learners,
        "chosen": [learner for learner in learners if not wanted or learner.pk in wanted],
        "wanted": wanted,
        "names_alone": dataset.learner_can_login_with_no_password,
    }
    return render(request, "coach/cards.html", context)


@require_safe
@open_to(teacher)
def class_list(request: PersonRequest, pk: str) -> HttpResponse:
    """Names and usernames, with `columns` empty ones to tick or write in."""
    classroom = rooms.taught_class(request, pk)
    asked = request.GET.get("columns", "5")
    count = min(int(asked), MOST_COLUMNS) if asked.isascii() and asked.isdecimal() else 5
    context = {
        "classroom": classroom,
        "learners": lesson_page.learners_of(classroom),
        "columns": range(count),
        "count": count,
        "choices": range(MOST_COLUMNS + 1),
    }
    return render(request, "coach/paper_list.html", context)
