"""Whether a request comes from this computer's own window, and in which language it is answered."""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http import HttpResponse
from django.http import HttpResponseNotAllowed
from django.http import HttpResponseRedirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kolibri.core.auth import own_language
from kolibri.core.device import window_key
from kolibri.core.device.models import DeviceSettings

ENTER: Final = "/window/enter"
GetResponse = Callable[[HttpRequest], HttpResponse]


class WindowMiddleware:
    """Sets `request.at_window`: the window's listener and a session that has shown the one-time key.

    `GET /window/enter?key=...&next=/...` swaps the key for the session's mark. On the class's
    listener it is refused, whatever the key.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        at_listener = request.META.get("kolibri.listener") == "window"
        if request.path == ENTER:
            return self._enter(request, at_listener)
        # The class's requests need no look at the session for this.
        marked = at_listener and window_key.is_mark(request.session.get(window_key.SESSION_NAME))
        request.at_window = marked  # type: ignore[attr-defined]
        response = self.get_response(request)
        if marked and window_key.SESSION_NAME not in request.session:
            # Signing out empties the session; the window is still this window.
            request.session[window_key.SESSION_NAME] = window_key.RUN
        return response

    def _enter(self, request: HttpRequest, at_listener: bool) -> HttpResponse:
        if request.method != "GET":
            return HttpResponseNotAllowed(["GET"])
        if at_listener and window_key.redeem(request.GET.get("key", "")):
            request.session.cycle_key()
            request.session[window_key.SESSION_NAME] = window_key.RUN
        elif not (at_listener and window_key.is_mark(request.session.get(window_key.SESSION_NAME))):
            raise PermissionDenied(
                _("This address has been used already. Open Kolibri Desktop again from the computer's menu.")
            )
        onward = request.GET.get("next", "/")
        if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None):
            onward = "/"
        response = HttpResponseRedirect(onward)
        response["Referrer-Policy"] = "no-referrer"
        response["Cache-Control"] = "no-store"
        return response


class LanguageMiddleware:
    """Answers in the person's own language, else as the browser chose, else this computer's, else any it asks for."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = self._language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    def _language(self, request: HttpRequest) -> str:
        in_browser = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        for wish in (own_language.of_session(request), in_browser, DeviceSettings.current().language):
            try:
                return translation.get_supported_language_variant(wish)
            except LookupError:
                continue
        return translation.get_language_from_request(request)
