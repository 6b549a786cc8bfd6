"""What a person does with a page, counted as a person would count it, and a picture of every screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import BrowserContext
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect


@dataclass
class Count:
    """Clicks (also on a box, a switch, a menu's entry) and fields that were typed or pasted into."""

    clicks: int = 0
    fields: int = 0


class ClickTable:
    """What each job takes, beside Kolibri 0.19.5; kept in a file, which a new run begins anew."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lines = [f"{'job':60}{'clicks':>8}{'fields':>8}{'seconds':>9}  Kolibri 0.19.5"]

    def add(self, job: str, count: Count, kolibri: str, seconds: float | None = None) -> None:
        """Add a job as it was counted, `seconds` where they were measured, and what it takes in Kolibri in words."""
        took = "" if seconds is None else f"{seconds:.1f}"
        self._lines.append(f"{job:60}{count.clicks:8}{count.fields:8}{took:>9}  {kolibri}")
        print(self._lines[-1], flush=True)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text("\n".join([*self._lines, ""]), "utf-8")


class Hands:
    """One person at one page. Every act goes through here, and is counted by each `counted` around it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self._counts: list[Count] = []

    @contextmanager
    def counted(self) -> Iterator[Count]:
        """Yield a count of what is done inside."""
        count = Count()
        self._counts.append(count)
        try:
            yield count
        finally:
            self._counts.remove(count)

    def click(self, what: Locator) -> None:
        """Press a button, follow a link, open what is folded."""
        self._see(what)
        what.click()
        self._add(clicks=1)

    def tick(self, label: Locator) -> None:
        """Press a box or a switch by its words, as people do; it must be on afterwards."""
        self._see(label)
        box = label.locator("input") if label.locator("input").count() else label
        expect(box).not_to_be_checked()
        label.click()
        expect(box).to_be_checked()
        self._add(clicks=1)

    def fill(self, field: Locator, text: str) -> None:
        """Type or paste a text into a field, over what is there."""
        self._see(field)
        field.fill(text)
        self._add(fields=1)

    def drag(self, what: Locator, to: Locator) -> None:
        """Take hold of something and let it go in the middle of another."""
        self._see(what)
        what.hover()
        self.page.mouse.down()
        to.hover()
        to.hover(position={"x": 40, "y": 2})
        self.page.mouse.up()
        self._add(clicks=1)

    def _see(self, what: Locator) -> None:
        """Wait as eyes do: nobody is at the second field before the page's scripts run."""
        what.wait_for()
        self.page.wait_for_load_state()

    def _add(self, clicks: int = 0, fields: int = 0) -> None:
        for count in self._counts:
            count.clicks += clicks
            count.fields += fields


class Trouble:
    """What went wrong behind the pages: answers of 500 and above, scripts that failed, rules that were broken."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def watch(self, context: BrowserContext) -> None:
        """Note all that goes wrong in the context from now on."""
        context.on("response", lambda answer: self._note(f"{answer.status} {answer.url}", answer.status >= 500))
        context.on("weberror", lambda error: self._note(f"script: {error.error}", True))
        context.on("console", lambda line: self._note(line.text, "Content Security Policy" in line.text))

    def _note(self, what: str, is_bad: bool) -> None:
        if is_bad:
            self.seen.append(what)


class Pictures:
    """The pictures of one run, numbered as they were taken; those of an earlier run are thrown away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._number = 0
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def next(self, name: str) -> Path:
        """Return where the next picture goes."""
        self._number += 1
        return self.folder / f"{self._number:02}-{name}.png"

    def take(self, page: Page, name: str) -> None:
        """Keep what the page shows, once its fonts and pictures are there."""
        page.evaluate("document.fonts.ready")
        page.screenshot(path=self.next(name), animations="disabled")
