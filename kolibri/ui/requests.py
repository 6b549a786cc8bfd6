"""A screen's request, as the middleware has made it by the time a view sees it."""

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from kolibri.core.auth.models import FacilityUser


class PersonRequest(HttpRequest):
    """A request of somebody who has signed in; what `open_to` guarantees for every rule that needs a person."""

    user: FacilityUser
    htmx: HtmxDetails
    at_window: bool
