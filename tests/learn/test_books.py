"""A book as a learner reads it: in a browser, from the first page to the end, and on from where it was left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.models import ContentNode
from kolibri.core.logger import services as logger
from kolibri.core.logger.models import ContentSummaryLog
from tests.patience import until
from tests.screens import LOOKS
from tests.screens import bring
from tests.screens import check
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(computer, open_school, tmp_path) -> str:
    bring(make_stick(tmp_path / "stick"), computer)
    return f"/learn/library/{ContentNode.objects.get(title='How a plant grows').pk}/"


def page_of(page: Page):
    return page.frame_locator(".book iframe")


def letters(page: Page) -> float:
    """Return how large the letters of the part are, in px."""
    size = page_of(page).locator("html").evaluate("all => getComputedStyle(all).fontSize")
    return float(size.removesuffix("px"))


def place(learner: FacilityUser) -> tuple[object, float]:
    """Return the part and the place in it that are kept."""
    summary = ContentSummaryLog.objects.filter(user=learner).first()
    state = logger.standing(learner, summary.content_id).state if summary else {}
    return state.get("part"), state.get("place", 0.0)


def test_a_book_is_read_to_its_end(visit, open_school, address) -> None:
    page = visit(address, open_school.learner)
    contents = page.get_by_label("Parts of the book")
    expect(contents.locator("option")).to_have_text(["1 of 4", "2. Seed", "3. Root", "4. Leaf"])
    expect(page.get_by_role("button", name="Previous part")).to_be_disabled()
    assert page_of(page).locator("img").evaluate("image => image.naturalWidth") > 0
    page.get_by_role("button", name="Next part").click()
    expect(page_of(page).get_by_role("heading")).to_have_text("Seed")
    # A link in the book leads to another part, and the reader knows.
    page_of(page).get_by_role("link", name="To the leaf").click()
    expect(page_of(page).get_by_text("Green\u00a0and new.")).to_be_visible()
    until(lambda: contents.input_value().endswith("/three.xhtml"), "the contents to follow")
    expect(page.get_by_role("button", name="Next part")).to_be_disabled()
    # What was leafed over is not read.
    page.wait_for_timeout(700)
    assert not page.get_by_role("status").filter(has_text="Finished").is_visible()
    contents.select_option(index=2)
    expect(page_of(page).get_by_role("heading")).to_have_text("Root")
    page_of(page).locator("p").last.scroll_into_view_if_needed()
    expect(page.get_by_role("status").filter(has_text="Finished")).to_be_visible()
    assert ContentSummaryLog.objects.get(user=open_school.learner).progress == 1


def test_it_opens_where_it_was_left(visit, open_school, address) -> None:
    page = visit(address, open_school.learner)
    page.get_by_label("Parts of the book").select_option(index=2)
    expect(page_of(page).get_by_role("heading")).to_have_text("Root")
    page_of(page).locator("p").nth(40).scroll_into_view_if_needed()
    before = letters(page)
    page.get_by_role("button", name="Larger").click()
    until(lambda: letters(page) > before, "larger letters")
    page.wait_for_timeout(700)
    page.goto("about:blank")
    until(lambda: place(open_school.learner)[0] == 2 and place(open_school.learner)[1] > 0.3, "the visit to be told")
    page = visit(address, open_school.learner)
    expect(page_of(page).get_by_role("heading")).to_have_text("Root")
    until(lambda: page_of(page).locator("body").evaluate("() => scrollY") > 500, "the place in the part")


@pytest.mark.parametrize("look", LOOKS)
def test_its_screen(visit, open_school, address, tmp_path, look) -> None:
    page = visit(address, open_school.learner, look)
    until(lambda: page.locator("[data-book]").get_attribute("data-ready") is not None, "the first part")
    check(page, "book", tmp_path)
