"""What is in a lesson, put in another order and taken out again in a real browser, by mouse and by keys."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from tests.coach.lesson_editor import THREE
from tests.coach.lesson_editor import chosen
from tests.coach.lesson_editor import grip
from tests.coach.lesson_editor import open_folder
from tests.coach.lesson_editor import stored
from tests.coach.lesson_editor import tick
from tests.patience import until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_order_by_drag(lesson_page: Page) -> None:
    start = grip(lesson_page, "A steady tone").bounding_box()
    goal = grip(lesson_page, "The water cycle").bounding_box()
    lesson_page.mouse.move(start["x"] + 10, start["y"] + 10)
    lesson_page.mouse.down()
    for step in range(1, 11):
        lesson_page.mouse.move(start["x"] + 10, start["y"] + (goal["y"] - start["y"]) * step / 10 + 4)
    lesson_page.mouse.up()
    order = ["A steady tone", "The water cycle", "Palabras del agua"]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(order)
    expect(lesson_page.locator("#said[role=status]")).to_have_text("A steady tone is now number 1 of 3")
    expect(lesson_page.get_by_role("button", name="Undo: Order changed")).to_be_visible()
    lesson_page.reload()
    assert chosen(lesson_page) == order == stored()


def test_order_by_arrow_keys_however_fast(lesson_page: Page) -> None:
    grip(lesson_page, "The water cycle").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
        lesson_page.keyboard.press(key)
    order = ["Palabras del agua", "A steady tone", "The water cycle"]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(order)
    expect(lesson_page.locator("#said[role=status]")).to_have_text("The water cycle is now number 3 of 3")
    expect(grip(lesson_page, "The water cycle")).to_be_focused()
    expect(lesson_page.get_by_role("button", name="Undo: Order changed")).to_be_visible()
    until(lambda: stored() == order)
    lesson_page.reload()
    assert chosen(lesson_page) == order


def test_an_answer_on_its_way_does_not_undo_a_later_move(lesson_page: Page) -> None:
    open_folder(lesson_page, "Numbers")
    held = []
    lesson_page.route("**/resources/", lambda route: held.append(route), times=1)
    tick(lesson_page, "Adding").check()
    grip(lesson_page, "The water cycle").press("ArrowDown")
    assert len(held) == 1
    held[0].continue_()
    order = ["Palabras del agua", "The water cycle", "A steady tone", "Adding"]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(order)
    assert stored() == order


def test_remove_and_undo_keep_order_and_place(lesson_page: Page) -> None:
    grip(lesson_page, "A steady tone").press("ArrowUp")
    order = ["The water cycle", "A steady tone", "Palabras del agua"]
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(order)
    remove = lesson_page.get_by_role("button", name="Remove “A steady tone”")
    remove.focus()
    lesson_page.keyboard.press("Enter")
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text([order[0], order[2]])
    expect(lesson_page.locator("#said")).to_have_text("A steady tone is taken out")
    expect(lesson_page.get_by_role("button", name="Remove “Palabras del agua”")).to_be_focused()
    lesson_page.get_by_role("button", name="Undo: 1 resource removed").click()
    expect(lesson_page.get_by_text("Undone: 1 resource removed")).to_be_visible()
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(order)
    assert stored() == order
    lesson_page.get_by_role("button", name="Undo: Order changed").click()
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(THREE)


def test_the_focus_stays_on_its_row_when_another_one_goes(lesson_page: Page) -> None:
    held = []
    lesson_page.route("**/resources/", lambda route: held.append(route), times=1)
    lesson_page.get_by_role("button", name="Remove “The water cycle”").press("Enter")
    lesson_page.get_by_role("button", name="Remove “Palabras del agua”").focus()
    held[0].continue_()
    expect(lesson_page.locator("#chosen bdi.lines")).to_have_text(THREE[1:])
    expect(lesson_page.get_by_role("button", name="Remove “Palabras del agua”")).to_be_focused()


def test_taking_the_last_one_out_says_what_is_next(lesson_page: Page) -> None:
    for title in THREE:
        lesson_page.get_by_role("button", name=f"Remove “{title}”").press("Enter")
    expect(lesson_page.get_by_text("Nothing in this lesson yet.")).to_be_visible()
    expect(lesson_page.locator("#chosen-title")).to_be_focused()
