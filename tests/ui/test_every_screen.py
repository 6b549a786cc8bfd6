"""Every screen as every kind of person sees it: wide and on a phone, light and dark, in English and Arabic.

The screens come from the address configuration: one without a line in tests/every_screen.py fails by name.
A person and a language share one browser context, and one opened page goes through its sizes and themes, so
that all of it takes minutes and not hours. What was looked at is told in build/axe.txt.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from playwright.sync_api import Browser
from playwright.sync_api import BrowserContext
from playwright.sync_api import Page
from playwright.sync_api import Response

from kolibri.server.listeners import Listeners
from tests import every_screen
from tests.every_screen import SCREENS
from tests.patience import PATIENCE
from tests.rich_school import RichSchool
from tests.schools import School
from tests.screens import AXE
from tests.screens import WIDE
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

LANGUAGES = {"en": "ltr", "ar": "rtl"}
SIZES = {"wide": WIDE, "phone": {"width": 360, "height": 740}}
# As at 200 %: half as many of CSS's pixels each way.
ZOOMED = {"width": WIDE["width"] // 2, "height": WIDE["height"] // 2}
TABLE = Path(__file__).parent.parent.parent / "build" / "axe.txt"

FORM = (Path(__file__).parent / "every_screen.js").read_text("utf-8")


@pytest.fixture(scope="module")
def table(testrun_uid: str) -> Iterator[list[str]]:
    """The rows of what was looked at, written at the end, also of a run that found faults."""
    rows: list[str] = []
    yield rows
    TABLE.parent.mkdir(exist_ok=True)
    head = f"{'screen':44}{'who':11}{'language':10}{'looks':>6}{'faults':>8}"
    # Each process of a run looks at a part of the screens, and ends when it likes.
    with TABLE.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        before = file.read().splitlines()
        if before[-1:] == [f"run {testrun_uid}"]:
            rows += before[1:-1]
        file.truncate(0)
        file.write("\n".join([head, *sorted(rows), f"run {testrun_uid}", ""]))


@pytest.fixture
def rich(open_school: School, computer: Path, tmp_path: Path, settings: Any) -> RichSchool:
    """The school, with a stick in the computer that has one channel more."""
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "BLUE STICK", channels=2).root]
    return RichSchool(open_school, make_stick(tmp_path / "stick", padding=30), computer)


class Eyes:
    """Look at pages in one context, and keep what is wrong with them."""

    def __init__(self, context: BrowserContext, origin: str, language: str, who: str, table: list[str]) -> None:
        self.origin, self.language, self.who, self.table = origin, language, who, table
        self.faults: list[str] = []
        self.said: list[str] = []
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.page.on("console", lambda message: self.said.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def _asked(self, url: str) -> None:
        if urlsplit(url).scheme.startswith("http") and urlsplit(url).hostname != "127.0.0.1":
            self.said.append(f"asks {url}")

    def look(self, name: str, path: str, status: int) -> None:
        """Open one screen and see it in every size and theme."""
        answered = self.open(path)
        found = []
        if answered is None or answered.status != status:
            found.append(f"answers {answered and answered.status} and not {status}")
        self.see(name, status, found)

    def open(self, path: str) -> Response | None:
        """Go to an address as everything is first seen: wide and light."""
        self.said.clear()
        self.page.set_viewport_size(WIDE)
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        return self.page.goto(f"{self.origin}{path}", wait_until="load")

    def press(self, button: str) -> None:
        """Press what leads to a page that has no address of its own."""
        self.page.set_viewport_size(WIDE)
        with self.page.expect_navigation(wait_until="load"):
            self.page.locator(button).first.click()

    def see(self, name: str, status: int = 200, found: list[str] | None = None) -> None:
        """See the page that is open in every size and theme."""
        found, page = found or [], self.page
        every_screen.settle(page)
        page.evaluate(AXE)
        page.evaluate(FORM)
        wanted = {"language": self.language, "direction": LANGUAGES[self.language]}
        found += page.evaluate("wanted => Screen.form(wanted)", wanted)
        controls = page.evaluate("() => Screen.controls()")
        found += self._focus(page)
        looks = 0
        for size, pixels in SIZES.items():
            page.set_viewport_size(pixels)
            for theme in ("light", "dark"):
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                # Only colours differ between the themes.
                rules = [] if theme == "light" else ["color-contrast"]
                where = f"{size} {theme}"
                found += [f"{where}: {fault}" for fault in page.evaluate("rules => Screen.axe(rules)", rules)]
                looks += 1
            found += [f"{size}: {fault}" for fault in page.evaluate("() => Screen.fits()")]
        page.set_viewport_size(ZOOMED)
        found += [f"at 200 %: {fault}" for fault in page.evaluate("() => Screen.fits()")]
        found += [f"at 200 %: {gone} is gone" for gone in page.evaluate("before => Screen.missing(before)", controls)]
        # The browser itself says so of a page that answers with 403 or 404.
        found += [said for said in self.said if status == 200 or f"status of {status}" not in said]
        self.faults += [f"{name} ({self.who}, {self.language}) {fault}" for fault in dict.fromkeys(found)]
        self.table.append(f"{name:44}{self.who:11}{self.language:10}{looks:6}{len(found):8}")

    @staticmethod
    def _focus(page: Page) -> list[str]:
        """Press Tab a few times: what has the focus must show it."""
        found = []
        for _ in range(4):
            page.keyboard.press("Tab")
            if fault := page.evaluate("() => Screen.focus()"):
                found.append(fault)
        page.evaluate("() => { document.activeElement.blur(); scrollTo(0, 0); }")
        return found


def context_of(chromium: Browser, client: Client, origin: str, language: str) -> BrowserContext:
    context = chromium.new_context(viewport=WIDE, locale=language)
    context.add_cookies(every_screen.cookies_of(client, origin, language))
    return context


def test_every_address_with_a_page_has_a_line() -> None:
    assert every_screen.unnamed() == [], "give each a line in SCREENS or NO_PAGES of tests/every_screen.py"


@pytest.mark.django_db
def test_somebody_opens_every_screen(school: School, computer: Path, tmp_path: Path, settings: Any) -> None:
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "BLUE STICK", channels=2).root]
    rich = RichSchool(school, make_stick(tmp_path / "stick", padding=30), computer)
    assert [name for name in SCREENS if not every_screen.who_opens(rich, name)] == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", every_screen.ROLES)
def test_every_screen(
    chromium: Browser, listeners: Listeners, rich: RichSchool, table: list[str], who: str, language: str
) -> None:
    origin = f"http://127.0.0.1:{listeners.port}"
    client = every_screen.signed_in(rich.people[who], at_window=who == "keeper")
    context = context_of(chromium, client, origin, language)
    eyes = Eyes(context, origin, language, who, table)
    for name, opened in SCREENS.items():
        path = opened.path(name.partition("#")[0], rich.ids)
        if client.get(path).status_code == opened.status:
            eyes.look(name, path, opened.status)
    context.close()
    assert eyes.faults == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_wizard(chromium: Browser, served: Listeners, table: list[str], language: str) -> None:
    origin = f"http://127.0.0.1:{served.port}"
    context = context_of(chromium, every_screen.in_the_wizard(language), origin, language)
    eyes = Eyes(context, origin, language, "wizard", table)
    for name in every_screen.WIZARD:
        eyes.look(name, every_screen.Opened().path(name, {}), 200)
    context.close()
    assert eyes.faults == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_that_stands_after_a_press(
    chromium: Browser,
    listeners: Listeners,
    rich: RichSchool,
    open_school: School,
    table: list[str],
    tmp_path: Path,
    settings: Any,
    language: str,
) -> None:
    """What a list of people will do and has done, what an update takes from lessons, and joining."""
    origin = f"http://127.0.0.1:{listeners.port}"
    keeper = every_screen.signed_in(rich.people["keeper"], at_window=True)
    eyes = Eyes(context_of(chromium, keeper, origin, language), origin, language, "keeper", table)
    eyes.open("/school/people/list/")
    eyes.page.locator("textarea[name=text]").fill("Username,Name,Class\nbad name!,Bad,\nzoe,Zoe Zulu,Grade 5\n")
    eyes.press("main form button.main")
    eyes.see("kolibri:school:list, its plan")
    eyes.press("form[action$='/list/add/'] button")
    eyes.page.wait_for_url("**/list/done/*/")
    eyes.see("kolibri:school:list-done")
    newer = make_stick(tmp_path / "NEWER", version=2, padding=30, drop=["Adding"])
    settings.KOLIBRI_EXTRA_DRIVES = [newer.root]
    eyes.open("/computer/content/")
    eyes.press("form[action$='/content/import/'] button.main")
    assert "/content/import/" in eyes.page.url
    eyes.see("kolibri:computer:import, its losses")
    eyes.page.context.close()
    open_school.facility.dataset.learner_can_sign_up = True
    open_school.facility.dataset.save()
    stranger = every_screen.signed_in(None)
    joining = Eyes(context_of(chromium, stranger, origin, language), origin, language, "anonymous", table)
    joining.look("kolibri:ui:join", "/join/", 200)
    joining.press("main form button.main")
    joining.see("kolibri:ui:join, refused", 400)
    joining.page.context.close()
    assert eyes.faults + joining.faults == []
