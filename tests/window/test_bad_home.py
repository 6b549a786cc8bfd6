"""The window on a home that cannot be one: the reason on its page, and the way on once that is mended."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from playwright.sync_api import expect

from tests.end_to_end.window import Window
from tests.media import memory_disk

Mend = Callable[[], object]


@contextmanager
def locked(home: Path) -> Iterator[tuple[str, Mend]]:
    with memory_disk(home, "size=80m,ro"):
        mend = ["mount", "-o", "remount,rw", home]
        yield f"The folder {home} cannot be written.", lambda: subprocess.run(mend, check=True)


@contextmanager
def full(home: Path) -> Iterator[tuple[str, Mend]]:
    with memory_disk(home, "size=80m"):
        with pytest.raises(OSError, match="No space"), (home / "film").open("wb", buffering=0) as film:
            while True:
                film.write(bytes(4096))
        yield f"There is no space left for the folder {home}.", (home / "film").unlink


@pytest.mark.parametrize("bad", [locked, full])
def test_the_window_says_why_and_goes_on_when_it_is_mended(
    playwright: Playwright, screen: str, home: Path, bad: Callable[..., object]
) -> None:
    with bad(home) as (sentence, mend):  # type: ignore[attr-defined]
        window = Window(playwright, home, screen)
        try:
            expect(window.page.get_by_role("heading", name="Kolibri Desktop could not start.")).to_be_visible()
            expect(window.page.get_by_text(sentence)).to_be_visible()
            again = window.page.get_by_role("button", name="Try again")
            again.click()
            # Not mended yet: the same again.
            expect(window.page.get_by_text(sentence)).to_be_visible()
            mend()
            again.click()
            expect(window.page).to_have_url(re.compile("/setup/"), timeout=60_000)
            window.press_close_button()
            assert window.ended() == 0
            assert "Traceback" not in window.said()
        finally:
            window.clear_away()
