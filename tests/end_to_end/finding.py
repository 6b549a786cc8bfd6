"""What is pressed and read on several of a teacher's pages."""

from __future__ import annotations

from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.end_to_end.hands import Hands


def place(page: Page, name: str) -> Locator:
    return page.locator("nav.rail").get_by_role("link", name=name, exact=True)


def press(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def work_under_way(page: Page) -> Locator:
    return page.get_by_role("region", name="Work under way").get_by_role("progressbar")


def pick(teacher: Hands, title: str) -> None:
    teacher.tick(teacher.page.locator("#picker label.tick", has_text=title))
    expect(teacher.page.locator("#chosen .row", has_text=title)).to_be_visible()


def titles(page: Page) -> list[str]:
    return page.locator("#chosen .row").evaluate_all("rows => rows.map(row => row.dataset.title)")
