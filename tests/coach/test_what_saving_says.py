"""What the lesson's page says when a field is saved: that it is, and the window's new name."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from kolibri.core.lessons.services import create_lesson

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_field_that_is_left_as_it_was_saved_is_still_saved(visit, open_school) -> None:
    lesson = create_lesson(open_school.coach, collection=open_school.classroom, title="Rain")
    page = visit(f"/coach/lesson/{lesson.pk}/", open_school.coach)
    title = page.get_by_label("Title")
    with page.expect_response("**/save/"):
        title.press_sequentially("bow")
    expect(page.locator("#saved-state")).to_have_text("Saved")
    # Leaving the field sends it again, with nothing new.
    with page.expect_response("**/save/"):
        title.blur()
    expect(page.locator("#saved-state")).to_have_text("Saved")


def test_the_window_is_called_as_the_lesson_is(visit, open_school) -> None:
    lesson = create_lesson(open_school.coach, collection=open_school.classroom, title="Rain")
    page = visit(f"/coach/lesson/{lesson.pk}/", open_school.coach)
    expect(page).to_have_title(f"Rain · {open_school.facility.name}")
    page.get_by_label("Title").fill("Wind & <rain>")
    expect(page).to_have_title(f"Wind & <rain> · {open_school.facility.name}")
    # What is refused names nothing.
    page.get_by_label("Title").fill("")
    expect(page.locator("#error-title")).not_to_be_empty()
    expect(page).to_have_title(f"Wind & <rain> · {open_school.facility.name}")
