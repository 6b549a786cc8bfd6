"""The first steps, when somebody does not want to see them any more."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from kolibri.ui import first_steps
from kolibri.ui.access import keeper
from kolibri.ui.access import open_to
from kolibri.ui.requests import PersonRequest
from kolibri.ui.views.sign_in import safe_next


@require_POST
@open_to(keeper)
def put_away(request: PersonRequest) -> HttpResponse:
    """Put the steps away for good, and go back to the page named by `next`."""
    first_steps.put_away(request.user)
    return redirect(safe_next(request))
