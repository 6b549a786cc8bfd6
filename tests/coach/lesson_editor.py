"""What is pressed and read on a lesson's page in a browser, and what the database has of it."""

from __future__ import annotations

from django.urls import reverse
from playwright.sync_api import Page
from playwright.sync_api import expect

from kolibri.core.content import services as content
from kolibri.core.lessons.models import Lesson

THREE = ["The water cycle", "Palabras del agua", "A steady tone"]


def address(name: str, *records: object) -> str:
    return reverse(f"kolibri:coach:{name}", args=[getattr(record, "pk", record) for record in records])


def chosen(page: Page) -> list[str]:
    return page.locator("#chosen bdi.lines").all_inner_texts()


def stored() -> list[str]:
    """Return the titles of the only lesson's resources as the database has them."""
    known = content.resources_by_ids(entry["contentnode_id"] for entry in Lesson.objects.get().resources)
    return [resource.title for resource in known.values()]


def open_folder(page: Page, title: str) -> None:
    page.locator("#picker").get_by_role("link", name=title, exact=True).click()
    expect(page.locator("#picker [aria-current]")).to_have_text(title)


def tick(page: Page, title: str):
    return page.locator("#picker").get_by_role("checkbox", name=title, exact=True)


def grip(page: Page, title: str):
    return page.get_by_role("button", name=f"Move “{title}”:")


def saved(page: Page) -> None:
    expect(page.locator("#saved-state")).to_have_text("Saved")
