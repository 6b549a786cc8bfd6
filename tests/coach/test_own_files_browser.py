"""A teacher's own files in a real browser: one press, a choice, and the class has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from playwright.sync_api import expect
from pytest_django import Settings

from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from kolibri.server.listeners import Listeners
from tests.coach.lesson_editor import address
from tests.coach.lesson_editor import chosen
from tests.coach.lesson_editor import stored
from tests.patience import until
from tests.schools import School
from tests.screens import LOOKS
from tests.screens import Visit
from tests.screens import check
from tests.sticks import files

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bare_lesson(open_school: School) -> Lesson:
    return lessons.create_lesson(open_school.coach, collection=open_school.classroom, title="Rain", is_active=True)


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A teacher's folder."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "Rain words.pdf").write_bytes(files.pdf("Rain words"))
    (folder / "A very long name for a letter to the parents of the whole class.docx").write_bytes(
        files.archive({"[Content_Types].xml": ""})
    )
    (folder / "A leaf.png").write_bytes(files.picture(20, 160, 60))
    return folder


def choose(page: Page, *paths: Path) -> None:
    """Press the button and choose in the window that opens."""
    with page.expect_file_chooser() as opened:
        page.get_by_text("Add a file of your own").click()
    opened.value.set_files(list(paths))


@pytest.mark.parametrize("look", LOOKS)
def test_one_press_and_a_choice(
    open_school: School, bare_lesson: Lesson, visit: Visit, mine: Path, tmp_path: Path, look: str
) -> None:
    page = visit(address("lesson", bare_lesson), open_school.coach, look)
    check(page, f"before-{look}", tmp_path)
    choose(page, *sorted(mine.glob("*.docx")), mine / "Rain words.pdf")
    expect(page.locator("#chosen bdi.lines")).to_have_text(["Rain words"])
    expect(page.locator("#saved-state")).to_have_text("Saved")
    left = page.locator("#own-files-left .error")
    expect(left).to_have_count(1)
    expect(left).to_contain_text("A very long name for a letter to the parents of the whole class.docx")
    expect(left).to_contain_text("Save it as a PDF")
    expect(page.locator(".own-files-way")).to_be_hidden()
    check(page, f"after-{look}", tmp_path)
    choose(page, mine / "A leaf.png")
    expect(page.locator("#chosen bdi.lines")).to_have_text(["Rain words", "A leaf"])
    expect(left).to_have_count(0)
    assert stored() == ["Rain words", "A leaf"]


def test_the_class_opens_the_pdf_and_the_picture(
    open_school: School, bare_lesson: Lesson, visit: Visit, mine: Path, tmp_path: Path
) -> None:
    page = visit(address("lesson", bare_lesson), open_school.coach)
    choose(page, mine / "Rain words.pdf", mine / "A leaf.png")
    expect(page.locator("#chosen bdi.lines")).to_have_count(2)
    page = visit(f"/learn/lesson/{bare_lesson.pk}/", open_school.learner, "phone")
    page.get_by_role("link", name="Rain words").click()
    expect(page.locator("canvas").first).to_be_visible()
    page.get_by_role("link", name="Next:").click()
    picture = page.frame_locator("iframe").get_by_role("img", name="A leaf")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.naturalWidth") == 96
    page.screenshot(path=tmp_path / "picture.png")


def test_by_keyboard_alone(open_school: School, bare_lesson: Lesson, visit: Visit, mine: Path) -> None:
    page = visit(address("lesson", bare_lesson), open_school.coach)
    field = page.get_by_label("Add a file of your own")
    page.locator("#picker-title").evaluate("title => { title.tabIndex = -1; title.focus(); }")
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    with page.expect_file_chooser() as opened:
        page.keyboard.press("Space")
    opened.value.set_files(mine / "Rain words.pdf")
    expect(page.locator("#chosen bdi.lines")).to_have_text(["Rain words"])
    expect(field).to_be_focused()


def test_without_scripts(open_school: School, bare_lesson: Lesson, visit: Visit, mine: Path, tmp_path: Path) -> None:
    page = visit(address("lesson", bare_lesson), open_school.coach, java_script_enabled=False)
    field = page.get_by_label("Add a file of your own")
    field.set_input_files([mine / "Rain words.pdf", *mine.glob("*.docx")])
    page.screenshot(path=tmp_path / "plain.png", full_page=True)
    page.get_by_role("button", name="Add to the lesson").click()
    expect(page.locator("#own-files-left .error")).to_have_count(1)
    expect(page.locator("#chosen bdi.lines")).to_have_text(["Rain words"])


def test_too_many_are_not_sent(
    open_school: School, bare_lesson: Lesson, visit: Visit, mine: Path, settings: Settings
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 1
    page = visit(address("lesson", bare_lesson), open_school.coach)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    choose(page, mine / "Rain words.pdf", mine / "A leaf.png")
    left = page.locator("#own-files-left .error")
    expect(left).to_have_text(["Add at most 1 file at once."])
    assert not [url for url in sent if "own-files" in url]
    # As many as may be are sent, and the sentence goes.
    choose(page, mine / "Rain words.pdf")
    expect(page.locator("#chosen bdi.lines")).to_have_text(["Rain words"])
    expect(left).to_have_count(0)
    assert len([url for url in sent if "own-files" in url]) == 1


def slow(page: Page) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 0, "downloadThroughput": 2_000_000, "uploadThroughput": 300_000},
    )


def test_it_shows_how_far_it_is_can_be_stopped_and_loses_no_tick(
    open_school: School, open_lesson: Lesson, visit: Visit, tmp_path: Path, listeners: Listeners
) -> None:
    page = visit(address("lesson", open_lesson), open_school.coach)
    film = tmp_path / "Long film.mp4"
    film.write_bytes(files.media("leaf.mp4") + bytes(1_500_000))
    slow(page)
    choose(page, film)
    progress = page.locator(".own-files-way progress")
    expect(progress).to_be_visible()
    expect(page.locator("#said")).to_have_text("The file is being sent.")
    until(lambda: 0 < progress.evaluate("bar => bar.value") < 1)
    page.screenshot(path=tmp_path / "sending.png")
    page.get_by_role("button", name="Stop").click()
    expect(progress).to_be_hidden()
    expect(page.locator("#said")).to_have_text("Stopped. Nothing was added.")
    before = len(stored())
    # On its way again; meanwhile a tick.
    choose(page, film)
    expect(progress).to_be_visible()
    page.get_by_role("button", name="Remove “A steady tone”").click()
    expect(page.locator("#chosen bdi.lines")).to_have_count(before - 1)
    expect(page.locator("#chosen").get_by_role("link", name="Long film")).to_be_visible(timeout=20_000)
    until(lambda: len(stored()) == before)
    assert chosen(page) == stored() and stored()[-1] == "Long film"
    assert not list((tmp_path / "home" / "content" / "arriving").iterdir())
