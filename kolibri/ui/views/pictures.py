"""A learner, chosen by name, presses three pictures."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from kolibri.core.auth import names_door
from kolibri.core.auth import pictures
from kolibri.core.auth import signing_in
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.ways import Way
from kolibri.errors import BadInput
from kolibri.errors import TooOften
from kolibri.ui.access import everyone
from kolibri.ui.access import open_to
from kolibri.ui.views.sign_in import safe_next


@sensitive_post_parameters("so_far", "picture")
@require_http_methods(["GET", "HEAD", "POST"])
@open_to(everyone)
def sign_in(request: HttpRequest, pk: str) -> HttpResponse:
    """Twelve pictures; each press is a POST (`picture`) with those from before (`so_far`), and the third signs in.

    With scripts only the third press is sent. Whoever does not sign in this way is led to the first page.
    """
    if request.method != "POST" and request.user.is_authenticated:
        return redirect(safe_next(request))
    learner = _learner(pk)
    if learner is None:
        return redirect(f"{reverse('kolibri:ui:sign-in')}?{urlencode({'next': safe_next(request)})}")
    response = _page(request, learner, []) if request.method != "POST" else _press(request, learner)
    signing_in.remember_device(request, response)
    return response


def _press(request: HttpRequest, learner: FacilityUser) -> HttpResponse:
    numbers = [*filter(None, request.POST.get("so_far", "").split(".")), request.POST.get("picture", "")]
    pressed = pictures.read(".".join(numbers))
    if not pressed or len(pressed) < pictures.LENGTH:
        return _page(request, learner, pressed)
    try:
        signing_in.sign_in_with_pictures(request, learner, ".".join(numbers))
    except (BadInput, TooOften) as error:
        return _page(request, learner, [], error)
    return redirect(safe_next(request))


def _learner(pk: str) -> FacilityUser | None:
    """Return the learner if they sign in by pictures; two queries at most."""
    person = FacilityUser.objects.select_related("facility__dataset").filter(pk=pk).first()
    if person is None or person.facility.dataset.way_in is not Way.PICTURES:
        return None
    found: FacilityUser | None = names_door.learners_of(person.facility).filter(pk=pk).first()
    return found


def _page(
    request: HttpRequest,
    learner: FacilityUser,
    pressed: list[pictures.Picture],
    error: BadInput | TooOften | None = None,
) -> HttpResponse:
    context = {
        "learner": learner,
        "pictures": pictures.PICTURES,
        "pressed": pressed,
        "so_far": ".".join(str(picture.number) for picture in pressed),
        "left": range(pictures.LENGTH - len(pressed)),
        "error": str(error) if error else "",
        "next": safe_next(request),
    }
    response = render(request, "ui/sign_in_pictures.html", context, status=error.status if error else 200)
    if isinstance(error, TooOften):
        response["Retry-After"] = str(error.wait)
    return response
