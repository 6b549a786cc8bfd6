"""The coach's pages in a real browser: fast hands, the keyboard alone, a server that goes away, no scripts."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page
from playwright.sync_api import expect

from kolibri.core.auth import services as auth
from kolibri.core.content import services as content
from kolibri.core.content.models import ContentNode
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from kolibri.core.logger.services import record_visit
from tests.schools import School
from tests.screens import LOOKS
from tests.screens import Visit
from tests.screens import check
from tests.sticks import ARABIC_TITLE
from tests.sticks import LONG_TITLE
from tests.sticks import Stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

THREE = ["The water cycle", "Palabras del agua", "A steady tone"]
GONE = "0123456789abcdef" * 2


@pytest.fixture
def lesson_page(open_school: School, open_lesson: Lesson, visit: Visit) -> Page:
    return visit(address("lesson", open_lesson), open_school.coach)


def address(name: str, *records: object) -> str:
    return reverse(f"kolibri:coach:{name}", args=[getattr(record, "pk", record) for record in records])


def chosen(page: Page) -> list[str]:
    return page.locator("#chosen bdi.lines").all_inner_texts()


def stored() -> list[str]:
    """Return the titles of the only lesson's resources as the database has them."""
    known = content.resources_by_ids(entry["contentnode_id"] for entry in Lesson.objects.get().resources)
    return [resource.title for resource in known.values()]


def until(claim: Callable[[], bool]) -> None:
    """Wait for what the page sends without showing that it has arrived."""
    end = time.monotonic() + 5
    while not claim():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def open_folder(page: Page, title: str) -> None:
    page.locator("#picker").get_by_role("link", name=title, exact=True).click()
    expect(page.locator("#picker [aria-current]")).to_have_text(title)


def tick(page: Page, title: str):
    return page.locator("#picker").get_by_role("checkbox", name=title, exact=True)


def grip(page: Page, title: str):
    return page.get_by_role("button", name=f"Move “{title}”:")


def saved(page: Page) -> None:
    expect(page.locator("#saved-state")).to_have_text("Saved")


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


def test_a_title_typed_while_the_server_is_away_is_saved_when_it_comes_back(lesson_page: Page) -> None:
    def away(route) -> None:
        route.abort("connectionrefused")

    lesson_page.route("**/*", away)
    lesson_page.get_by_label("Title").fill("Wind and rain")
    tick_folder = lesson_page.locator("#lost")
    expect(tick_folder).to_contain_text("The program does not answer.")
    expect(lesson_page.locator("#saved-state")).to_contain_text("Not saved yet")
    lesson_page.get_by_label("Title").fill("Wind and rain and sun")
    lesson_page.get_by_role("checkbox", name="Readers").check()
    lesson_page.get_by_role("button", name="Remove “A steady tone”").click()
    lesson_page.unroute("**/*", away)
    expect(tick_folder).to_be_hidden(timeout=2_000)
    saved(lesson_page)
    until(lambda: Lesson.objects.get().title == "Wind and rain and sun")
    until(lambda: stored() == THREE[:2])
    until(lambda: LessonAssignment.objects.get().collection.name == "Readers")
    lesson_page.reload()
    expect(lesson_page.get_by_label("Title")).to_have_value("Wind and rain and sun")


def test_a_title_typed_last_thing_before_leaving_is_saved(lesson_page: Page, open_lesson: Lesson) -> None:
    lesson_page.get_by_label("Title").fill("Wind")
    lesson_page.evaluate("location.assign(document.querySelector('.crumbs a').href)")
    expect(lesson_page.get_by_role("heading", name="Grade 4")).to_be_visible()
    until(lambda: Lesson.objects.get().title == "Wind")
    lesson_page.reload()
    expect(lesson_page.get_by_role("link", name="Wind", exact=True)).to_be_visible()


def test_a_faulty_title_says_so_at_the_field(lesson_page: Page, open_school: School) -> None:
    create_lesson(open_school.coach, collection=open_school.classroom, title="Wind")
    field = lesson_page.get_by_label("Title")
    field.fill("wind")
    expect(lesson_page.locator("#error-title")).to_contain_text("already has a lesson with this title")
    expect(lesson_page.locator("#saved-state")).to_have_text("Not saved: see below.")
    expect(field).to_have_attribute("aria-invalid", "true")
    assert field.bounding_box()["y"] < lesson_page.locator("#error-title").bounding_box()["y"]
    field.fill("Winds")
    expect(lesson_page.locator("#error-title")).to_be_hidden()
    expect(field).to_have_attribute("aria-invalid", "false")
    saved(lesson_page)


def test_the_whole_class_and_parts_of_it_exclude_one_another(lesson_page: Page) -> None:
    whole, group = (lesson_page.get_by_role("checkbox", name=name) for name in ("Whole class", "Readers"))
    expect(whole).to_be_checked()
    group.check()
    expect(whole).not_to_be_checked()
    expect(lesson_page.locator("#people-count")).to_have_text("2 learners get this lesson.")
    lesson_page.get_by_text("Single learners").click()
    lesson_page.get_by_role("checkbox", name="Esi Fofie").check()
    expect(lesson_page.locator("#people-count")).to_have_text("3 learners get this lesson.")
    whole.check()
    expect(group).not_to_be_checked()
    expect(lesson_page.get_by_role("checkbox", name="Esi Fofie")).not_to_be_checked()
    expect(lesson_page.locator("#people-count")).to_have_text("5 learners get this lesson.")
    whole.uncheck()
    expect(lesson_page.locator("#people-count")).to_have_text("Nobody gets this lesson yet.")
    lesson_page.get_by_role("button", name="Undo: Who it is for changed").click()
    expect(lesson_page.get_by_role("checkbox", name="Whole class")).to_be_checked()


def test_an_app_is_previewed_as_learners_see_it(
    open_school: School, open_lesson: Lesson, open_channel: Stick, visit: Visit
) -> None:
    page = visit(address("preview", open_lesson, open_channel.node_ids["Counting beads"]), open_school.coach)
    expect(page.frame_locator(".viewer iframe").locator("body")).not_to_be_empty()
    page.get_by_role("button", name="Add to the lesson").click()
    expect(page.locator("#chosen bdi.lines")).to_have_text([*THREE, "Counting beads"])


def test_shown_and_hidden_from_the_class_and_undone(open_school: School, open_lesson: Lesson, visit: Visit) -> None:
    page = visit(address("class", open_school.classroom), open_school.coach)
    switch = page.get_by_role("switch", name="Show “Rain” to learners")
    expect(page.locator(".lesson-row .switch")).to_have_text(re.compile("Hidden"), use_inner_text=True)
    switch.check()
    saved(page)
    expect(page.locator(".lesson-row .switch")).to_have_text(re.compile("Visible"), use_inner_text=True)
    assert Lesson.objects.get().is_active
    page.get_by_role("button", name="Undo: Shown to learners").click()
    expect(page.get_by_text("Undone: Shown to learners")).to_be_visible()
    expect(page.get_by_role("switch")).not_to_be_checked()
    assert not Lesson.objects.get().is_active


def test_delete_and_undo(lesson_page: Page) -> None:
    lesson_page.locator("summary", has_text="More").click()
    lesson_page.get_by_role("button", name="Delete this lesson").click()
    expect(lesson_page.get_by_text("“Rain” was deleted.")).to_be_visible()
    assert not Lesson.objects.exists()
    lesson_page.get_by_role("button", name="Undo").click()
    expect(lesson_page.get_by_role("link", name="Rain", exact=True)).to_be_visible()


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
