"""A teacher's later days: paper, a deletion undone, what a power cut left, a second class and a copy for it."""

from __future__ import annotations

import time

from playwright.sync_api import expect

from tests.end_to_end.finding import place
from tests.end_to_end.finding import press
from tests.end_to_end.finding import titles
from tests.end_to_end.hands import Hands
from tests.end_to_end.hands import Pictures
from tests.end_to_end.story import CLICKS
from tests.end_to_end.story import FIRST_CLASS
from tests.end_to_end.story import LESSON
from tests.end_to_end.story import NUMBERS
from tests.end_to_end.story import OTHER_CLASS
from tests.end_to_end.story import PASSWORD
from tests.end_to_end.story import SOUND
from tests.end_to_end.story import WATER


def see_on_paper(teacher: Hands, pictures: Pictures) -> None:
    """Who has not finished the lesson, from the class's page to the printer's dialog."""
    page = teacher.page
    teacher.click(place(page, "Classes"))
    with teacher.counted() as count:
        teacher.click(page.locator("li.lesson-row", has_text=LESSON).get_by_role("link", name="Progress"))
        expect(page.get_by_role("heading", name="Who has not finished")).to_be_visible()
        # The system's own dialog would hold the test; that the page asks for it is what counts.
        page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
        teacher.click(press(page, "Print"))
        expect(page.locator("body[data-printed]")).to_have_count(1)
    expect(page.locator("#unfinished li")).to_have_count(6)
    pictures.take(page, "report")
    CLICKS.add("who has not finished a lesson, on paper", count, "not on one sheet")
    assert count.clicks <= 2


def delete_and_undo(teacher: Hands, pictures: Pictures) -> None:
    page = teacher.page
    teacher.click(place(page, "Classes"))
    teacher.click(page.get_by_role("link", name=LESSON, exact=True))
    teacher.click(page.locator("summary", has_text="More"))
    teacher.click(press(page, "Delete this lesson"))
    expect(page.get_by_text(f"“{LESSON}” was deleted.")).to_be_visible()
    expect(page.get_by_role("link", name=LESSON, exact=True)).to_have_count(0)
    pictures.take(page, "lesson-deleted")
    teacher.click(press(page, "Undo"))
    teacher.click(page.get_by_role("link", name=LESSON, exact=True))
    expect(page.locator("#chosen .row")).to_have_count(6)
    expect(page.get_by_role("switch", name="Visible to learners")).to_be_checked()
    # The last thing that is saved before the power goes.
    teacher.fill(page.get_by_label("Note for learners"), "Read the words aloud.")
    expect(page.locator("#saved-state")).to_have_text("Saved")


def see_everything(teacher: Hands, pictures: Pictures) -> None:
    page = teacher.page
    if page.get_by_role("heading", name="Sign in").count():
        pictures.take(page, "sign-in-after-the-power-cut")
        teacher.fill(page.get_by_label("Username"), "zara")
        teacher.fill(page.get_by_label("Password"), PASSWORD)
        teacher.click(press(page, "Sign in"))
    expect(page.get_by_role("heading", name="30 learners")).to_be_visible()
    expect(page.locator("li.row", has_text="Swallows").get_by_text("6 learners")).to_be_visible()
    pictures.take(page, "class-with-a-lesson")
    teacher.click(page.get_by_role("link", name=LESSON, exact=True))
    expect(page.get_by_label("Note for learners")).to_have_value("Read the words aloud.")
    expect(page.get_by_role("switch", name="Visible to learners")).to_be_checked()
    assert titles(page) == [*WATER, SOUND, *NUMBERS]
    expect(page.get_by_text("6 learners get this lesson.")).to_be_visible()
    teacher.click(place(page, "Content"))
    expect(page.get_by_role("link", name="Delete Sample channel")).to_be_visible()


def make_a_class(teacher: Hands, pictures: Pictures) -> None:
    """A second class with thirty learners from a pasted list."""
    page = teacher.page
    teacher.click(place(page, "Classes"))
    names = "\n".join(f"Pupil{letter} Okafor{number}" for number in range(6) for letter in "abcde")
    with teacher.counted() as count:
        teacher.click(place(page, "School"))
        teacher.fill(page.get_by_label("Name of a new class"), OTHER_CLASS)
        teacher.click(press(page, "Make the class"))
        teacher.fill(page.get_by_label("Names"), names)
        expect(page.locator("#new-learners li")).to_have_count(30)
        began = time.monotonic()
        teacher.click(press(page, "Add to the class"))
        expect(page.get_by_role("heading", name="30 learners")).to_be_visible()
    took = time.monotonic() - began
    pictures.take(page, "second-class")
    CLICKS.add(
        "class with 30 learners from a pasted list", count, "8 clicks, 1 field, a CSV with a UUID column, 6.3 s", took
    )
    assert count.clicks <= 4
    assert took <= 2


def copy_the_lesson(teacher: Hands, pictures: Pictures) -> None:
    """To the other class, where a group of the same name gets it."""
    page = teacher.page
    teacher.click(page.get_by_role("link", name="Lessons of this class"))
    teacher.click(page.get_by_role("link", name="New group"))
    teacher.fill(page.get_by_label("Name of the group"), "Swallows")
    teacher.tick(page.locator("label.tick").first)
    teacher.click(press(page, "Make the group"))
    teacher.click(place(page, "Classes"))
    teacher.click(page.get_by_role("main").get_by_role("link", name=FIRST_CLASS))
    with teacher.counted() as count:
        row = page.locator("li.lesson-row", has_text=LESSON)
        teacher.click(row.locator("summary"))
        teacher.click(row.get_by_role("link", name="Copy to a class"))
        pictures.take(page, "copy")
        teacher.click(press(page, f"Copy here {OTHER_CLASS}"))
        expect(page.get_by_text(f"is now in {OTHER_CLASS}")).to_be_visible()
    expect(page.get_by_label("Swallows")).to_be_checked()
    expect(page.get_by_text("1 learner gets this lesson.")).to_be_visible()
    CLICKS.add("copy a lesson to another class with its people", count, "4 clicks, people lost")
    assert count.clicks <= 3
