"""Who may open a screen: every view says so with one decorator, and a check at start finds one that does not.

@open_to(teacher)
def class_page(request, pk): ...

The rule opens the door; which rows are behind it is for `readable_by` and the services.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any
from typing import TypeVar
from typing import cast
from urllib.parse import quote

from django.core import checks
from django.http import HttpRequest
from django.http import HttpResponse
from django.http import HttpResponseRedirect
from django.urls import URLPattern
from django.urls import URLResolver
from django.urls import get_resolver
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kolibri.core.auth.models import Person
from kolibri.core.device.models import DeviceSettings
from kolibri.errors import Refused

View = TypeVar("View", bound=Callable[..., HttpResponse])

# Views of these packages must say who may open them.
SCREENS = ("kolibri.ui.", "kolibri.setup.", "kolibri.school.", "kolibri.coach.", "kolibri.learn.", "kolibri.computer.")


@dataclass(frozen=True)
class Rule:
    """`allows` asks the request; `sentence` tells who is refused what to do."""

    name: str
    allows: Callable[[HttpRequest], bool]
    sentence: str | Promise = ""
    needs_person: bool = True


def person_of(request: HttpRequest) -> Person:
    """Return who sends the request, signed in or not."""
    return cast(Person, request.user)


def at_window(request: HttpRequest) -> bool:
    """Return whether the request comes from this computer's own window."""
    return bool(getattr(request, "at_window", False))


everyone = Rule("everyone", lambda request: True, needs_person=False)
signed_in = Rule("signed_in", lambda request: bool(request.user.is_authenticated))
library_reader = Rule(
    "library_reader",
    lambda request: (
        bool(request.user.is_authenticated)
        and (person_of(request).is_teacher or DeviceSettings.current().learners_may_browse)
    ),
    _("The library is closed just now. Your lessons are open as before."),
)
learner = Rule(
    "learner",
    lambda request: bool(request.user.is_authenticated) and not person_of(request).is_teacher,
    _("This page is for learners."),
)
teacher = Rule(
    "teacher",
    lambda request: person_of(request).is_teacher,
    _("This page is for teachers. Ask the school's admin to make you a coach."),
)
admin = Rule(
    "admin",
    lambda request: person_of(request).is_admin,
    _("This page is for the school's admins."),
)
this_computer = Rule(
    "this_computer",
    lambda request: at_window(request) or person_of(request).is_superuser,
    _("This page belongs to the computer itself. Open it in the program's own window there."),
)

# The window stays open after a teacher has signed out: whoever sits there then may neither delete
# channels, nor stop what is being brought in, nor open the computer to the class.
keeper = Rule(
    "keeper",
    lambda request: this_computer.allows(request) and person_of(request).is_teacher,
    _("This page belongs to the computer itself. A teacher opens it there, in the program's own window."),
)

# What leaves the computer on a stick, or comes in from one, is all of a school's data.
admin_here = Rule(
    "admin_here",
    lambda request: this_computer.allows(request) and person_of(request).is_admin,
    _("This page belongs to the computer itself. An admin of the school opens it there, in the program's own window."),
)

# A backup holds all schools of the computer, and brings all of them back.
owner = Rule(
    "owner",
    lambda request: person_of(request).is_superuser,
    _("Backups hold everything on this computer. Whoever set it up opens this page."),
)


def open_to(rule: Rule) -> Callable[[View], View]:
    """Let only those through whom `rule` allows: others sign in first, or get a page that says what to do."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if rule.allows(request):
                return view(request, *args, **kwargs)
            if rule.needs_person and not request.user.is_authenticated:
                return sign_in_first(request)
            raise Refused(rule.sentence or _("You may not open this page."))

        guarded.access = rule  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """Return the way to the sign-in page and back; a fragment's request sends the whole page there."""
    onward = request.get_full_path() if request.method in ("GET", "HEAD") else "/"
    address = f"{reverse('kolibri:ui:sign-in')}?next={quote(onward)}"
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


def _views(patterns: list[URLPattern | URLResolver]) -> Iterator[Callable[..., Any]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _views(pattern.url_patterns)
        else:
            yield pattern.callback


@checks.register("kolibri")
def check_every_view_has_a_rule(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Find views of the screens without `open_to` (ui.E001)."""
    return list(unruled(_views(get_resolver().url_patterns)))


def unruled(views: Iterator[Callable[..., Any]]) -> Iterator[checks.CheckMessage]:
    """Yield an error for each view of a screen that does not say who may open it."""
    for view in views:
        module = getattr(view, "__module__", "")
        if module.startswith(SCREENS) and not isinstance(getattr(view, "access", None), Rule):
            name = f"{module}.{getattr(view, '__qualname__', view)}"
            yield checks.Error(f"{name} does not say who may open it", hint="Use @open_to(...).", id="ui.E001")
