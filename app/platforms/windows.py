"""Windows: its shell, its registry's word on WebView2."""

import ctypes
import locale
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from typing import Final

_ERROR_ICON: Final = 0x10
_NEWS_ICON: Final = 0x40
_IN_FRONT: Final = 0x10000
# The number under which the WebView2 runtime enters itself, for all users or for one. pywebview looks at these two
# places too and takes Internet Explorer when it finds nothing, so no third place may count here.
_WEBVIEW2: Final = r"Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
# What pywebview 6.2 asks for (webview/platforms/winforms.py, _is_chromium).
_WEBVIEW2_LEAST: Final = 86
_DOTNET: Final = r"SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full"
_DOTNET_462: Final = 394_802


def open_folder(folder: Path) -> None:
    """Show a folder in the file manager. Raises OSError when there is no way to."""
    _start(folder)


def open_file(file: Path) -> None:
    """Open a file in the program that the person has for its kind. Raises OSError when there is no way to."""
    _start(file)


def show_message(title: str, text: str) -> None:
    """Say something in a box, and in the terminal when there is one."""
    print(f"{title}: {text}", file=sys.stderr, flush=True)
    _windll().user32.MessageBoxW(None, text, title, _ERROR_ICON)


def tell(title: str, text: str) -> None:
    """Show good news in a box; returns when it is closed."""
    _windll().user32.MessageBoxW(None, text, title, _NEWS_ICON | _IN_FRONT)


def languages() -> list[str]:
    """Return the codes of the languages that the person reads, the dearest first ("pt_BR")."""
    code = locale.windows_locale.get(_windll().kernel32.GetUserDefaultUILanguage())
    return [code] if code else []


def has_display() -> bool:
    """Whether a window can be shown."""
    return True


def is_administrator() -> bool:
    """Whether the program runs with rights that a browser engine must not have; WebView2 lowers its own."""
    return False


def address_of(file: Path) -> str:
    """Return how the system's browser is told of a file.

    Its path: Windows reads the letters of a file's address in an alphabet of its own, and a person's name is in it.
    """
    return str(file)


def is_browser_confined() -> bool:
    """Whether the system's browser may be one that cannot read a file in our home."""
    return False


def missing_for_window() -> str:
    """Return what the system lacks for WebView2's window, or nothing: pywebview would take Internet Explorer."""
    try:
        import winreg
    except ImportError:
        return "winreg"
    return missing_in_registry(winreg)


def missing_in_registry(registry: Any) -> str:
    """As `missing_for_window`, asking `registry` (the module winreg, or one like it)."""
    machine, person = registry.HKEY_LOCAL_MACHINE, registry.HKEY_CURRENT_USER
    places = ((machine, rf"SOFTWARE\WOW6432Node\{_WEBVIEW2}"), (person, rf"SOFTWARE\{_WEBVIEW2}"))
    versions = [_value(registry, root, key, "pv") for root, key in places]
    return lacking(versions, _value(registry, machine, _DOTNET, "Release"))


def lacking(versions: Iterable[object], release: object) -> str:
    """Return which of the two is missing or too old: WebView2, by the versions entered, or .NET, by its release."""
    if not any(_major(version) >= _WEBVIEW2_LEAST for version in versions):
        return "WebView2"
    return "" if isinstance(release, int) and release >= _DOTNET_462 else ".NET Framework 4.6.2"


def _major(version: object) -> int:
    """Return the first number of a version, 0 for what is none; a runtime that was removed leaves "0.0.0.0"."""
    first = version.partition(".")[0] if isinstance(version, str) else ""
    return int(first) if first.isascii() and first.isdecimal() else 0


def _value(registry: Any, root: Any, key: str, name: str) -> object:
    try:
        with registry.OpenKey(root, key) as opened:
            return registry.QueryValueEx(opened, name)[0]
    except OSError:
        return None


def _start(path: Path) -> None:
    os.startfile(path)  # type: ignore[attr-defined]


def _windll() -> Any:
    return ctypes.windll  # type: ignore[attr-defined]
