"""What came from other computers and has no place here yet: how much, why, and looking at it again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.sync.arrivals import waiting
from kolibri.core.sync.arrivals.reasons import Reason
from kolibri.core.sync.arrivals.tasks import PlaceWhatArrived
from kolibri.core.sync.arrivals.tasks import place_in_background
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

_SETTINGS: Final = gettext_lazy("Settings of the school")
_LESSONS: Final = gettext_lazy("Lessons")
_GROUPS: Final = gettext_lazy("Groups")
_RESULTS: Final = gettext_lazy("What learners did")
KINDS: Final[dict[str, Promise]] = {
    "facilitydataset": _SETTINGS,
    "facility": _SETTINGS,
    "doorsettings": _SETTINGS,
    "classroom": gettext_lazy("Classes"),
    "learnergroup": _GROUPS,
    "adhoclearnersgroup": _GROUPS,
    "facilityuser": gettext_lazy("People"),
    "personsettings": gettext_lazy("People"),
    "role": gettext_lazy("Rights of teachers"),
    "membership": gettext_lazy("Places in classes and groups"),
    "lesson": _LESSONS,
    "lessonplan": _LESSONS,
    "classplan": _LESSONS,
    "lessontemplate": _LESSONS,
    "lessonassignment": gettext_lazy("Who a lesson is for"),
}
REASONS: Final[dict[Reason, Promise]] = {
    Reason.MISSING: gettext_lazy(
        "What they belong to has not come yet. They find their place by themselves when it comes: sync once more."
    ),
    Reason.NOT_IN_CLASS: gettext_lazy("They are in a group, and not in its class. Put the learner into the class."),
    Reason.TAKEN: gettext_lazy(
        "Someone here has the same pictures to sign in. Choose other pictures for one of them, then try again."
    ),
    Reason.OTHER_SCHOOL: gettext_lazy("They point to another school. They are not let in."),
    Reason.WRONG_PLACE: gettext_lazy("They stand where such a thing cannot be. They are not let in."),
    Reason.WRONG_ID: gettext_lazy("They are not what they say they are. They are not let in."),
    Reason.WRONG_VALUE: gettext_lazy("Something in them cannot be so. Change it on the computer where it was made."),
    Reason.TOO_LARGE: gettext_lazy("They are too large. They are not let in."),
    Reason.UNREADABLE: gettext_lazy("They arrived damaged. Change them on the computer where they were made."),
    Reason.FAILED: gettext_lazy("The program could not take them in. A newer version may; tell who helps you."),
}


@dataclass(frozen=True)
class Line:
    """One kind of thing that waits for one reason, in words."""

    kind: str
    count: int
    why: str


@require_safe
@open_to(admin)
def arrivals(request: PersonRequest) -> HttpResponse:
    """The whole page; a fixed number of queries."""
    found = waiting.of_school(str(request.user.dataset_id))
    running = PlaceWhatArrived.find(unfinished=True)
    context = {
        "lines": _lines(found),
        "count": found.count,
        "relayed": found.relayed,
        "details": "\n".join(found.details),
        "job": running[0] if running else None,
    }
    return render(request, "computer/arrivals.html", context)


@require_POST
@open_to(admin)
def again(request: PersonRequest) -> HttpResponse:
    """Look once more at all that waits."""
    place_in_background(requested_by=str(request.user.pk))
    messages.success(request, _("It is being done again."))
    return redirect("kolibri:computer:arrivals")


def _lines(found: waiting.Waiting) -> list[Line]:
    """Return what waits, two kinds of record that are one thing for a person taken together."""
    counts: dict[tuple[str, str], int] = {}
    for group in found.groups:
        key = str(KINDS.get(group.model_name, _RESULTS)), str(REASONS[group.reason])
        counts[key] = counts.get(key, 0) + group.count
    return [Line(kind, count, why) for (kind, why), count in counts.items()]
