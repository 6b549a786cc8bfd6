"""The classes that a person teaches, and one class with its lessons, groups and learners."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import rooms
from kolibri.core.ids import hex_or_none
from kolibri.core.lessons.api import LessonViewset
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(teacher)
def class_list(request: PersonRequest) -> HttpResponse:
    """The classes; who teaches a single one lands in it."""
    classes = rooms.classes_taught(request)
    if len(classes) == 1 and "stay" not in request.GET:
        return redirect("kolibri:coach:class", classes[0].pk)
    return render(request, "coach/class_list.html", {"classes": classes})


@require_safe
@open_to(teacher)
def class_page(request: PersonRequest, pk: str) -> HttpResponse:
    """One class. `?undo=<change>` offers to take back the deletion that led here."""
    classroom = rooms.taught_class(request, pk)
    groups = lesson_page.groups_of(classroom)
    lessons = Lesson.readable_by(
        request.user, Lesson.objects.filter(collection=classroom).order_by("-date_created", "pk")
    )
    deleted = LessonChange.objects.filter(
        pk=hex_or_none(request.GET.get("undo")), collection=classroom, undone_at__isnull=True
    ).first()
    return render(
        request,
        "coach/class_page.html",
        {
            "classroom": classroom,
            "lessons": lesson_page.lesson_rows(classroom, LessonViewset.fetch(lessons), groups),
            "groups": groups,
            "learners": lesson_page.learners_of(classroom),
            "deleted": deleted,
        },
    )
