"""Debian's Chromium, in the two ways in which the tests start it."""

from __future__ import annotations

from typing import Final

from playwright.sync_api import Browser
from playwright.sync_api import Playwright

# As people have it.
WHOLE: Final = "/usr/bin/chromium"
# The same engine without the window around it: half the processor's work for the many tests of pages.
PAGES: Final = "/usr/bin/chromium-headless-shell"


def launch(playwright: Playwright, program: str = PAGES) -> Browser:
    """Start it; tests run as root, too, and there it has no sandbox."""
    return playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
