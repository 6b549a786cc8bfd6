"""What screens may ask of the computer they run on; the shell implements it, a plain server has none of it.

if host.current().is_desktop: ...
host.current().save_file("report.csv", chunks)
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from kolibri.errors import NotHere


class Host(Protocol):
    """The computer with its window. Methods may be called from any thread and raise KolibriError when it fails."""

    is_desktop: bool
    """Whether there is a window of our own; screens show the buttons below only then."""

    def save_file(self, name: str, content: Iterable[bytes]) -> Path | None:
        """Ask the person where to save `content`, `name` proposed, and write it. None: the person cancelled."""
        ...

    def choose_folder(self) -> Path | None:
        """Ask the person for a folder. None: the person cancelled."""
        ...

    def print_page(self) -> None:
        """Print what the window shows, through the system's own way."""
        ...

    def open_folder(self, folder: Path) -> None:
        """Show a folder in the system's file manager."""
        ...

    def open_in_browser(self, path: str) -> None:
        """Open a path of this server ("/learn/...") in the system's browser."""
        ...

    def can_play(self, media_type: str) -> bool | None:
        """Whether the window's engine plays the type, "video/mp4" say. None: not known, ask the page."""
        ...

    def quit(self) -> None:
        """Close the window and stop the server, soon after the present request is answered."""
        ...


class NoHost:
    """A server without a window: each wish is refused with a sentence."""

    is_desktop = False

    def save_file(self, name: str, content: Iterable[bytes]) -> Path | None:
        raise _not_here()

    def choose_folder(self) -> Path | None:
        raise _not_here()

    def print_page(self) -> None:
        raise _not_here()

    def open_folder(self, folder: Path) -> None:
        raise _not_here()

    def open_in_browser(self, path: str) -> None:
        raise _not_here()

    def can_play(self, media_type: str) -> bool | None:
        return None

    def quit(self) -> None:
        raise _not_here()


def _not_here() -> NotHere:
    return NotHere(
        _("This works only in the program's own window. Do it on the computer that the program runs on."),
        code="no_window",
    )


_current: Host = NoHost()


def register(host: Host | None) -> None:
    """Make `host` the computer that screens ask; None takes it back."""
    global _current
    _current = host or NoHost()


def current() -> Host:
    """Return the computer that screens may ask; without a window one that refuses."""
    return _current


def content_origin(request: HttpRequest) -> str:
    """Return the origin that serves HTML5 resources to this request, as "http://127.0.0.1:43211".

    Empty when the request came through no listener of ours (the test client, another WSGI server).
    """
    return str(request.META.get("kolibri.content_origin", ""))
