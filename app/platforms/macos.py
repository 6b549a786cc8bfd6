"""macOS: `open`, and a box through AppleScript."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

_SAY = "on run words\ndisplay alert (item 1 of words) message (item 2 of words) as critical\nend run"
_TELL = "on run words\ndisplay alert (item 1 of words) message (item 2 of words) giving up after 30\nend run"


def open_folder(folder: Path) -> None:
    """Show a folder in the file manager. Raises OSError when there is no way to."""
    _start("open", str(folder))


def open_file(file: Path) -> None:
    """Open a file in the program that the person has for its kind. Raises OSError when there is no way to."""
    _start("open", str(file))


def show_message(title: str, text: str) -> None:
    """Say something in a box, and in the terminal when there is one."""
    print(f"{title}: {text}", file=sys.stderr, flush=True)
    _start("osascript", "-e", _SAY, title, text)


def tell(title: str, text: str) -> None:
    """Show good news in a box that outlives the program, for half a minute."""
    _start("osascript", "-e", _TELL, title, text)


def languages() -> list[str]:
    """Return the codes of the languages that the person reads, the dearest first ("pt_BR")."""
    try:
        asked = subprocess.run(
            ["defaults", "read", "-g", "AppleLanguages"], capture_output=True, text=True, timeout=2, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return read_languages(asked.stdout)


def read_languages(text: str) -> list[str]:
    """Return the codes in what `defaults` prints: a list in brackets, one a line ("pt-BR", zh-Hans-CN)."""
    return [line.strip(' ",').replace("-", "_") for line in text.splitlines() if line.strip(' "(),')]


def has_display() -> bool:
    """Whether a window can be shown."""
    return True


def is_administrator() -> bool:
    """Whether the program runs as root; the system's own engine keeps its sandbox then too."""
    return os.geteuid() == 0


def address_of(file: Path) -> str:
    """Return how the system's browser is told of a file."""
    return file.as_uri()


def is_browser_confined() -> bool:
    """Whether the system's browser may be one that cannot read a file in our home."""
    return False


def missing_for_window() -> str:
    """Return what the system lacks for a window with its own engine, or nothing."""
    return "" if importlib.util.find_spec("WebKit") else "PyObjC"


def _start(*command: str) -> None:
    subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
