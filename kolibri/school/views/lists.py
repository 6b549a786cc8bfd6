"""People from a list, after a look at what would happen, and the school's own list."""

from __future__ import annotations

import math
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.auth import by_name
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.people import Rights
from kolibri.core.auth.roster import applying
from kolibri.core.auth.roster import columns
from kolibri.core.auth.roster import judging
from kolibri.core.auth.roster import plan as planning
from kolibri.core.auth.roster import reading
from kolibri.core.auth.roster import values
from kolibri.core.auth.roster import writing
from kolibri.core.auth.roster.columns import Listing
from kolibri.core.auth.roster.plan import Plan
from kolibri.core.auth.roster.plan import What
from kolibri.core.auth.roster.present import Place
from kolibri.core.bin import lists as bin_lists
from kolibri.core.ids import hex_or_none
from kolibri.errors import BadInput
from kolibri.errors import BadInputs
from kolibri.school import kept_list
from kolibri.school import list_words
from kolibri.school import people
from kolibri.school import rooms
from kolibri.school import tasks
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest

# Of a long list the first rows show whether it was understood.
MOST_SHOWN = 200
# More passwords are hashed by a job: a request would take half a minute.
MOST_AT_ONCE = 100
# Of an old computer, in seconds; hashing is meant to take long.
A_PASSWORD_TAKES = 0.2


@require_http_methods(["GET", "HEAD", "POST"])
@open_to(admin)
def people_from_list(request: PersonRequest) -> HttpResponse:
    """A form for a file (`file`) or a pasted table (`text`); a POST shows what would happen, and writes nothing.

    `class` or `new_class` is for everybody of the list; in an address, `class` is chosen beforehand.
    """
    facility = rooms.school_run(request)
    if request.method != "POST":
        return _form(request, facility, {"chosen": request.GET.get("class", "")})
    try:
        listing, into, table = _sent(request, facility)
        plan = planning.make(listing, facility, request.user, tasks.check, into)
        sealed = kept_list.seal(listing, into, request.user)
    except (BadInput, BadInputs) as error:
        found = error.errors if isinstance(error, BadInputs) else [error]
        return _form(request, facility, {"errors": {one.field: str(one) for one in found}}, status=400)
    return render(
        request,
        "school/list_plan.html",
        _shown(plan, listing) | {"sealed": sealed, "into": into, "letters": list_words.letters(table)},
    )


@require_POST
@open_to(admin)
def add(request: PersonRequest) -> HttpResponse:
    """Write the good rows of the list (`list`) that was looked at; as a job where many passwords are to be hashed."""
    facility = rooms.school_run(request)
    try:
        sealed = request.POST.get("list", "")
        listing, into = kept_list.unseal(sealed, request.user)
    except BadInput as error:
        return _form(request, facility, {"errors": {"file": str(error)}}, status=400)
    if planning.make(listing, facility, request.user, tasks.check, into).passwords > MOST_AT_ONCE:
        return redirect("kolibri:school:list-job", tasks.bring_in(sealed, request.user).job_id)
    done = applying.run(listing, facility, request.user, tasks.check, into)
    return redirect("kolibri:school:list-done", done.id)


@require_safe
@open_to(admin)
def as_csv(request: PersonRequest) -> HttpResponse:
    """Everybody of the school with a Kolibri's columns, as CSV."""
    return _file("people.csv", "text/csv; charset=utf-8", writing.as_csv(rooms.school_run(request)))


@require_safe
@open_to(admin)
def as_workbook(request: PersonRequest) -> HttpResponse:
    """The same as a workbook."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _file("people.xlsx", kind, writing.as_workbook(rooms.school_run(request)))


def _file(name: str, kind: str, content: str | bytes) -> HttpResponse:
    answer = HttpResponse(content, content_type=kind)
    answer.headers["Content-Disposition"] = content_disposition_header(True, name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _sent(request: PersonRequest, facility: Facility) -> tuple[Listing, Place | None, str]:
    """Return the list, the class for everybody, and the table of letters that was guessed.

    Raises BadInputs with all that is wrong (by field).
    """
    errors = []
    listing, into, table = None, None, ""
    try:
        into = _into(request, facility)
    except BadInput as error:
        errors.append(error)
    upload, text = request.FILES.get("file"), request.POST.get("text", "")
    try:
        if upload:
            data = upload.read(reading.MOST_BYTES + 1)
            listing = columns.understand(reading.read(data))
            table = reading.guessed_table(data)
        elif text.strip():
            listing = columns.understand(reading.read_text(text))
        else:
            raise BadInput(_("Choose a file, or paste the list below."), code="required", field="file")
    except BadInput as error:
        error.field = "text" if text.strip() and not upload else "file"
        errors.append(error)
    if listing is None or errors:
        raise BadInputs(errors)
    return listing, into, table


def _into(request: PersonRequest, facility: Facility) -> Place | None:
    name = values.clean(request.POST.get("new_class", ""))
    if name:
        if len(name) > judging.LONGEST_CLASS:
            raise BadInput(_("Write at most 100 letters."), code="max_length", field="new_class")
        if not values.is_visible(name):
            raise BadInput(_("Use letters or digits."), code="invalid", field="new_class")
        return Place("", name)
    chosen = request.POST.get("class", "")
    if not chosen:
        return None
    room = Classroom.objects.filter(parent_id=facility.pk, pk=hex_or_none(chosen) or "0" * 32).first()
    if room is None:
        raise BadInput(_("Choose classes of this school."), code="invalid", field="class")
    return Place(room.pk, room.name)


def _form(request: PersonRequest, facility: Facility, more: dict[str, Any], status: int = 200) -> HttpResponse:
    posted = {"chosen": request.POST.get("class", ""), "new_class": request.POST.get("new_class", "")[:200]}
    classes = by_name.places(Classroom.objects.filter(parent_id=facility.pk))
    undoable = [(one, list_words.was(one.counts)) for one in bin_lists.undoable(facility)]
    context = {**posted, "undoable": undoable, "text": request.POST.get("text", ""), "classes": classes, **more}
    shown = {name: text.replace("\x00", "") if isinstance(text, str) else text for name, text in context.items()}
    return render(request, "school/list_form.html", shown, status=status)


def _shown(plan: Plan, listing: Listing) -> dict[str, Any]:
    counts = planning.by_what(plan.rows)
    new, changed = plan.of(What.CREATE), plan.of(What.CHANGE)
    seconds = plan.passwords * A_PASSWORD_TAKES
    return {
        "counts": list_words.will(counts),
        "faulty": counts[What.FAULTY],
        "faults": plan.faults[:MOST_SHOWN],
        "more_faults": max(0, len(plan.faults) - MOST_SHOWN),
        "new": [(row, "" if row.rights is Rights.LEARNER else people.word(row.rights)) for row in new[:MOST_SHOWN]],
        "more_new": max(0, len(new) - MOST_SHOWN),
        "changed": changed[:MOST_SHOWN],
        "more_changed": max(0, len(changed) - MOST_SHOWN),
        "new_classes": plan.new_classes,
        "unused": listing.unused,
        "button": _button(len(new), len(changed)),
        "minutes": math.ceil(seconds / 60) if seconds > 30 else 0,
    }


def _button(new: int, changed: int) -> str:
    """Return what the button does; empty when there is nothing to do."""
    if new and changed:
        return _("Add %(new)d, change %(changed)d") % {"new": new, "changed": changed}
    if changed:
        return ngettext("Change %(count)d person", "Change %(count)d people", changed) % {"count": changed}
    return ngettext("Add %(count)d person", "Add %(count)d people", new) % {"count": new} if new else ""
