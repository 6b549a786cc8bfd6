"""What a page asks of the window that shows it."""

from django.http import HttpRequest
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from kolibri.core.device import host
from kolibri.errors import Refused
from kolibri.ui.access import at_window
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to
from kolibri.ui.views.sign_in import safe_next


def _only_in_window(request: HttpRequest) -> None:
    if not at_window(request):
        raise Refused("")


@require_POST
@open_to(everyone)
def open_in_browser(request: HttpRequest) -> HttpResponse:
    """Open the page named by `next` in the computer's own browser, which may play what the window cannot."""
    _only_in_window(request)
    host.current().open_in_browser(safe_next(request))
    return HttpResponse(status=204)


@require_POST
@open_to(everyone)
def print_page(request: HttpRequest) -> HttpResponse:
    """Print what the window shows."""
    _only_in_window(request)
    host.current().print_page()
    return HttpResponse(status=204)
