"""The window's menu, the same on every system."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from app.language import gettext as _


@dataclass(frozen=True)
class Deeds:
    """What the menu can do. Each is called in a thread of its own."""

    back: Callable[[], object]
    reload: Callable[[], object]
    zoom: Callable[[int], object]
    fullscreen: Callable[[], object]
    print_page: Callable[[], object]
    open_in_browser: Callable[[], object]
    show_folder: Callable[[], object]
    about: Callable[[], object]
    quit: Callable[[], object]


def make_menu(deeds: Deeds) -> list[Any]:
    """Return pywebview's menus."""
    from webview.menu import Menu
    from webview.menu import MenuAction
    from webview.menu import MenuSeparator

    return [
        Menu(
            _("File"),
            [
                MenuAction(_("Print..."), deeds.print_page),
                MenuAction(_("Show the folder with all data"), deeds.show_folder),
                MenuSeparator(),
                MenuAction(_("Quit"), deeds.quit),
            ],
        ),
        Menu(
            _("View"),
            [
                MenuAction(_("Back"), deeds.back),
                MenuAction(_("Reload"), deeds.reload),
                MenuSeparator(),
                MenuAction(_("Larger"), lambda: deeds.zoom(1)),
                MenuAction(_("Smaller"), lambda: deeds.zoom(-1)),
                MenuAction(_("Normal size"), lambda: deeds.zoom(0)),
                MenuAction(_("Full screen"), deeds.fullscreen),
                MenuSeparator(),
                MenuAction(_("Open in browser"), deeds.open_in_browser),
            ],
        ),
        Menu(_("Help"), [MenuAction(_("About Kolibri Desktop"), deeds.about)]),
    ]
