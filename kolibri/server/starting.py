"""What the window shows while the server gets ready, and when it could not."""

import html
import logging
import secrets
import threading
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from typing import Final
from typing import Protocol

from kolibri.server.listener import WSGIApp
from kolibri.server.plain import Environ
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer
from kolibri.server.plain import is_api
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence
from kolibri.server.sentences import spoken

logger = logging.getLogger(__name__)

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
form {{ margin-block: .75rem; }}
button {{ text-align: start; }}
button {{ font: inherit; padding: .6rem 1.4rem; border: 0; border-radius: .4rem; background: #1f5fa8; color: #fff; }}
button:focus-visible {{ outline: 3px solid #e0a100; outline-offset: 2px; }}
</style></head><body><main>{body}</main></body></html>
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class Remedy(Protocol):
    """What may mend a start that failed: a button's words, and what it does before the next try."""

    @property
    def label(self) -> str: ...

    @property
    def do(self) -> Callable[[], None]: ...


class Front:
    """A WSGI application that is the real one once there is a real one.

    `retry` is called, in a thread of the server's, when the person presses a button: with what the button
    is to do before, or None.
    """

    def __init__(self, retry: Callable[[Callable[[], None] | None], None]) -> None:
        self._retry = retry
        # Only the page that shows the button can press it.
        self._retry_path = f"/start/retry/{secrets.token_urlsafe(16)}"
        self._app: WSGIApp | None = None
        self._problem: str | None = None
        self._log: Path | None = None
        self._remedies: Sequence[Remedy] = ()
        self._doing = ""
        self._changed = threading.Event()
        self._is_lost = False
        self.on_trouble: Callable[[], object] | None = None
        """Called after each answer that something unexpected has spoilt."""

    def starting(self, doing: str = "") -> None:
        """Say that the server is getting ready, and what it is `doing`, from now on."""
        if self._is_lost:
            return
        self._app = self._problem = None
        self._doing = doing
        self._changed.clear()

    def ready(self, app: WSGIApp) -> None:
        """Let `app` answer from now on."""
        if self._is_lost:
            return
        self._app = app
        self._changed.set()

    def failed(self, problem: str, log: Path | None, remedies: Sequence[Remedy] = ()) -> None:
        """Give the reason, the log's place, a button for each remedy and one to try again, from now on."""
        if self._is_lost:
            return
        self._problem, self._log, self._remedies = problem, log, remedies
        self._changed.set()

    def lost(self, problem: str) -> None:
        """Give this sentence to everybody, until the end: there is no way back, and so no button."""
        self._is_lost = True
        self._problem, self._log, self._remedies = problem, None, ()
        self._app = None
        self._changed.set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if self._app is None and self._problem is None:
            self._changed.wait(WAIT)
        app, on_trouble = self._app, self.on_trouble
        if app is not None:
            try:
                return app(environ, _telling(start_response, on_trouble) if on_trouble else start_response)
            except SystemExit:
                return self._torn(environ, start_response)
        path, _slash, number = environ["PATH_INFO"].rpartition("/")
        if path == self._retry_path and environ["REQUEST_METHOD"] == "POST":
            if self._problem is not None and not self._is_lost:
                chosen = dict(enumerate(self._remedies, 1)).get(int(number) if number.isdecimal() else 0)
                self._retry(chosen.do if chosen else None)
            return answer(environ, start_response, 303, headers=[("Location", "/")])
        return self._page(environ, start_response)

    def _torn(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer when a part of the program can no longer be loaded.

        A packed program reads its parts from its own file when they are first wanted. Where that is gone, with a
        stick that was pulled out, PyInstaller ends the thread: the server would be left with one less, and whoever
        asked without an answer.
        """
        logger.error("A part of the program cannot be loaded any more.")
        if self.on_trouble:
            self.on_trouble()
        text = sentence(_("Kolibri Desktop has stopped."))
        return answer(environ, start_response, 503, text, [("Retry-After", "1")])

    def _page(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        headers = [("Content-Security-Policy", _POLICY), ("Retry-After", "1")]
        if is_api(environ["PATH_INFO"]):
            return answer(environ, start_response, 503, headers=headers[1:])
        if self._is_lost:
            return self._lost_page(environ, start_response, headers[:1])
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
                f"{''.join(self._button(one.label, number) for number, one in enumerate(self._remedies, 1))}"
                f"{self._button(again, 0)}"
            )
            head = ""
        page = _whole(title, body, head)
        # 200: some engines put a page of their own in place of an error's.
        return answer(environ, start_response, 200, page, headers, "text/html; charset=utf-8")

    def _lost_page(
        self, environ: Environ, start_response: StartResponse, headers: list[tuple[str, str]]
    ) -> Iterable[bytes]:
        """Answer the window with the sentence, the class and whoever wanted to write with a refusal."""
        problem = self._problem or ""
        is_window = environ.get("kolibri.listener") == "window"
        title = sentence(_("Kolibri Desktop has stopped."))
        body = f"<h1>{_safe(title)}</h1>" + (f'<p role="alert">{_safe(problem)}</p>' if is_window else "")
        # 200 for a page that is looked at: some engines put a page of their own in place of an error's.
        status = 200 if is_window and environ["REQUEST_METHOD"] in ("GET", "HEAD") else 503
        return answer(environ, start_response, status, _whole(title, body), headers, "text/html; charset=utf-8")

    def _button(self, label: str, number: int) -> str:
        focus = "" if number > 1 or (self._remedies and not number) else " autofocus"
        action = f"{self._retry_path}/{number}"
        return f'<form method="post" action="{action}"><button{focus}>{_safe(label)}</button></form>'


def _whole(title: str, body: str, head: str = "") -> str:
    language, direction = spoken()
    return _PAGE.format(title=_safe(title), head=head, body=body, language=language, direction=direction)


def _telling(start_response: StartResponse, on_trouble: Callable[[], object]) -> StartResponse:
    """Return a `start_response` that calls `on_trouble` when the status is one of trouble."""

    def start(status: str, *more: Any) -> Any:
        if status.startswith("5"):
            on_trouble()
        return start_response(status, *more)

    return start


def _safe(text: str) -> str:
    return html.escape(text)
