"""What a list has done, and undoing it as a whole."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.roster import kept
from kolibri.core.auth.roster.plan import What
from kolibri.core.bin import lists as bin_lists
from kolibri.errors import NotHere
from kolibri.school import list_words
from kolibri.school import rooms
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

# Of many classes the first show where to go on.
MOST_SHOWN = 200


@require_safe
@open_to(admin)
def done(request: PersonRequest, pk: str) -> HttpResponse:
    """What the list did, with the way back as long as there is one."""
    facility = rooms.school_run(request)
    found = _find(facility, pk)
    into = found.records["into"][:MOST_SHOWN]
    classes = {room.pk: room for room in Classroom.objects.filter(parent_id=facility.pk, pk__in_ids=into)}
    context = {
        "list": found,
        "counts": list_words.was(found.counts),
        "faulty": found.counts[What.FAULTY],
        "classes": [classes[pk] for pk in into if pk in classes],
    }
    return render(request, "school/list_done.html", context)


@require_POST
@open_to(admin)
def undo(request: PersonRequest, pk: str) -> HttpResponse:
    """Take back all that the list did, say who was kept, and go to where another list is chosen."""
    told = bin_lists.undo(_find(rooms.school_run(request), pk), request.user)
    messages.success(request, list_words.undone(told))
    for sentence in list_words.left(told):
        messages.warning(request, sentence)
    return redirect("kolibri:school:list")


def _find(facility: Facility, pk: str) -> ListImport:
    """Return the school's list, unless it is too old, or undone. Raises NotHere."""
    found: ListImport | None = kept.there().filter(school_id=facility.pk, undone_at__isnull=True, pk=pk).first()
    if found is None:
        raise NotHere(_("There is nothing to undo here any more."))
    return found
