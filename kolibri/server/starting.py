"""What the window shows while the server gets ready, and when it could not."""

import html
import secrets
import threading
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kolibri.server.listener import WSGIApp
from kolibri.server.plain import Environ
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer
from kolibri.server.plain import is_api
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence
from kolibri.server.sentences import spoken

# A page asked for during the start waits so long for the real one before it says "starting".
WAIT: Final = 0.5

_PAGE: Final = """<!doctype html>
<html lang="{language}" dir="{direction}"><head><meta charset="utf-8"><title>{title}</title>{head}
<meta name="viewport" content="width=device-width">
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif; color: #222; background: #fff; margin: 0; }}
main {{ max-inline-size: 36rem; margin: 20vh auto 0; padding: 0 1.5rem; }}
h1 {{ font-size: 1.5rem; }}
code {{ overflow-wrap: anywhere; }}
button {{ font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: #1f5fa8; color: #fff; }}
button:focus-visible {{ outline: 3px solid #e0a100; outline-offset: 2px; }}
</style></head><body><main>{body}</main></body></html>
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class Front:
    """A WSGI application that is the real one once there is a real one.

    `retry` is called, in a thread of the server's, when the person presses the button.
    """

    def __init__(self, retry: Callable[[], None]) -> None:
        self._retry = retry
        # Only the page that shows the button can press it.
        self._retry_path = f"/start/retry/{secrets.token_urlsafe(16)}"
        self._app: WSGIApp | None = None
        self._problem: str | None = None
        self._log: Path | None = None
        self._doing = ""
        self._changed = threading.Event()

    def starting(self, doing: str = "") -> None:
        """Say that the server is getting ready, and what it is `doing`, from now on."""
        self._app = self._problem = None
        self._doing = doing
        self._changed.clear()

    def ready(self, app: WSGIApp) -> None:
        """Let `app` answer from now on."""
        self._app = app
        self._changed.set()

    def failed(self, problem: str, log: Path | None) -> None:
        """Give the reason, the log's place and a button to try again, from now on."""
        self._problem, self._log = problem, log
        self._changed.set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._app is None and self._problem is None:
            self._changed.wait(WAIT)
        if self._app is not None:
            return self._app(environ, start_response)
        if environ["PATH_INFO"] == self._retry_path and environ["REQUEST_METHOD"] == "POST":
            if self._problem is not None:
                self._retry()
            return answer(environ, start_response, 303, headers=[("Location", "/")])
        return self._page(environ, start_response)

    def _page(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        headers = [("Content-Security-Policy", _POLICY), ("Retry-After", "1")]
        if is_api(environ["PATH_INFO"]):
            return answer(environ, start_response, 503, headers=headers[1:])
        # Only the window is told more than "not yet".
        if environ.get("kolibri.listener") != "window" or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return answer(environ, start_response, 503, sentence(_("Kolibri Desktop is starting.")), headers)
        if self._problem is None:
            title = sentence(_("Kolibri Desktop is starting."))
            doing = self._doing or sentence(_("This takes a moment."))
            body = f"<h1>{_safe(title)}</h1><p>{_safe(doing)}</p>"
            head = '<meta http-equiv="refresh" content="0">'
        else:
            title = sentence(_("Kolibri Desktop could not start."))
            more, again = sentence(_("More is in this file:")), sentence(_("Try again"))
            where = f'<p>{_safe(more)} <code dir="ltr">{_safe(str(self._log))}</code></p>'
            body = (
                f"<h1>{_safe(title)}</h1><p>{_safe(self._problem)}</p>{where if self._log else ''}"
                f'<form method="post" action="{self._retry_path}">'
                f"<button autofocus>{_safe(again)}</button></form>"
            )
            head = ""
        language, direction = spoken()
        page = _PAGE.format(title=_safe(title), head=head, body=body, language=language, direction=direction)
        # 200: some engines put a page of their own in place of an error's.
        return answer(environ, start_response, 200, page, headers, "text/html; charset=utf-8")


def _safe(text: str) -> str:
    return html.escape(text)
