"""What screens may ask of this computer, done by the shell."""

import logging
from collections.abc import Callable
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from app import saving
from app.browser import Browser
from app.ending import Ending
from app.platforms import here
from kolibri.core.device.host import NoHost
from kolibri.errors import KolibriError

logger = logging.getLogger(__name__)


class Asks(Protocol):
    """The part of a window that a host needs."""

    def ask_where_to_save(self, name: str) -> Path | None: ...

    def ask_for_folder(self) -> Path | None: ...

    def print_page(self) -> None: ...


class BrowserHost(NoHost):
    """This computer without a window of our own: it can show a folder and quit, no more."""

    def __init__(
        self, browser: Browser, ending: Ending, *, show_folder: Callable[[Path], None] = here.open_folder
    ) -> None:
        self._browser = browser
        self._ending = ending
        self._show_folder = show_folder

    def open_folder(self, folder: Path) -> None:
        try:
            self._show_folder(folder)
        except OSError as error:
            raise KolibriError(
                _("The folder cannot be shown. Open it yourself: %(folder)s") % {"folder": folder}, code="no_viewer"
            ) from error

    def open_in_browser(self, path: str) -> None:
        if not path.startswith("/") or path.startswith("//"):
            raise KolibriError(_("Only pages of this program can be opened this way."), code="not_ours")
        if not self._browser.open(path):
            raise KolibriError(_("No browser was found on this computer. Install one, then try again."), code="none")

    def quit(self) -> None:
        # The answer to the request that asks for it must still go out.
        self._ending.ask_soon("a screen asked for it")


class WindowHost(BrowserHost):
    """This computer with our window."""

    is_desktop = True

    def __init__(
        self,
        window: Asks,
        browser: Browser,
        ending: Ending,
        *,
        show_folder: Callable[[Path], None] = here.open_folder,
    ) -> None:
        super().__init__(browser, ending, show_folder=show_folder)
        self._window = window

    def save_file(self, name: str, content: Iterable[bytes]) -> Path | None:
        path = self._window.ask_where_to_save(saving.safe_name(name))
        if path is None:
            return None
        try:
            saving.write_whole(path, content)
        except OSError as error:
            logger.warning("%s was not saved: %s", path, error)
            raise KolibriError(
                _("The file could not be saved in %(folder)s. Choose another folder, or free some space.")
                % {"folder": path.parent},
                code="not_saved",
            ) from error
        return path

    def choose_folder(self) -> Path | None:
        return self._window.ask_for_folder()

    def print_page(self) -> None:
        self._window.print_page()
