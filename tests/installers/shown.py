"""The program's window as its user has it: the newest on the display, brought to the front, typed into, closed.

A display of these tests may still name windows of earlier ones: the window manager goes on naming a window whose
program was killed while it was being opened, and a box with a reason outlives its test. So a window is never looked for
by its title alone, which finds the oldest.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

from tests.installers.conftest import Ordinary
from tests.patience import PATIENCE

NAME = "Kolibri Desktop"


def newest_window(screen: str) -> str:
    """Return the line of the program's newest window on a display, number first, or nothing when there is none."""
    return next((line for line in reversed(_windows(screen).splitlines()) if NAME in line), "")


def title_of_window(ordinary: Ordinary) -> str:
    """Return the line of the newest window before the ordinary user."""
    return newest_window(ordinary.screen)


def close_window(ordinary: Ordinary) -> None:
    """Press the close button of the newest window."""
    _run(ordinary.screen, "wmctrl", "-i", "-c", title_of_window(ordinary).partition(" ")[0])


def type_into(ordinary: Ordinary, *fields: str) -> None:
    """Write a text into each field in its turn, from the one that has the keyboard, with Tab between them."""
    # The title is there a while before the first field has the keyboard.
    time.sleep(1)
    for number, text in enumerate(fields):
        if number:
            press_keys(ordinary, "Tab")
        if text:
            _run(ordinary.screen, "xdotool", "type", "--clearmodifiers", "--delay", "30", text)


def press_keys(ordinary: Ordinary, *keys: str) -> None:
    """Press keys in the window that has the keyboard."""
    _run(ordinary.screen, "xdotool", "key", "--clearmodifiers", "--delay", "100", *keys)


def press_enter_until(ordinary: Ordinary, gone_on: Callable[[str], bool]) -> None:
    """Press Enter in the newest window until its title says that it was heard.

    Pressed again when nothing comes of it: a page's title is there a while before its button has the focus.

    Raises:
        AssertionError: It was not; says which windows there were and which had the keyboard.
    """
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        _run(ordinary.screen, "wmctrl", "-i", "-a", title_of_window(ordinary).partition(" ")[0])
        _run(ordinary.screen, "xdotool", "key", "--clearmodifiers", "Return")
        again = time.monotonic() + 5
        while time.monotonic() < again:
            if (title := title_of_window(ordinary)) and gone_on(title):
                return
            time.sleep(0.1)
    with_keyboard = _run(ordinary.screen, "xdotool", "getwindowfocus", "getwindowname")
    raise AssertionError(f"Enter was not heard. Windows:\n{_windows(ordinary.screen)}The keyboard's: {with_keyboard}")


def _windows(screen: str) -> str:
    return _run(screen, "wmctrl", "-l")


def _run(screen: str, *command: str) -> str:
    # Fails when there is no window, or it has just gone: the next look tells.
    environment = {**os.environ, "DISPLAY": screen}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout
