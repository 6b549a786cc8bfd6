"""The learner's screens as they look and behave in a browser."""

import pytest
from playwright.sync_api import expect

from kolibri.core.content.models import ContentNode
from kolibri.core.lessons.services import create_lesson
from tests.screens import LOOKS
from tests.screens import bring
from tests.screens import check
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLES = ["The water cycle", "A steady tone", "Water words", "Counting beads", "Adding"]


@pytest.fixture
def lesson(computer, open_school, tmp_path):
    bring(make_stick(tmp_path / "stick"), computer)
    nodes = [ContentNode.objects.resources().filter(title=title).first() for title in TITLES]
    entries = [
        {"contentnode_id": node.pk, "content_id": node.content_id, "channel_id": node.channel_id} for node in nodes
    ]
    entries.append({"contentnode_id": "e" * 32, "content_id": "e" * 32, "channel_id": "e" * 32})
    return create_lesson(
        open_school.coach,
        collection=open_school.classroom,
        title="Where rain comes from",
        description="Watch the film first.\nThen read.",
        resources=entries,
        is_active=True,
    )


@pytest.mark.parametrize("look", LOOKS)
def test_every_screen(visit, open_school, lesson, tmp_path, look):
    page = visit("/learn/", open_school.learner, look)
    check(page, "lessons", tmp_path)
    page.get_by_role("link", name="Where rain comes from").click()
    expect(page.get_by_role("heading", name="Where rain comes from")).to_be_visible()
    expect(page.get_by_text("Not on this computer just now")).to_be_visible()
    check(page, "lesson", tmp_path)
    page.get_by_role("link", name=TITLES[0]).click()
    for number, title in enumerate(TITLES, 1):
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_text(f"{number} of 6", exact=True)).to_be_visible()
        page.wait_for_load_state("networkidle")
        check(page, f"resource-{number}", tmp_path)
        page.get_by_role("link", name="Next:").click()
    expect(page.get_by_text("not here any more")).to_be_visible()
    check(page, "resource-missing", tmp_path)
    page.get_by_role("link", name="Back to the lesson").click()
    page.wait_for_url(f"**/learn/lesson/{lesson.pk}/")


def test_by_keyboard_alone(visit, open_school, lesson):
    page = visit("/learn/", open_school.learner)

    def tab_to(name: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if name in page.evaluate("document.activeElement.textContent"):
                return
        raise AssertionError(f"Tab never reaches {name}")

    tab_to("Where rain comes from")
    page.keyboard.press("Enter")
    page.wait_for_url("**/learn/lesson/*/")
    tab_to(TITLES[1])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=TITLES[1])).to_be_visible()
    tab_to("Next:")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=TITLES[2])).to_be_visible()


def test_no_lesson_yet(visit, open_school, tmp_path):
    page = visit("/learn/", open_school.learner, "phone")
    expect(page.get_by_text("There is no lesson for you yet.")).to_be_visible()
    check(page, "none", tmp_path)
