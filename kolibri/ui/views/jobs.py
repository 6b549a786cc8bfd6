"""Long work, seen from every page: what, how far, how long still, cancel."""

from __future__ import annotations

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.tasks.job import Job
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to


@require_safe
@open_to(keeper)
def chip(request: HttpRequest) -> HttpResponse:
    """The jobs that are not done yet; polled while there are any."""
    return render(request, "ui/_jobs.html", {"jobs": Job.find(unfinished=True)})


@require_POST
@open_to(keeper)
def cancel(request: HttpRequest, pk: str) -> HttpResponse:
    """Ask a job to stop."""
    Job.get(pk).cancel()
    if request.headers.get("HX-Request"):
        return render(request, "ui/_jobs.html", {"jobs": Job.find(unfinished=True)})
    return redirect("kolibri:computer:content")
