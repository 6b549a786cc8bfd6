"""Finding and ticking resources for a lesson in a real browser, however fast the hands."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from kolibri.core.lessons.models import Lesson
from tests.coach.lesson_editor import THREE
from tests.coach.lesson_editor import address
from tests.coach.lesson_editor import open_folder
from tests.coach.lesson_editor import saved
from tests.coach.lesson_editor import stored
from tests.coach.lesson_editor import tick
from tests.patience import until
from tests.schools import School
from tests.screens import Visit
from tests.sticks import Stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_picker_shows_ten_rows(lesson_page: Page) -> None:
    open_folder(lesson_page, "The big book")
    boxes = [row.bounding_box() for row in lesson_page.locator("#picker .row").all()]
    assert sum(box["y"] >= 0 and box["y"] + box["height"] <= 800 for box in boxes) >= 10
    # What is chosen stands beside it, not under it.
    assert lesson_page.locator("#chosen .row").first.bounding_box()["y"] < 700


def test_search_as_one_types_keeps_what_is_typed_and_comes_back_after_a_look(lesson_page: Page) -> None:
    field = lesson_page.get_by_role("searchbox", name="Search resources")
    field.press_sequentially("big book 17", delay=60)
    expect(lesson_page.locator("#picker .row")).to_have_count(1)
    expect(lesson_page.locator("#said")).to_have_text("1 resource found")
    expect(field).to_have_value("big book 17")
    expect(field).to_be_focused()
    lesson_page.get_by_role("link", name="Look at “Page 17 of the big book”").click()
    lesson_page.get_by_role("link", name="Back to the lesson").click()
    expect(tick(lesson_page, "Page 17 of the big book")).to_be_visible()
    expect(field).to_have_value("big book 17")
    lesson_page.get_by_role("link", name="All content").click()
    expect(lesson_page.get_by_role("link", name="The big book")).to_be_visible()
    expect(field).to_have_value("")
    field.fill("no such thing")
    expect(lesson_page.locator("#picker")).to_contain_text("Nothing here is called “no such thing”.")


def test_all_of_a_folder_are_ticked_at_once(lesson_page: Page) -> None:
    open_folder(lesson_page, "The big book")
    everything = lesson_page.get_by_role("checkbox", name="Tick all 30")
    everything.check()
    pages = [f"Page {number} of the big book" for number in range(1, 31)]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(THREE + pages)
    # One that is taken out again: not all, and not none.
    tick(lesson_page, pages[0]).uncheck()
    expect(lesson_page.locator("#chosen .row")).to_have_count(len(THREE) + 29)
    assert everything.evaluate("box => box.indeterminate")
    everything.click()
    expect(lesson_page.locator("#chosen .row")).to_have_count(len(THREE) + 30)
    everything.uncheck()
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(THREE)
    assert stored() == THREE


def test_a_search_is_narrowed_by_kind_and_stays_so_for_the_next_word(lesson_page: Page) -> None:
    field = lesson_page.get_by_role("searchbox", name="Search resources")
    field.fill("water")
    expect(tick(lesson_page, "Water words").first).to_be_visible()
    expect(tick(lesson_page, "The water cycle")).to_be_visible()
    lesson_page.get_by_role("combobox", name="Kind").focus()
    lesson_page.get_by_role("combobox", name="Kind").select_option("Video")
    expect(tick(lesson_page, "Water words")).to_have_count(0)
    expect(tick(lesson_page, "The water cycle")).to_be_visible()
    expect(lesson_page.get_by_role("combobox", name="Kind")).to_be_focused()
    field.fill("big book")
    expect(lesson_page.locator("#picker")).to_contain_text("Nothing of this kind and channel is called “big book”.")
    lesson_page.get_by_role("combobox", name="Kind").select_option("All kinds")
    expect(lesson_page.locator("#picker [name=add]")).to_have_count(30)


def test_the_folder_is_the_same_after_a_reload(lesson_page: Page) -> None:
    open_folder(lesson_page, "Water")
    open_folder(lesson_page, "Plants")
    lesson_page.reload()
    expect(lesson_page.locator("#picker [aria-current]")).to_have_text("Plants")


@pytest.mark.parametrize("count", [2, 10])
def test_no_quick_tick_is_lost(lesson_page: Page, count: int) -> None:
    open_folder(lesson_page, "The big book")
    # All within one turn of the page's own clock: nobody is faster.
    boxes = "[...document.querySelectorAll('#picker [name=add]')]"
    lesson_page.evaluate(f"count => {boxes}.slice(0, count).forEach(box => box.click())", count)
    pages = [f"Page {number} of the big book" for number in range(1, count + 1)]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(THREE + pages)
    saved(lesson_page)
    assert stored() == THREE + pages


def test_ticks_outlive_the_folder_they_were_made_in(lesson_page: Page) -> None:
    open_folder(lesson_page, "The big book")
    held = []
    lesson_page.route("**/resources/", lambda route: held.append(route), times=1)
    tick(lesson_page, "Page 1 of the big book").check()
    tick(lesson_page, "Page 2 of the big book").check()
    tick(lesson_page, "Page 1 of the big book").uncheck()
    lesson_page.get_by_role("link", name="All content").click()
    open_folder(lesson_page, "Numbers")
    tick(lesson_page, "Adding").check()
    assert len(held) == 1
    held[0].continue_()
    expected = [*THREE, "Page 2 of the big book", "Adding"]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(expected)
    assert stored() == expected


def test_ticks_are_kept_when_the_page_is_left_at_once(lesson_page: Page) -> None:
    open_folder(lesson_page, "The big book")
    lesson_page.evaluate(
        """() => {
            [...document.querySelectorAll('#picker [name=add]')].slice(0, 3).forEach(box => box.click());
            location.assign(document.querySelector('.crumbs a').href);
        }"""
    )
    expect(lesson_page.get_by_role("heading", name="Grade 4")).to_be_visible()
    until(lambda: len(stored()) == 6)


def test_what_is_chosen_is_shown_in_place(lesson_page: Page) -> None:
    open_folder(lesson_page, "Water")
    expect(tick(lesson_page, "The water cycle")).to_be_checked()
    expect(tick(lesson_page, "Water words")).not_to_be_checked()
    lesson_page.get_by_role("button", name="Remove “The water cycle”").click()
    expect(tick(lesson_page, "The water cycle")).not_to_be_checked()
    tick(lesson_page, "Water words").check()
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text([*THREE[1:], "Water words"])
    tick(lesson_page, "Palabras del agua").uncheck()
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(["A steady tone", "Water words"])
    assert stored() == ["A steady tone", "Water words"]


def test_an_app_is_previewed_as_learners_see_it(
    open_school: School, open_lesson: Lesson, open_channel: Stick, visit: Visit
) -> None:
    page = visit(address("preview", open_lesson, open_channel.node_ids["Counting beads"]), open_school.coach)
    expect(page.frame_locator(".viewer iframe").locator("body")).not_to_be_empty()
    page.get_by_role("button", name="Add to the lesson").click()
    expect(page.locator("#chosen bdi.lines")).to_have_text([*THREE, "Counting beads"])
