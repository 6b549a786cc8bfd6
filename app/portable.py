"""Portable mode: `portable.ini` beside the program keeps all data beside it too, on the same stick.

    [portable]
    data = Kolibri Desktop Data

`data` is the name of one folder, made at the first start. Without the line it is called so.
"""

import configparser
import logging
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from app.language import gettext as _
from app.options import Options
from kolibri.errors import BadInput
from kolibri.server import portable
from kolibri.server import run as server

logger = logging.getLogger(__name__)

FILE: Final = "portable.ini"
DATA: Final = "Kolibri Desktop Data"

# A stick that is slow has this long to take what the system still holds.
_SETTLE: Final = 120.0
# Closing a database may write all of its log.
PATIENCE: Final = 30.0
# WebView2 writes in processes of its own, which end after the window; Qt writes in ours.
_CHILDREN: Final = 5.0
# How long a box is shown that nobody closes.
_SHOWN: Final = 30.0


def settle(options: Options) -> Options:
    """Return the options with the home beside the program when that is portable; `--home` wins.

    Only what was packed can be carried about. Raises BadInput when `portable.ini` cannot be followed: data
    would be looked for on this computer, and not be there.
    """
    if options.home is not None or not getattr(sys, "frozen", False):
        return options
    home = home_beside(Path(sys.executable))
    return options if home is None else replace(options, home=home, is_portable=True)


def home_beside(program: Path) -> Path | None:
    """Return the folder with the data of a portable program, None of another. Raises BadInput."""
    folder = _folder_of(program.absolute())
    file = folder / FILE
    try:
        text = file.read_text("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _cannot_follow(file, str(error)) from error
    parser = configparser.ConfigParser(interpolation=None)
    try:
        # Somebody who writes the line by hand may leave out the heading.
        parser.read_string(text if "[" in text else f"[portable]\n{text}")
        data = parser.get("portable", "data", fallback="").strip() or DATA
    except configparser.Error as error:
        raise _cannot_follow(file, error.message) from error
    if set(data) & set('/\\:*?"<>|') or data != data.rstrip(".") or not data.isprintable():
        raise _cannot_follow(file, f"data = {data}")
    return folder / data


def farewell(running: server.Running, home: Path) -> tuple[str, bool]:
    """Bring everything onto the stick, and return what to say and whether the stick may go. After `running.stop`."""
    if running.is_gone:
        return running.problem, False
    running.wait_stopped(PATIENCE)
    if os.name == "nt":
        psutil.wait_procs(psutil.Process().children(recursive=True), timeout=_CHILDREN)
    if running.is_saved and _in_time(lambda: portable.settle(home), _SETTLE):
        return _("Everything is saved. You may take the stick out now."), True
    return _("Not everything is on the stick yet. Leave it in, start the program again and end it once more."), False


def say(tell: Callable[[str, str], None], title: str, text: str) -> None:
    """Show a box that does not outlive its use, so that a program nobody looks at ends too."""

    def show() -> bool:
        tell(title, text)
        return True

    _in_time(show, _SHOWN)


def _in_time(do: Callable[[], bool], seconds: float) -> bool:
    """Return what `do` returns, False when it takes longer or fails."""
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(do()), name="farewell", daemon=True)
    thread.start()
    thread.join(seconds)
    return found == [True]


def _folder_of(program: Path) -> Path:
    """Return where a person sees the program: beside the .app on macOS, the folder of the file elsewhere."""
    for place in program.parents:
        if place.suffix == ".app":
            return place.parent
    return program.parent


def _cannot_follow(file: Path, reason: str) -> BadInput:
    text = _(
        "The file {file} beside the program cannot be followed ({reason}). "
        "Write the name of one folder after data =, or remove the file."
    )
    return BadInput(text.format(file=file, reason=reason.replace(os.linesep, " ").replace("\n", " ")))
