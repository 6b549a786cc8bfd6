"""Long work, seen from every page: what, how far, how long still, cancel."""

from __future__ import annotations

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import State
from kolibri.ui import first_steps
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to


@require_safe
@open_to(keeper)
def chip(request: HttpRequest) -> HttpResponse:
    """The work under way, polled while there is any; with `step`, only how the first of a new school's steps stands."""
    if "step" in request.GET:
        # None is left when it was the last one.
        return render(request, "ui/_step_state.html", {"step": next(iter(first_steps.of(request)), None)})
    return _under_way(request)


@require_POST
@open_to(keeper)
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask a job to stop."""
    Job.get(pk).cancel()
    if request.headers.get("HX-Request"):
        return _under_way(request)
    return redirect("kolibri:computer:content")


def _under_way(request: HttpRequest) -> HttpResponse:
    # What is planned for later, such as the day's backup, is not under way.
    jobs = [job for job in Job.find(unfinished=True) if job.state != State.SCHEDULED]
    return render(request, "ui/_jobs.html", {"jobs": jobs})
