"""What learners have done: on the page, on paper and as a table for other programs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.coach import class_report
from kolibri.coach import lesson_page
from kolibri.coach import report
from kolibri.coach import rooms
from kolibri.coach import shown_group
from kolibri.coach import today as todays
from kolibri.coach.class_report import Cell
from kolibri.coach.class_report import Column
from kolibri.core.auth.models import Classroom
from kolibri.core.fields import local_now
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
    shown = shown_group.of(request, found.collection)
    made = report.of_lesson(found, shown.only)
    context = {"lesson": found, "classroom": found.collection, "report": made, "shown": shown}
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
    shown = shown_group.of(request, found.collection)
    made = report.of_lesson(found, shown.only)
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
    return tables.table(kind, shown.title(found.title), headings, rows)


@require_safe
@open_to(teacher)
def classroom(request: PersonRequest, pk: str) -> HttpResponse:
    """Learners by lessons."""
    found = rooms.taught_class(request, pk)
    shown = shown_group.of(request, found)
    context = {"classroom": found, "report": class_report.of_class(found, shown.only), "shown": shown}
    return render(request, "coach/class_report.html", context)


@require_safe
@open_to(teacher)
def class_table(request: PersonRequest, pk: str, kind: str) -> HttpResponse:
    """The same as a file: a line a learner, with names."""
    found = rooms.taught_class(request, pk)
    shown = shown_group.of(request, found)
    made = class_report.of_class(found, shown.only)
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
    return tables.table(kind, shown.title(found.name), headings, rows)


@require_safe
@open_to(teacher)
def learner(request: PersonRequest, pk: str, learner: str) -> HttpResponse:
    """All lessons of one learner of the class. Raises NotHere for somebody who is not in it."""
    found = rooms.taught_class(request, pk)
    line, rows = _of_learner(found, learner)
    groups = [group for group in lesson_page.groups_of(found) if learner in lesson_page.ids_of(group)]
    return render(request, "coach/learner.html", {"classroom": found, "line": line, "rows": rows, "groups": groups})


@require_safe
@open_to(teacher)
def learner_table(request: PersonRequest, pk: str, learner: str, kind: str) -> HttpResponse:
    """The same as a file: a line a lesson. Raises NotHere for somebody who is not in the class."""
    line, cells = _of_learner(rooms.taught_class(request, pk), learner)
    rows: list[tables.Row] = [
        (column.title, f"{cell.percent}%" if cell.is_begun else "", cell.done, cell.count, round(cell.seconds / 60))
        for column, cell in cells
    ]
    headings = (_("Lesson"), _("Done"), _("Finished"), _("Resources"), _("Minutes"))
    return tables.table(kind, line.name, headings, rows)


def _of_learner(classroom: Classroom, learner: str) -> tuple[class_report.Line, list[tuple[Column, Cell]]]:
    made = class_report.of_class(classroom)
    line = next((line for line in made.lines if line.id == learner), None)
    if line is None:
        raise NotHere(_("This learner is not in the class any more."))
    return line, [(column, cell) for column, cell in zip(made.columns, line.cells, strict=True) if cell is not None]


@require_safe
@open_to(teacher)
def today(request: PersonRequest, pk: str) -> HttpResponse:
    """The class's picture of today, for the class's page; 204 while what was `seen` is still so."""
    found = rooms.taught_class(request, pk)
    shown = shown_group.of(request, found)
    made = todays.of_class(found, shown.only)
    if request.htmx and request.GET.get("seen") == made.fingerprint:
        return HttpResponse(status=204)
    context = {"classroom": found, "today": made, "shown": shown}
    if not request.htmx:
        return render(request, "coach/today.html", context)
    # The page of today alone has the table, too, and its address says so.
    return render(request, "coach/_today_news.html" if "table" in request.GET else "coach/_today.html", context)


@require_safe
@open_to(teacher)
def today_table(request: PersonRequest, pk: str, kind: str) -> HttpResponse:
    """Today as a file: a line a learner, with names and the day."""
    found = rooms.taught_class(request, pk)
    shown = shown_group.of(request, found)
    day = date_format(local_now(), "SHORT_DATE_FORMAT")
    rows: list[tables.Row] = [
        (line.name, line.username, line.minutes, line.opened, line.finished)
        for line in todays.of_class(found, shown.only).lines
    ]
    headings = (_("Learner"), _("Username"), _("Minutes"), _("Opened"), _("Finished"))
    return tables.table(kind, f"{shown.title(found.name)} {day}", headings, rows)
