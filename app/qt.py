"""pywebview's Qt window, with what we want of it: guarded, without a script bridge, saving, printing.

pywebview reads where to store things when its Qt module is first imported, so this module is
imported by `app.window` only, once pywebview has started.
"""

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from typing import Final

import shiboken6
from PySide6.QtCore import QRect
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtGui import QIcon
from PySide6.QtGui import QKeySequence
from PySide6.QtGui import QShortcut
from PySide6.QtWebEngineCore import QWebEnginePage
from PySide6.QtWebEngineCore import QWebEngineProfile
from PySide6.QtWebEngineCore import QWebEngineSettings
from webview.platforms import qt

from app import downloads
from app import printing
from app.guard import Verdict
from app.guard import judge

logger = logging.getLogger(__name__)

# What the system calls the program: its folder for caches, its windows in the taskbar, its entry in the menu.
NAME: Final = "kolibri-desktop"
ICON: Final = Path(__file__).resolve().parent.parent / "assets/web/icons/kolibri-desktop.svg"
_STEPS: Final = (0.5, 0.67, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0)
_CLICKED: Final = QWebEnginePage.NavigationType.NavigationTypeLinkClicked


def adapt(home_address: str, to_browser: Callable[[str], None]) -> None:
    """Name the program and change pywebview's classes; before the window is made.

    `to_browser` shows an outer address in the system's browser and must not block.
    """
    QGuiApplication.setApplicationName(NAME)
    QGuiApplication.setDesktopFileName(NAME)
    QGuiApplication.setWindowIcon(QIcon(str(ICON)))
    view = qt.BrowserView

    def accept(page: Any, url: Any, kind: Any, is_main: bool) -> bool:
        address = url.toString()
        verdict = judge(address, home_address, is_main=is_main, is_clicked=kind == _CLICKED)
        if verdict is Verdict.BROWSER:
            to_browser(address)
        elif verdict is Verdict.REFUSED:
            logger.warning("The window stays: it was to go to %s.", address[:200])
        return verdict is Verdict.HERE

    def accept_new_window(handler: Any, url: Any, _kind: Any, _is_main: bool) -> bool:
        """A link for a new window: our own pages stay in this one, others go to the browser."""
        address = url.toString()
        verdict = judge(address, home_address, is_clicked=True)
        if verdict is Verdict.HERE and address != "about:blank":
            handler.page_of_window.setUrl(url)
        elif verdict is Verdict.BROWSER:
            to_browser(address)
        return False

    def create_window(page: Any, _kind: Any) -> Any:
        page.nav_handler.page_of_window = page
        return page.nav_handler

    view.WebPage.acceptNavigationRequest = accept
    view.WebPage.createWindow = create_window
    view.NavigationHandler.acceptNavigationRequest = accept_new_window
    view.on_download_requested = downloads.on_download_requested
    view.on_load_finished = _loaded


def _loaded(view: Any, _is_good: bool = True) -> None:
    """Tell pywebview that a page is there. Its own method would give each page a bridge into this process."""
    events = view.pywebview_window.events
    events.before_load.set()
    events._pywebviewready.set()
    events.loaded.set()


def furnish(view: Any, prints: Path | None, title: str, place: dict[str, Any]) -> None:
    """Finish a window that is made but not shown: no channel for scripts, printing, title, its last place.

    Printed pages go to the folder `prints` on their way to a viewer; None: to the system's temporary one.
    """
    page = view.webview.page()
    # A view that is closed has another page: see `put_away`.
    view.own_page = page
    page.setWebChannel(None)
    # Our server is on this computer: a cache on disk would only wear it.
    view.profile.setHttpCacheType(QWebEngineProfile.HttpCacheType.MemoryHttpCache)
    printing.connect(view, prints)
    page.titleChanged.connect(lambda of_page: view.setWindowTitle(_window_title(of_page, title)))
    page.renderProcessTerminated.connect(lambda status, code: _crashed(page, status, code))
    page.settings().setAttribute(QWebEngineSettings.WebAttribute.FullScreenSupportEnabled, True)
    page.fullScreenRequested.connect(lambda request: _fill_screen(view, request))
    _put(view, place)


def _fill_screen(view: Any, request: Any) -> None:
    """Show a film to the whole room, and go back to the window as it was."""
    request.accept()
    if request.toggleOn():
        view.state_before = view.windowState()
        view.menuBar().hide()
        view.showFullScreen()
    else:
        view.menuBar().show()
        view.setWindowState(getattr(view, "state_before", Qt.WindowState.WindowNoState))


def _window_title(of_page: str, title: str) -> str:
    # An address stands in for a title while a page loads.
    if not of_page or "://" in of_page or of_page.startswith("127.0.0.1"):
        return title
    return of_page if title in of_page else f"{of_page} - {title}"


def _crashed(page: Any, status: Any, code: int) -> None:
    """A page that took the engine's process down is loaded anew; the log keeps count."""
    if status != QWebEnginePage.RenderProcessTerminationStatus.NormalTerminationStatus:
        logger.error("The page's process ended (%s, %s); the page is loaded again.", status, code)
        page.triggerAction(QWebEnginePage.WebAction.Reload)


def _put(view: Any, place: dict[str, Any]) -> None:
    """Put the window where it was, if there is still a screen."""
    screen = QGuiApplication.primaryScreen().availableGeometry()
    try:
        wished = QRect(*(int(place[name]) for name in ("x", "y", "width", "height")))
    except (KeyError, TypeError, ValueError, OverflowError):
        wished = None
    if wished is not None and QGuiApplication.screenAt(wished.center()) and wished.width() > 0 < wished.height():
        view.setGeometry(wished)
    else:
        view.resize(view.size().boundedTo(screen.size()))
    if place.get("maximized"):
        view.setWindowState(Qt.WindowState.WindowMaximized)


def place_of(view: Any) -> dict[str, Any]:
    """Return where the window is, for `furnish` next time. Qt's thread."""
    kept = view.normalGeometry() if view.isMaximized() or view.isFullScreen() else view.geometry()
    return {
        "x": kept.x(),
        "y": kept.y(),
        "width": kept.width(),
        "height": kept.height(),
        "maximized": view.isMaximized(),
    }


def put_away(view: Any) -> None:
    """End the engine's profile after the window's loop: only then does it write down the last half minute's cookies."""
    page = getattr(view, "own_page", None)
    # Pages first, of new windows too: the profile does not end while there are any. A window that was ended
    # while it was being made has not all of them.
    for part in (getattr(page, "nav_handler", None), page, view.profile):
        if part is not None and shiboken6.isValid(part):
            shiboken6.delete(part)
    # The end is told to the thread that writes, which took some 10 ms where it was measured.
    for _ in range(10):
        QGuiApplication.processEvents()
        time.sleep(0.01)


def later(view: Any, do: Callable[[], object]) -> None:
    """Have something done in Qt's thread; from any thread."""
    view.create_window_trigger.emit(do)


def bring_forward(view: Any) -> None:
    """Show the window above others and give it the keyboard. Qt's thread."""
    view.setWindowState(view.windowState() & ~Qt.WindowState.WindowMinimized)
    view.show()
    view.raise_()
    view.activateWindow()


def back(view: Any) -> None:
    """Go one page back. Qt's thread."""
    view.webview.back()


def reload(view: Any) -> None:
    """Load the page anew. Qt's thread."""
    view.webview.reload()


def zoom(view: Any, by: int) -> None:
    """Make the page larger (1), smaller (-1) or as large as it is made (0). Qt's thread."""
    now = view.webview.zoomFactor()
    if by > 0:
        wished = next((step for step in _STEPS if step > now + 0.01), _STEPS[-1])
    elif by < 0:
        wished = next((step for step in reversed(_STEPS) if step < now - 0.01), _STEPS[0])
    else:
        wished = 1.0
    view.webview.setZoomFactor(wished)


def add_shortcuts(view: Any, print_page: Callable[[], object]) -> None:
    """Give the window the keys that people know from browsers. Qt's thread."""
    keys: dict[str, Callable[[], object]] = {
        "F5": lambda: reload(view),
        "Ctrl+R": lambda: reload(view),
        "Alt+Left": lambda: back(view),
        "Ctrl++": lambda: zoom(view, 1),
        "Ctrl+=": lambda: zoom(view, 1),
        "Ctrl+-": lambda: zoom(view, -1),
        "Ctrl+0": lambda: zoom(view, 0),
        "F11": view.on_fullscreen,
        "Ctrl+P": print_page,
        "Ctrl+Q": view.close,
    }
    for key, action in keys.items():
        QShortcut(QKeySequence(key), view).activated.connect(action)


def print_page(view: Any) -> None:
    """Print what the window shows. Qt's thread."""
    view.webview.page().printRequested.emit()
