"""A long list under way: how far it is, stopping it, and on to what it did."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.decorators.http import require_safe

from kolibri.core.tasks.models import State
from kolibri.errors import NotHere
from kolibri.school import tasks
from kolibri.ui.access import admin
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest


@require_safe
@open_to(admin)
def under_way(request: PersonRequest, pk: str) -> HttpResponse:
    """How far the list is; polled by its own page, and onward when it is done."""
    job = _find(request, pk)
    if job.state == State.COMPLETED:
        address = reverse("kolibri:school:list-done", args=[job.result])
        return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)
    template = "school/_list_job.html" if request.htmx else "school/list_job.html"
    return render(request, template, {"job": job})


@require_POST
@open_to(admin)
def stop(request: PersonRequest, pk: str) -> HttpResponse:
    """Stop it: nothing of the list was written."""
    tasks.cancel(_find(request, pk))
    return redirect("kolibri:school:list-job", pk)


def _find(request: PersonRequest, pk: str) -> tasks.BringInPeople:
    job = tasks.BringInPeople.get(pk)
    if job.requested_by != request.user.pk:
        raise NotHere(_("This job does not exist any more."), code="no_job")
    return job
