"""What learners have done: on the page, on paper and as a table for other programs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.coach import class_report
from kolibri.coach import lesson_page
from kolibri.coach import report
from kolibri.coach import rooms
from kolibri.errors import NotHere
from kolibri.ui import tables
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(teacher)
def lesson(request: PersonRequest, pk: str) -> HttpResponse:
    """Learners by resources; the page asks anew by itself while it is looked at."""
    found = rooms.taught_lesson(request, pk)
    made = report.of_lesson(found)
    context = {"lesson": found, "classroom": found.collection, "report": made}
    if not request.htmx:
        return render(request, "coach/report.html", context)
    if request.GET.get("seen") == made.fingerprint:
        return HttpResponse(status=204)
    return render(request, "coach/_report_news.html", context)


@require_safe
@open_to(teacher)
def lesson_table(request: PersonRequest, pk: str, kind: str) -> HttpResponse:
    """The same as a file (`kind`: csv or xlsx): a line a learner, with names."""
    found = rooms.taught_lesson(request, pk)
    made = report.of_lesson(found)
    titles = [resource.title or _("A resource that is not here") for resource in made.resources]
    rows: list[tables.Row] = [
        (
            line.name,
            line.username,
            line.finished,
            round(line.seconds / 60),
            *(f"{100 if cell.is_finished else cell.percent}%" if cell.is_opened else "" for cell in line.cells),
        )
        for line in made.lines
    ]
    headings = (_("Learner"), _("Username"), _("Finished"), _("Minutes"), *titles)
    return tables.table(kind, found.title, headings, rows)


@require_safe
@open_to(teacher)
def classroom(request: PersonRequest, pk: str) -> HttpResponse:
    """Learners by lessons."""
    found = rooms.taught_class(request, pk)
    return render(request, "coach/class_report.html", {"classroom": found, "report": class_report.of_class(found)})


@require_safe
@open_to(teacher)
def class_table(request: PersonRequest, pk: str, kind: str) -> HttpResponse:
    """The same as a file: a line a learner, with names."""
    found = rooms.taught_class(request, pk)
    made = class_report.of_class(found)
    headings = (_("Learner"), _("Username"), _("Finished"), _("Minutes"), *(column.title for column in made.columns))
    rows: list[tables.Row] = [
        (
            line.name,
            line.username,
            line.finished,
            round(line.seconds / 60),
            *("" if cell is None else f"{cell.percent}%" for cell in line.cells),
        )
        for line in made.lines
    ]
    return tables.table(kind, found.name, headings, rows)


@require_safe
@open_to(teacher)
def learner(request: PersonRequest, pk: str, learner: str) -> HttpResponse:
    """All lessons of one learner of the class. Raises NotHere for somebody who is not in it."""
    found = rooms.taught_class(request, pk)
    made = class_report.of_class(found)
    line = next((line for line in made.lines if line.id == learner), None)
    if line is None:
        raise NotHere(_("This learner is not in the class any more."))
    rows = [(column, cell) for column, cell in zip(made.columns, line.cells, strict=True) if cell is not None]
    groups = [group for group in lesson_page.groups_of(found) if learner in lesson_page.ids_of(group)]
    return render(request, "coach/learner.html", {"classroom": found, "line": line, "rows": rows, "groups": groups})


@require_safe
@open_to(teacher)
def today(request: PersonRequest, pk: str) -> HttpResponse:
    """The class's picture of today, for the class's page; 204 while what was `seen` is still so."""
    found = rooms.taught_class(request, pk)
    made = class_report.today(found)
    if request.htmx and request.GET.get("seen") == made.fingerprint:
        return HttpResponse(status=204)
    context = {"classroom": found, "today": made}
    return render(request, "coach/_today.html" if request.htmx else "coach/today.html", context)
