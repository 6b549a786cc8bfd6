"""The coach's pages in a real browser: in every look, by the keyboard alone, without scripts, and as time goes by."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from kolibri.core.auth import services as auth
from kolibri.core.content import services as content
from kolibri.core.content.models import ContentNode
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.services import record_visit
from tests.coach.lesson_editor import address
from tests.coach.lesson_editor import stored
from tests.coach.lesson_editor import tick
from tests.schools import School
from tests.screens import LOOKS
from tests.screens import Visit
from tests.screens import check
from tests.sticks import ARABIC_TITLE
from tests.sticks import LONG_TITLE
from tests.sticks import Stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

GONE = "0123456789abcdef" * 2


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_is_open_to_everybody(
    open_school: School, open_lesson: Lesson, open_channel: Stick, visit: Visit, tmp_path: Path, look: str
) -> None:
    school, nodes = open_school, open_channel.node_ids
    group = auth.create_group(school.classroom, "Those who read with Miss Achieng on Thursdays", school.learners)
    arabic = [f"مريم عبد الرحمن {number}" for number in range(12)]
    auth.add_learners(school.classroom, [(name, f"maryam{place}") for place, name in enumerate(arabic)])
    long = create_lesson(school.coach, collection=school.classroom, title="W" * 50, description="ح" * 200)
    entry = {"contentnode_id": GONE, "content_id": GONE, "channel_id": GONE}
    known = [{**entry, "contentnode_id": nodes[title]} for title in (LONG_TITLE, ARABIC_TITLE)]
    Lesson.objects.filter(pk=long.pk).update(resources=[*known, entry])
    empty = auth.create_classroom(school.facility, "Grade 5")
    auth.give_role(school.coach, empty, "coach")
    in_folder = f"?topic={nodes['Sounds and stories']}"
    pages = {
        "classes": address("classes"),
        "class": address("class", school.classroom),
        "empty-class": address("class", empty),
        "lesson": address("lesson", open_lesson) + f"?topic={nodes['The big book']}",
        "long-lesson": address("lesson", long) + in_folder,
        "group": address("group", group),
        "new-group": address("new-group", empty),
        "preview": address("preview", open_lesson, nodes["The water cycle"]),
        "preview-of-gone": address("preview", long, GONE),
    }
    for name, where in pages.items():
        page = visit(where, school.coach, look)
        for summary in page.locator("details:not([data-menu]) > summary").all():
            summary.click()
        for menu in page.locator("[data-menu] > summary").all()[:1]:
            menu.click()
        check(page, f"{name}-{look}", tmp_path)
        page.context.close()
    page = visit(pages["lesson"], school.coach, look)
    page.get_by_label("Title").fill("")
    expect(page.locator("#error-title")).not_to_be_empty()
    check(page, f"lesson-with-error-{look}", tmp_path)


def test_by_keyboard_alone_from_the_class_to_a_visible_lesson(
    open_school: School, open_channel: Stick, visit: Visit
) -> None:
    page = visit(address("class", open_school.classroom), open_school.coach)

    def tab_to(name: str) -> None:
        read = """() => {
            const at = document.activeElement;
            return (at.ariaLabel || at.labels?.[0]?.textContent || at.textContent).trim();
        }"""
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(read) == name:
                return
        raise AssertionError(f"Tab never reaches {name}")

    tab_to("New lesson")
    page.keyboard.press("Enter")
    page.wait_for_url("**/lesson/**")
    # The title is ready to be typed over.
    page.keyboard.type("Wind")
    tab_to("Water")
    page.keyboard.press("Enter")
    expect(page.locator("#picker [aria-current]")).to_have_text("Water")
    tab_to("Water words")
    page.keyboard.press("Space")
    tab_to("Palabras del agua")
    page.keyboard.press("Space")
    expect(page.locator("#chosen bdi.lines")).to_have_text(["Water words", "Palabras del agua"])
    page.get_by_role("link", name="Skip to the page").focus()
    tab_to("Visible to learners")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Undo: Shown to learners")).to_be_visible()
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.is_active) == ("Wind", True)
    assert stored() == ["Water words", "Palabras del agua"]


def test_without_scripts(open_school: School, open_channel: Stick, visit: Visit) -> None:
    page = visit(address("class", open_school.classroom), open_school.coach, java_script_enabled=False)
    page.get_by_role("button", name="New lesson").click()
    page.get_by_label("Title").fill("Wind")
    page.get_by_label("Note for learners").fill("Read it twice")
    page.get_by_role("checkbox", name="Whole class").uncheck()
    page.get_by_role("checkbox", name="Readers").check()
    page.get_by_role("switch", name="Visible to learners").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#people-count")).to_have_text("2 learners get this lesson.")
    page.get_by_role("link", name="Water", exact=True).click()
    tick(page, "Water words").check()
    tick(page, "The water cycle").check()
    page.get_by_role("button", name="Add what is ticked").click()
    expect(page.locator("#picker [aria-current]")).to_have_text("Water")
    expect(page.locator("#chosen bdi.lines")).to_have_text(["The water cycle", "Water words"])
    page.get_by_role("searchbox", name="Search resources").fill("tone")
    page.get_by_role("button", name="Search").click()
    tick(page, "A steady tone").check()
    page.get_by_role("button", name="Add what is ticked").click()
    page.get_by_role("button", name="Remove “Water words”").click()
    expect(page.locator("#chosen bdi.lines")).to_have_text(["The water cycle", "A steady tone"])
    lesson = Lesson.objects.get()
    assert (lesson.title, lesson.description, lesson.is_active) == ("Wind", "Read it twice", True)
    assert stored() == ["The water cycle", "A steady tone"]
    page.get_by_label("Title").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#error-title")).not_to_be_empty()
    page.get_by_role("button", name="Undo: 1 resource removed").click()
    expect(page.locator("#chosen bdi.lines")).to_have_count(3)


@pytest.mark.parametrize("look", LOOKS)
def test_the_report_follows_the_class(
    open_school: School, open_lesson: Lesson, visit: Visit, tmp_path: Path, look: str
) -> None:
    film = content.resources_by_ids([open_lesson.resources[0]["contentnode_id"]])
    node = ContentNode.objects.get(pk=next(iter(film)))
    record_visit(open_school.learners[0], node, visit="1" * 32, seconds=60, progress=0.4)
    page = visit(address("lesson", open_lesson), open_school.coach, look)
    page.get_by_role("link", name="Progress").click()
    row = page.get_by_role("row").filter(has_text="Amina Bello")
    expect(row.get_by_role("cell").nth(2)).to_have_text("40%")
    check(page, "report", tmp_path)
    if look == "wide":
        # Nothing new: the answer is empty, and the page keeps what it has.
        with page.expect_response(lambda answer: answer.status == 304, timeout=30_000):
            pass
        expect(page.get_by_text("Finished everything: 0 of 5.")).to_be_visible()
    record_visit(open_school.learners[0], node, visit="2" * 32, seconds=60, progress=1)
    # The page asks every 15 seconds.
    expect(row.get_by_role("cell").nth(2)).to_have_text("Finished", timeout=30_000)
