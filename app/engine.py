"""Which web engine shows the window, decided before anything of it is loaded.

pywebview takes what it finds, Internet Explorer and half a Qt too, and some of that ends the
process instead of raising. So it is asked for one engine by name, or not at all.
"""

import importlib.util
import os
import sys
from collections.abc import Callable
from collections.abc import MutableMapping
from dataclasses import dataclass
from dataclasses import field
from enum import Enum
from typing import Final

from app.platforms import here

TEST: Final = "KOLIBRI_TEST_WINDOW"
CHOICE: Final = "KOLIBRI_WINDOW"
_FLAGS: Final = "QTWEBENGINE_CHROMIUM_FLAGS"
# What Qt's and Microsoft's engines read: a debugger's door, another program in the engine's place, no sandbox.
_OF_ENGINES: Final = ("QTWEBENGINE", "WEBVIEW2_")
# What helps where a graphics driver is bad. Of all the others some open the window or its sandbox.
_HARMLESS: Final = {"--disable-gpu", "--disable-gpu-compositing", "--ignore-gpu-blocklist", "--mute-audio"}


class Engine(Enum):
    """What shows the pages. The values of the first three are pywebview's names."""

    QT = "qt"
    EDGE = "edgechromium"
    COCOA = "cocoa"
    BROWSER = "browser"
    """The system's browser, with a one-time address."""
    NONE = "none"
    """Nobody here; the address is printed."""


@dataclass(frozen=True)
class Choice:
    """An engine, and why it is not a better one."""

    engine: Engine
    why: str = ""


def _has_qt() -> bool:
    try:
        return importlib.util.find_spec("PySide6.QtWebEngineWidgets") is not None
    except ImportError:
        return False


@dataclass(frozen=True)
class Computer:
    """What the decision rests on; tests put other computers in its place."""

    system: str = sys.platform
    environment: MutableMapping[str, str] = field(default_factory=lambda: os.environ)
    has_display: Callable[[], bool] = here.has_display
    is_administrator: Callable[[], bool] = here.is_administrator
    missing_for_window: Callable[[], str] = here.missing_for_window
    has_qt: Callable[[], bool] = _has_qt
    is_frozen: bool = bool(getattr(sys, "frozen", False))


def choose(computer: Computer | None = None) -> Choice:
    """Return the engine for this computer. KOLIBRI_WINDOW may ask for less: `browser` or `none`."""
    computer = computer or Computer()
    wish = computer.environment.get(CHOICE, "")
    if wish == Engine.NONE.value:
        return Choice(Engine.NONE, f"{CHOICE}={wish}")
    if not computer.has_display():
        return Choice(Engine.NONE, "there is no display")
    if wish == Engine.BROWSER.value:
        return Choice(Engine.BROWSER, f"{CHOICE}={wish}")
    own = {"win32": Engine.EDGE, "darwin": Engine.COCOA}.get(computer.system, Engine.QT)
    if own is Engine.QT:
        if computer.is_administrator() and not is_test(computer):
            return Choice(Engine.BROWSER, "root has no sandbox for web pages")
        if not computer.has_qt():
            return Choice(Engine.BROWSER, "Qt WebEngine is not installed")
    if missing := computer.missing_for_window():
        return Choice(Engine.BROWSER, f"{missing} is missing")
    return Choice(own)


def is_test(computer: Computer | None = None) -> bool:
    """Whether the tests drive the window. Never in a packed program."""
    computer = computer or Computer()
    return not computer.is_frozen and bool(computer.environment.get(TEST))


def debugging_port(computer: Computer | None = None) -> int | None:
    """Return the port at which tests drive the window: the value of KOLIBRI_TEST_WINDOW, when it is above 1.

    Raises PermissionError in a packed program that is asked for it: whoever reaches that port is the teacher.
    """
    computer = computer or Computer()
    asked = computer.environment.get(TEST, "")
    if asked and computer.is_frozen:
        raise PermissionError(f"{TEST} is refused: this program cannot be driven from outside.")
    return int(asked) if asked.isdecimal() and int(asked) > 1 else None


def prepare_environment(computer: Computer | None = None) -> None:
    """Leave nothing in the environment that would open the window to others; root's tests go without a sandbox."""
    computer = computer or Computer()
    environment = computer.environment
    flags = [flag for flag in environment.get(_FLAGS, "").split() if not flag.startswith("--remote-")]
    for name in [name for name in environment if name.startswith(_OF_ENGINES)]:
        del environment[name]
    if not is_test(computer):
        flags = [flag for flag in flags if flag in _HARMLESS]
    elif computer.is_administrator():
        flags.append("--no-sandbox")
    environment[_FLAGS] = " ".join(flags)
