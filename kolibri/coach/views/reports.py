"""What learners have done: on the page, on paper and as a table for other programs."""

from __future__ import annotations

import csv

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kolibri.coach import report
from kolibri.coach import rooms
from kolibri.ui.access import open_to
from kolibri.ui.access import teacher
from kolibri.ui.requests import PersonRequest

# Spreadsheets run a cell that begins so as a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


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
def lesson_table(request: PersonRequest, pk: str) -> HttpResponse:
    """The same as a CSV file: a line a learner, with names."""
    found = rooms.taught_lesson(request, pk)
    made = report.of_lesson(found)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = content_disposition_header(True, f"{_file_name(found.title)}.csv")
    # The mark tells spreadsheets that it is UTF-8.
    answer.write("\ufeff")
    rows = csv.writer(answer)
    titles = [resource.title or _("A resource that is not here") for resource in made.resources]
    rows.writerow(_plain(cell) for cell in (_("Learner"), _("Username"), _("Finished"), _("Minutes"), *titles))
    for line in made.lines:
        percents = (f"{100 if cell.is_finished else cell.percent}%" if cell.is_opened else "" for cell in line.cells)
        about = (line.name, line.username, str(line.finished), str(round(line.seconds / 60)))
        rows.writerow(_plain(cell) for cell in (*about, *percents))
    return answer


def _plain(cell: str) -> str:
    """Return the cell as text for every spreadsheet, whoever typed it."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _file_name(title: str) -> str:
    """Return a title as part of a file's name that every system can hold."""
    kept = "".join(character if character.isalnum() or character in " -_" else " " for character in title)
    return " ".join(kept.split())[:60] or "lesson"
