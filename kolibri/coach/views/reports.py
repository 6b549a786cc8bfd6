"""What learners have done: on the page, on paper and as a table for other programs."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.coach import class_report
from kolibri.coach import learner_report
from kolibri.coach import lesson_page
from kolibri.coach import report
from kolibri.coach import rooms
from kolibri.coach import shown_group
from kolibri.coach import today as todays
from kolibri.coach.minutes import whole_minutes
from kolibri.coach.news import News
from kolibri.core.fields import local_now
from kolibri.ui import tables
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(teacher)
def lesson(request: PersonRequest, pk: str) -> HttpResponse:
    """Learners by resources; the page asks anew by itself while it is looked at."""
    since = News(request)
    found = rooms.taught_lesson(request, pk)
    if since.is_none:
        return since.unchanged()
    shown = shown_group.of(request, found.collection)
    made = report.of_lesson(found, shown.only)
    if since.shows(made.fingerprint):
        return since.unchanged()
    context = {
        "lesson": found,
        "classroom": found.collection,
        "report": made,
        "shown": shown,
        "asks_with": since.headers(made.fingerprint),
    }
    if not request.htmx:
        return render(request, "coach/report.html", context)
    return since.told(render(request, "coach/_report_news.html", context), made.fingerprint)


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
            line.minutes,
            *(_done(cell) for cell in line.cells),
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
            line.minutes,
            *("" if cell is None else f"{cell.percent}%" for cell in line.cells),
        )
        for line in made.lines
    ]
    return tables.table(kind, shown.title(found.name), headings, rows)


@require_safe
@open_to(teacher)
def learner(request: PersonRequest, pk: str, learner: str) -> HttpResponse:
    """All lessons of one learner of the class with their resources. Raises NotHere for somebody who is not in it.

    A group in the address is the one whose reports the coach comes from, and goes back to.
    """
    found = rooms.taught_class(request, pk)
    made = learner_report.of_learner(found, learner)
    shown = shown_group.of(request, found)
    joined = lesson_page.collections_of(learner)
    groups = [group for group in shown.groups if group.pk in joined]
    context = {"classroom": found, "made": made, "groups": groups, "query": shown.query}
    return render(request, "coach/learner.html", context)


@require_safe
@open_to(teacher)
def learner_table(request: PersonRequest, pk: str, learner: str, kind: str) -> HttpResponse:
    """The same as a file: a line a resource. Raises NotHere for somebody who is not in the class."""
    made = learner_report.of_learner(rooms.taught_class(request, pk), learner)
    rows: list[tables.Row] = [
        (
            lesson.title,
            resource.title or _("A resource that is not here"),
            _done(cell),
            whole_minutes(cell.seconds),
        )
        for lesson in made.lessons
        for resource, cell in lesson.works
    ]
    headings = (_("Lesson"), _("Resource"), _("Done"), _("Minutes"))
    return tables.table(kind, str(made.learner), headings, rows)


@require_safe
@open_to(teacher)
def today(request: PersonRequest, pk: str) -> HttpResponse:
    """The class's picture of today, for the class's page; 304 while that shows what there is."""
    since = News(request)
    found = rooms.taught_class(request, pk)
    if since.is_none:
        return since.unchanged()
    shown = shown_group.of(request, found)
    made = todays.of_class(found, shown.only)
    if since.shows(made.fingerprint):
        return since.unchanged()
    context = {"classroom": found, "today": made, "shown": shown, "asks_with": since.headers(made.fingerprint)}
    if not request.htmx:
        return render(request, "coach/today.html", context)
    # The page of today alone has the table, too, and its address says so.
    news = "coach/_today_news.html" if "table" in request.GET else "coach/_today.html"
    return since.told(render(request, news, context), made.fingerprint)


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


def _done(cell: report.Cell) -> str:
    """Return how far a learner is with a resource, for a file; empty for what was not opened."""
    return f"{100 if cell.is_finished else cell.percent}%" if cell.is_opened else ""
