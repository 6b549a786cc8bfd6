"""A lesson's title and people, kept as they are changed in a real browser: also when the server goes away."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect

from kolibri.core.lessons.history import people_of
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.services import create_lesson
from kolibri.core.lessons.services import update_lesson
from tests.coach.lesson_editor import THREE
from tests.coach.lesson_editor import address
from tests.coach.lesson_editor import saved
from tests.coach.lesson_editor import stored
from tests.patience import until
from tests.schools import School
from tests.screens import Visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


@pytest.mark.parametrize("width", [1280, 1100, 360])
def test_nothing_moves_under_the_pointer_when_something_was_saved(lesson_page: Page, width: int) -> None:
    """The name of the change to undo is of any length, and stood before the switch."""
    lesson_page.set_viewport_size({"width": width, "height": 800})
    pressed = [lesson_page.get_by_role("switch"), lesson_page.get_by_role("link", name="Progress")]
    place = "one => [one.getBoundingClientRect().x, one.getBoundingClientRect().y + scrollY]"
    before = [one.evaluate(place) for one in pressed]
    lesson_page.get_by_label("Title").fill("Wind and rain")
    expect(lesson_page.get_by_role("button", name="Undo: Title changed")).to_be_visible()
    lesson_page.get_by_role("button", name="Remove “A steady tone”").click()
    expect(lesson_page.get_by_role("button", name=re.compile("Undo: 1 resource"))).to_be_visible()
    assert [one.evaluate(place) for one in pressed] == before


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


def test_ticks_in_two_windows_go_together(lesson_page: Page, open_lesson: Lesson, open_school: School) -> None:
    readers = open_school.classroom.children.get(name="Readers")
    single = {person.username: person.pk for person in open_school.learners}
    lesson_page.get_by_role("checkbox", name="Whole class").uncheck()
    saved(lesson_page)
    lesson_page.get_by_text("Single learners").click()

    def box(name: str):
        return lesson_page.get_by_role("checkbox", name=name)

    def whom(*usernames: str, group: bool = True) -> None:
        wanted = {"assignments": [readers.pk] if group else [], "learner_ids": sorted(single[one] for one in usernames)}
        until(lambda: people_of(open_lesson.pk) == wanted, f"{usernames}")

    box("Amina").check()
    whom("amina", group=False)
    # A colleague's window.
    update_lesson(open_lesson, open_school.admin, assignments=[readers.pk])
    box("Carla").check()
    whom("amina", "carla")
    box("Amina").uncheck()
    whom("carla")
    # What is sent and not answered is sent again, as it is then.

    def lose(route) -> None:
        route.fetch()
        route.abort("connectionreset")

    lesson_page.route("**/save/", lose)
    with lesson_page.expect_event("requestfailed"):
        box("David").check()
    whom("carla", "david")
    lesson_page.unroute("**/save/", lose)
    box("David").uncheck()
    whom("carla")
