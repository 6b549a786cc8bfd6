"""The folder that a page works with: written, ticked, or chosen in a dialog of our own window."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest

from kolibri.core.device import host
from kolibri.ui.access import at_window

# Linux' PATH_MAX; bytes there, characters here.
LONGEST_PATH: Final = 4_096


def has_dialog(request: HttpRequest) -> bool:
    """Whether the person sits at our own window, where a dialog can be opened."""
    return host.current().is_desktop and at_window(request)


@dataclass(frozen=True)
class Dialog:
    """What the dialog of one page gave, kept in the session under `name`."""

    name: str

    def open(self, request: HttpRequest) -> None:
        """Ask for a folder, where there is a window to ask in. Raises a KolibriError when it cannot be used."""
        if has_dialog(request) and (chosen := host.current().choose_folder()) is not None:
            request.session[self.name] = str(chosen)

    def chosen(self, request: HttpRequest) -> str:
        """Return the folder that was chosen last; empty when none was."""
        return str(request.session.get(self.name, ""))


def typed(request: HttpRequest, *names: str) -> str:
    """Return the first path in the form that is not empty, fit to be used as one; empty when there is none."""
    for name in names:
        if written := request.POST.get(name, "").strip().replace("\x00", "")[:LONGEST_PATH]:
            return written
    return ""


def key_of(path: str) -> str:
    """Return what tells a task about this path from one about another, whatever characters are in it."""
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()
