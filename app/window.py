"""The program's own window on its server, through pywebview."""

import contextlib
import json
import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import Final

from app import engine
from app.browser import Browser
from app.ending import Ending
from app.ending import hear_again
from app.engine import Engine
from app.guard import Verdict
from app.guard import judge
from app.language import gettext as _
from app.menu import Deeds
from app.menu import make_menu
from kolibri.server.home import write_whole

logger = logging.getLogger(__name__)

TITLE: Final = "Kolibri Desktop"
SIZE: Final = (1100, 740)
LEAST_SIZE: Final = (480, 400)
PLACE: Final = "run/window.json"
PRINTS: Final = "run/print"


class NoWindow(Exception):
    """The engine that seemed to be here does not work; the message says why."""


class Window:
    """One window. `show` belongs to the main thread, all else to any.

    window = Window(home, Engine.QT, running.url, running.enter_url, browser, ending)
    window.show()  # until it is closed
    """

    def __init__(
        self,
        home: Path,
        kind: Engine,
        address: str,
        enter: Callable[[str], str],
        browser: Browser,
        ending: Ending,
        *,
        keeps: bool = True,
    ) -> None:
        """`enter` gives an address with a one-time key; `keeps`: whether the home may be written."""
        self._home = home
        self._kind = kind
        self._address = address
        self._enter = enter
        self._browser = browser
        self._ending = ending
        self._keeps = keeps
        self._window: Any = None
        # pywebview keeps one answer for all dialogs.
        self._dialog = threading.Lock()
        self._qt: Any = None
        self._refused = ""

    def show(self) -> None:
        """Show the window until it is closed. Raises NoWindow when the engine is not there after all."""
        engine.prepare_environment()
        webview = self._load()
        self._set_up(webview)
        self._window = webview.create_window(
            TITLE,
            self._enter("/"),
            width=SIZE[0],
            height=SIZE[1],
            min_size=LEAST_SIZE,
            background_color="#ffffff",
            text_select=True,
            zoomable=True,
            menu=make_menu(self._deeds()),
        )
        events = self._window.events
        events.initialized += self._initialized
        events.before_show += self._before_show
        events.shown += self._shown
        events.closing += self._closing
        if self._kind is not Engine.QT:
            events.loaded += self._come_home
        self._ending.do(self.close)
        if self._ending.is_asked:
            return
        try:
            webview.start(
                gui=self._kind.value,
                debug=False,
                private_mode=not self._keeps,
                storage_path=str(self._home / "webview") if self._keeps else None,
                localization=_words(),
            )
        except webview.WebViewException as error:
            raise NoWindow(str(error)) from error
        if self._refused:
            raise NoWindow(f"pywebview would show {self._refused}")
        if self._qt is not None:
            self._qt.put_away(self._window.native)

    def close(self) -> None:
        """Close the window, which ends `show`. One that is not shown yet is closed as soon as it is."""
        if self._window is not None and self._window.events.shown.is_set():
            with contextlib.suppress(Exception):
                self._window.destroy()

    def bring_forward(self) -> None:
        """Show the window above others."""
        if self._qt is not None:
            self._in_qt(self._qt.bring_forward)
        elif self._window is not None:
            self._window.restore()
            self._window.show()

    def enter_again(self) -> None:
        """Open the start page with a fresh key: the first was lost to a start that failed."""
        self._window.load_url(self._enter("/"))

    def start_page(self) -> None:
        """Open the start page as it is now; does nothing before the window is shown."""
        if self._window is not None and self._window.events.shown.is_set():
            self._window.load_url(self._address)

    def ask_where_to_save(self, name: str) -> Path | None:
        """Ask the person where to save a file. Blocks; not for the window's own thread. None: cancelled."""
        return self._ask(30, save_filename=name)

    def ask_for_folder(self) -> Path | None:
        """Ask the person for a folder. Blocks; not for the window's own thread. None: cancelled."""
        return self._ask(20)

    def print_page(self) -> None:
        """Print what the window shows, as `window.print()` does."""
        if self._qt is not None:
            self._in_qt(self._qt.print_page)
        else:
            self._window.run_js("window.print()")

    def _load(self) -> Any:
        try:
            if self._kind is Engine.QT:
                # Half a Qt (no libEGL, say) shows only when it is loaded.
                import PySide6.QtWebEngineWidgets  # noqa: F401
            import webview
        except (ImportError, OSError) as error:
            raise NoWindow(str(error)) from error
        return webview

    def _set_up(self, webview: Any) -> None:
        webview.settings["ALLOW_DOWNLOADS"] = True
        webview.settings["ALLOW_FILE_URLS"] = False
        webview.settings["OPEN_EXTERNAL_LINKS_IN_BROWSER"] = True
        webview.settings["OPEN_DEVTOOLS_IN_DEBUG"] = False
        webview.settings["REMOTE_DEBUGGING_PORT"] = engine.debugging_port()

    def _initialized(self, renderer: str) -> bool:
        """Nothing is shown when this returns False."""
        if self._kind is Engine.EDGE and renderer != Engine.EDGE.value:
            # The registry said otherwise, or changed: Internet Explorer cannot show these pages.
            self._refused = renderer
            return False
        if self._kind is Engine.QT:
            from app import qt

            self._qt = qt
            qt.adapt(self._address, self._browser.open_outer)
        return True

    def _before_show(self) -> None:
        hear_again()
        if self._qt is not None:
            prints = self._home / PRINTS if self._keeps else None
            self._qt.furnish(self._window.native, prints, TITLE, self._read_place())

    def _shown(self) -> None:
        if self._ending.is_asked:
            self.close()
            return
        logger.info("The window is shown (%s).", self._kind.value)
        if self._qt is not None:
            qt = self._qt
            self._in_qt(lambda view: qt.add_shortcuts(view, lambda: qt.print_page(view)))

    def _closing(self) -> None:
        # Only Qt's own calls here: pywebview's wait for the very thread that this runs in.
        if self._qt is not None and self._keeps:
            place = json.dumps(self._qt.place_of(self._window.native))
            with contextlib.suppress(OSError):
                write_whole(self._home / PLACE, place.encode())
        self._ending.ask("the window was closed")

    def _come_home(self) -> None:
        """Where the engine asks nobody before it goes elsewhere: send it back."""
        now = self._window.get_current_url() or "about:blank"
        if judge(now, self._address) is not Verdict.HERE:
            logger.warning("The window came back from %s.", now[:200])
            self._window.load_url(self._address)

    def _read_place(self) -> dict[str, Any]:
        try:
            place = json.loads((self._home / PLACE).read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return place if isinstance(place, dict) else {}

    def _ask(self, kind: int, **more: Any) -> Path | None:
        with self._dialog:
            chosen = self._window.create_file_dialog(kind, **more)
        if isinstance(chosen, (list, tuple)):
            chosen = chosen[0] if chosen else None
        return Path(chosen) if chosen else None

    def _in_qt(self, do: Callable[[Any], object]) -> None:
        view = self._window.native
        self._qt.later(view, lambda: do(view))

    def _deeds(self) -> Deeds:
        return Deeds(
            back=lambda: self._view("back", "history.back()"),
            reload=lambda: self._view("reload", "location.reload()"),
            zoom=self._zoom,
            fullscreen=lambda: self._window.toggle_fullscreen(),
            print_page=self.print_page,
            open_in_browser=lambda: self._browser.open(self._path_now()),
            show_folder=lambda: self._browser.show_folder(self._home),
            about=self._about,
            quit=self.close,
        )

    def _view(self, name: str, script: str) -> None:
        if self._qt is not None:
            self._in_qt(getattr(self._qt, name))
        else:
            self._window.run_js(script)

    def _zoom(self, by: int) -> None:
        if self._qt is not None:
            qt = self._qt
            self._in_qt(lambda view: qt.zoom(view, by))
            return
        now = "parseFloat(document.documentElement.style.zoom || 1)"
        self._window.run_js(f"document.documentElement.style.zoom = {f'{now} * {1.15**by}' if by else 1}")

    def _path_now(self) -> str:
        """The page that is shown, as a path of the server."""
        now = self._window.get_current_url() or ""
        return "/" + now.removeprefix(self._address) if now.startswith(self._address) else "/"

    def _about(self) -> None:
        from kolibri import __version__

        self._window.create_confirmation_dialog(
            TITLE,
            _(
                "Kolibri Desktop {version}\n\nYour data is in {home}.\nIf something fails, the reason is in {log}."
            ).format(version=__version__, home=self._home, log=self._home / "logs"),
        )


def _words() -> dict[str, str]:
    """What pywebview itself says, in the person's language."""
    return {
        "global.saveFile": _("Save file"),
        "global.ok": _("OK"),
        "global.cancel": _("Cancel"),
        "global.quit": _("Quit"),
        "linux.openFile": _("Open file"),
        "linux.openFiles": _("Open files"),
        "linux.openFolder": _("Choose a folder"),
    }
