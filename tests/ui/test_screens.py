"""The pages and scripts that all screens share, in a browser."""

import pytest
from playwright.sync_api import expect

from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.services import add_learners
from kolibri.core.lessons.services import create_lesson
from tests.schools import PASSWORD
from tests.screens import LOOKS
from tests.screens import check

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("look", LOOKS)
def test_signing_in(visit, open_school, tmp_path, look):
    page = visit("/sign-in/?with=username", None, look)
    expect(page.get_by_label("Username")).to_be_focused()
    check(page, "sign-in", tmp_path)
    page.keyboard.type("coach")
    page.keyboard.press("Tab")
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.get_by_label("Username")).to_have_value("coach")
    # Else the next password would be typed where the class can read it.
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    check(page, "sign-in-wrong", tmp_path)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Password", exact=True)).to_have_attribute("type", "text")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/coach/**")
    check(page, "signed-in", tmp_path)


@pytest.mark.parametrize("look", ["wide", "phone-rtl"])
def test_trouble_is_shown_on_a_page_like_the_others(visit, open_school, tmp_path, look):
    for path, title in (("/nothing/", "Not here"), ("/coach/", "This is not open to you")):
        page = visit(path, open_school.learner, look)
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        check(page, title, tmp_path)


def test_the_skip_link_leads_past_the_places(visit, open_school):
    page = visit("/coach/?stay", open_school.admin)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


@pytest.fixture
def lesson(open_school):
    return create_lesson(open_school.coach, collection=open_school.classroom, title="Rain")


def test_autosave_survives_a_server_that_goes_away(visit, open_school, lesson):
    page = visit(f"/coach/lesson/{lesson.pk}/", open_school.coach)
    page.context.set_offline(True)
    page.get_by_label("Title").fill("Rain and rivers")
    expect(page.locator("#lost")).to_contain_text("does not answer")
    expect(page.locator("#saved-state")).to_contain_text("Not saved yet")
    # A line, not a cover: the page goes on working.
    with page.expect_request_finished(lambda request: "jar" in (request.post_data or "")):
        page.get_by_label("Note for learners").fill("Bring a jar.")
        page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#saved-state")).to_have_text("Saved")
    lesson.refresh_from_db()
    assert (lesson.title, lesson.description) == ("Rain and rivers", "Bring a jar.")


def test_what_the_server_refuses_is_not_called_saved(visit, open_school, lesson):
    page = visit(f"/coach/lesson/{lesson.pk}/", open_school.coach)
    page.route("**/save/", lambda route: route.fulfill(status=500, body=""))
    page.get_by_label("Title").fill("Rain and rivers")
    expect(page.locator("#saved-state")).to_have_text("Not saved.")


def test_a_plain_form_waits_for_the_server(visit, open_school):
    page = visit(f"/coach/class/{open_school.classroom.pk}/new-group/", open_school.coach)
    page.get_by_label("Name of the group").fill("Writers")
    page.get_by_label("Amina Bello").check()
    page.context.set_offline(True)
    page.get_by_role("button", name="Make the group").click()
    expect(page.locator("#lost")).to_contain_text("does not answer")
    expect(page.get_by_label("Name of the group")).to_have_value("Writers")
    page.context.set_offline(False)
    page.wait_for_url(f"**/coach/class/{open_school.classroom.pk}/?undo=*")
    group = LearnerGroup.objects.get(name="Writers")
    assert [member.user for member in group.membership.all()] == [open_school.learner]


def test_two_quick_presses_send_once(visit, open_school):
    page = visit(f"/coach/class/{open_school.classroom.pk}/", open_school.coach)
    page.get_by_role("button", name="New lesson").dblclick()
    page.wait_for_url("**/coach/lesson/**")
    assert open_school.classroom.lessons.count() == 1


def test_what_was_typed_outlives_the_page(visit, open_school):
    path = f"/coach/class/{open_school.classroom.pk}/new-group/"
    page = visit(path, open_school.coach)
    page.get_by_label("Name of the group").fill("Writers")
    page.get_by_label("Esi Fofie").check()
    page.reload()
    expect(page.get_by_text("What you typed before is here again.")).to_be_visible()
    expect(page.get_by_label("Name of the group")).to_have_value("Writers")
    expect(page.get_by_label("Esi Fofie")).to_be_checked()
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_label("Name of the group")).to_have_value("")
    page.get_by_label("Name of the group").fill("Writers")
    page.get_by_role("button", name="Make the group").click()
    page.wait_for_url(f"**/coach/class/{open_school.classroom.pk}/?undo=*")
    page.goto(page.url.partition("?")[0] + "new-group/")
    expect(page.get_by_label("Name of the group")).to_have_value("")


def test_what_one_person_typed_is_not_kept_for_the_next(visit, open_school):
    page = visit(f"/coach/class/{open_school.classroom.pk}/new-group/", open_school.coach)
    page.get_by_label("Name of the group").fill("Writers")
    assert page.evaluate("Object.keys(localStorage).length") == 1
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_long_list_shrinks_as_one_types(visit, open_school):
    add_learners(open_school.classroom, [(f"Learner {number}", f"learner{number}") for number in range(10)])
    page = visit(f"/coach/class/{open_school.classroom.pk}/new-group/", open_school.coach)
    page.get_by_label("Search learners").fill("BEN")
    expect(page.get_by_label("Ben Carter")).to_be_visible()
    expect(page.get_by_label("Amina Bello")).to_be_hidden()


def test_no_page_breaks_its_own_policy(visit, open_school, lesson):
    page = visit("/", open_school.admin)
    broken = []
    page.on("console", lambda message: broken.append(message.text) if "Security Policy" in message.text else None)
    for path in ("/coach/?stay", f"/coach/lesson/{lesson.pk}/", "/school/", "/sign-in/"):
        page.goto(page.evaluate("location.origin") + path)
        page.wait_for_load_state("networkidle")
    assert broken == []
