"""Taking one change of a lesson back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.coach import lesson_page
from kolibri.coach import other_versions
from kolibri.coach import rooms
from kolibri.core.bin import services as bin_services
from kolibri.core.lessons import services
from kolibri.core.lessons.models import LessonChange
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest

MOST_CHANGES = 200


@require_POST
@open_to(teacher)
def undo(request: PersonRequest, pk: str) -> HttpResponse:
    """Undo, and go to the lesson as it now is, or to the class when it is gone."""
    change = rooms.undoable_change(request, pk)
    lesson = services.undo(change, request.user)
    if lesson is None:
        # Its creation was undone: the class offers it back, as after any deletion.
        deletion = services.latest_change(change.lesson_id)
        return _go(request, "class", change.collection_id, f"?undo={deletion.pk}" if deletion else "")
    messages.success(request, _("Undone: %(what)s") % {"what": lesson_page.describe(change)})
    if request.htmx:
        # The page as it is, wherever its picker stands.
        return HttpResponse(headers={"HX-Refresh": "true"})
    if request.POST.get("stay") == "class":
        return _go(request, "class", change.collection_id)
    if request.POST.get("stay") == "history":
        return _go(request, "history", lesson.pk)
    return _go(request, "lesson", lesson.pk)


@require_safe
@open_to(teacher)
def history(request: PersonRequest, pk: str) -> HttpResponse:
    """The lesson's changes of this computer, the newest first, each with its undo."""
    lesson = rooms.taught_lesson(request, pk)
    changes = list(LessonChange.objects.filter(lesson_id=lesson.pk).select_related("made_by")[:MOST_CHANGES])
    rows = zip(changes, other_versions.lines(changes), strict=True)
    return render(request, "coach/history.html", {"lesson": lesson, "classroom": lesson.collection, "rows": rows})


@require_safe
@open_to(teacher)
def deleted(request: PersonRequest, pk: str) -> HttpResponse:
    """The class's lessons and groups that were deleted lately, here or on another computer."""
    classroom = rooms.taught_class(request, pk)
    context = {
        "classroom": classroom,
        "lessons": services.deleted_lately(classroom).select_related("made_by")[:MOST_CHANGES],
        "groups": bin_services.recent(classroom).select_related("made_by")[:MOST_CHANGES],
        "days": services.DAYS,
    }
    return render(request, "coach/deleted.html", context)


def _go(request: PersonRequest, name: str, pk: str, query: str = "") -> HttpResponse:
    address = reverse(f"kolibri:coach:{name}", args=[pk]) + query
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)
