"""The system's browser: for outer addresses, and in the window's place where there is no engine."""

import html
import logging
import secrets
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Final

from app.platforms import here
from kolibri.server.home import write_whole

logger = logging.getLogger(__name__)

# Long enough for a slow browser to start and read the file that holds the key.
_KEPT: Final = 60.0
_PAGE: Final = (
    '<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta http-equiv="refresh" content="0; url={address}"><title>Kolibri Desktop</title>'
)


class Browser:
    """Opens pages of ours, each time with a fresh one-time key, and pages of others."""

    def __init__(
        self,
        home: Path,
        enter: Callable[[str], str],
        *,
        start: Callable[[str], bool] = webbrowser.open,
        is_confined: Callable[[], bool] = here.is_browser_confined,
    ) -> None:
        self._run = home / "run"
        self._enter = enter
        self._start = start
        self._is_confined = is_confined

    def open(self, path: str = "/") -> bool:
        """Open a path of the server. False when there is no browser."""
        return self.open_address(self._enter(path))

    def open_address(self, address: str) -> bool:
        """Open an address that holds a key. False when there is no browser."""
        return self._try(self._hide(address))

    def open_outer(self, address: str) -> None:
        """Open somebody else's address; returns at once."""
        threading.Thread(target=self._try, args=(address,), name="browser", daemon=True).start()

    def show_folder(self, folder: Path) -> None:
        """Show a folder in the system's file manager; logs when it cannot."""
        try:
            here.open_folder(folder)
        except OSError:
            logger.exception("The folder %s cannot be shown.", folder)

    def _try(self, address: str) -> bool:
        try:
            return self._start(address)
        except (webbrowser.Error, OSError):
            logger.exception("The system's browser cannot be started.")
            return False

    def _hide(self, address: str) -> str:
        """Put the address in a file that others cannot read: a command line is seen by all users of a computer."""
        if self._is_confined() or not self._run.is_dir():
            return address
        file = self._run / f"open-{secrets.token_hex(8)}.html"
        try:
            write_whole(file, _PAGE.format(address=html.escape(address)).encode())
        except OSError:
            return address
        forget = threading.Timer(_KEPT, file.unlink, kwargs={"missing_ok": True})
        forget.daemon = True
        forget.start()
        return here.address_of(file)


def forget_pages(home: Path) -> None:
    """Remove what an earlier run left behind; its keys open nothing any more."""
    for file in (home / "run").glob("open-*.html"):
        file.unlink(missing_ok=True)
