"""A teacher's first day: the wizard, the import, a group, a lesson, and its address for the class."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.end_to_end import phone
from tests.end_to_end.finding import pick
from tests.end_to_end.finding import place
from tests.end_to_end.finding import press
from tests.end_to_end.finding import titles
from tests.end_to_end.finding import work_under_way
from tests.end_to_end.hands import Hands
from tests.end_to_end.hands import Pictures
from tests.end_to_end.story import CLICKS
from tests.end_to_end.story import IN_GROUP
from tests.end_to_end.story import LESSON
from tests.end_to_end.story import NAMES
from tests.end_to_end.story import NUMBERS
from tests.end_to_end.story import PASSWORD
from tests.end_to_end.story import SOUND
from tests.end_to_end.story import WATER


def wizard(teacher: Hands, pictures: Pictures) -> None:
    page = teacher.page
    began = time.monotonic()
    with teacher.counted() as count:
        pictures.take(page, "language")
        teacher.click(press(page, "Continue in English"))
        teacher.fill(page.get_by_label("School’s name"), "Hill School")
        teacher.fill(page.get_by_label("Your name"), "Zara Okafor")
        expect(page.get_by_label("Username")).to_have_value("zara")
        teacher.fill(page.get_by_label("Password", exact=True), PASSWORD)
        expect(page.locator("#password-strength")).not_to_be_empty()
        pictures.take(page, "school-and-teacher")
        teacher.click(press(page, "Continue"))
        teacher.fill(page.get_by_label("Name of the class"), "Grade 4")
        teacher.fill(page.get_by_label("Learners (may wait)"), NAMES)
        expect(page.get_by_text("30 learners sign in as")).to_be_visible()
        pictures.take(page, "first-class")
        # A reload in the middle costs nothing.
        page.reload()
        expect(page.get_by_text("30 learners sign in as")).to_be_visible()
        teacher.click(press(page, "Continue"))
        stick = page.get_by_role("button", name=re.compile(r"^Bring in 1 channel from Blue stick"))
        expect(stick).to_be_visible()
        pictures.take(page, "content-from-a-stick")
        teacher.click(stick)
        page.wait_for_url("**/coach/class/*/")
    expect(work_under_way(page)).to_be_visible()
    expect(page.get_by_role("heading", name="Grade 4")).to_be_visible()
    expect(page.get_by_role("heading", name="30 learners")).to_be_visible()
    expect(page.get_by_text("Write this down: your recovery code")).to_be_visible()
    assert re.search(r"\w{4}", page.locator(".setup-code-itself").inner_text())
    pictures.take(page, "new-class-with-its-recovery-code")
    CLICKS.add(
        "from the first start to a class of 30 with content",
        count,
        "12 clicks, 6 fields, no class, no learners, no content",
        time.monotonic() - began,
    )
    assert count.clicks <= 8 and count.fields <= 7
    teacher.click(press(page, "I have written it down"))
    expect(page.get_by_text("recovery code")).to_have_count(0)


def see_the_import_end(teacher: Hands, pictures: Pictures) -> None:
    """The import ends by itself, and its chip goes away; then the channel is on the page of content."""
    page = teacher.page
    expect(work_under_way(page)).to_have_count(0)
    teacher.click(place(page, "Content"))
    here = page.get_by_role("region", name="On this computer")
    expect(here.get_by_text("Sample channel", exact=True).first).to_be_visible()
    expect(here.get_by_text(re.compile(r"^(\d+) of \1 resources$"))).to_be_visible()
    pictures.take(page, "content")
    teacher.click(place(page, "Classes"))
    page.wait_for_url("**/coach/class/*/")
    pictures.take(page, "class")


def make_a_group(teacher: Hands, pictures: Pictures) -> None:
    page = teacher.page
    with teacher.counted() as count:
        teacher.click(page.get_by_role("link", name="New group"))
        teacher.fill(page.get_by_label("Name of the group"), "Swallows")
        for name in IN_GROUP:
            teacher.tick(page.locator("label.tick", has_text=name))
        pictures.take(page, "new-group")
        teacher.click(press(page, "Make the group"))
    row = page.locator("li.row", has_text="Swallows")
    expect(row.get_by_text("6 learners")).to_be_visible()
    CLICKS.add("group of six", count, "11 clicks")
    assert count.clicks <= 8


def make_a_lesson(teacher: Hands, pictures: Pictures) -> None:
    page = teacher.page
    picker = page.locator("#picker")
    began = time.monotonic()
    with teacher.counted() as count:
        teacher.click(press(page, "New lesson"))
        teacher.fill(page.get_by_label("Title"), LESSON)
        pictures.take(page, "new-lesson")
        teacher.tick(page.get_by_role("group", name="Who gets it").locator("label.tick", has_text="Swallows"))
        expect(page.get_by_text("6 learners get this lesson.")).to_be_visible()
        teacher.click(picker.get_by_role("link", name="Water", exact=True))
        for title in WATER:
            pick(teacher, title)
        # The folders beside this one are a press away.
        teacher.click(picker.get_by_role("link", name="Numbers", exact=True))
        for title in NUMBERS:
            pick(teacher, title)
        teacher.tick(page.locator("label.switch", has_text="Visible to learners"))
        expect(page.locator("#saved-state")).to_have_text("Saved")
    expect(page.get_by_role("heading", name="5 resources in this lesson")).to_be_visible()
    expect(page.get_by_label("Whole class")).not_to_be_checked()
    pictures.take(page, "lesson")
    CLICKS.add(
        "lesson of 5 resources in 2 folders for a group, visible", count, "17 clicks, 1 field", time.monotonic() - began
    )
    assert count.clicks <= 10


def improve_the_lesson(teacher: Hands, pictures: Pictures) -> None:
    """Find a sound by its name, move it by drag and by keyboard, look at a film as learners will."""
    page = teacher.page
    teacher.fill(page.get_by_label("Search resources"), "tone")
    pick(teacher, SOUND)
    rows = page.locator("#chosen .row")
    assert titles(page) == [*WATER, *NUMBERS, SOUND]
    with page.expect_response("**/resources/"):
        teacher.drag(rows.nth(5).locator(".grip"), rows.nth(1))
    assert titles(page) == [WATER[0], SOUND, WATER[1], *NUMBERS]
    with page.expect_response("**/resources/"):
        rows.nth(1).locator(".grip").press("ArrowDown")
    assert titles(page) == [*WATER, SOUND, *NUMBERS]
    pictures.take(page, "lesson-in-another-order")
    page.reload()
    expect(rows).to_have_count(6)
    assert titles(page) == [*WATER, SOUND, *NUMBERS]
    teacher.click(rows.nth(0).get_by_role("link"))
    phone.plays(page, "video")
    pictures.take(page, "preview")
    teacher.click(page.get_by_role("link", name="Back to the lesson"))
    # H.264, which Qt's engine cannot play: it says so, and shows no black box.
    teacher.fill(page.get_by_label("Search resources"), "leaf")
    teacher.click(page.get_by_role("link", name="Look at “A leaf in the wind”"))
    expect(page.get_by_text("This video cannot be played here.")).to_be_visible()
    expect(press(page, "Open in the browser")).to_be_visible()
    expect(page.locator("video")).to_be_hidden()
    pictures.take(page, "preview-of-what-the-window-cannot-play")
    teacher.click(page.get_by_role("link", name="Back to the lesson"))


def share(teacher: Hands, pictures: Pictures) -> str:
    page = teacher.page
    teacher.click(place(page, "Share with the class"))
    pictures.take(page, "share-before")
    teacher.click(press(page, "Share with the class"))
    shown = page.locator(".address")
    expect(shown).to_be_visible()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    pictures.take(page, "shared")
    return shown.inner_text().strip()
