"""Taking one change of a lesson back."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kolibri.coach import rooms
from kolibri.core.lessons import services
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_POST
@open_to(teacher)
def undo(request: PersonRequest, pk: str) -> HttpResponse:
    """Undo, and go to the lesson as it now is, or to the class when it is gone."""
    change = rooms.undoable_change(request, pk)
    lesson = services.undo(change, request.user)
    if lesson is None or request.POST.get("stay") == "class":
        return redirect("kolibri:coach:class", change.collection_id)
    return redirect("kolibri:coach:lesson", lesson.pk)
