"""From a fresh computer to a lesson in a learner's hands, in the native window and on phones."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Locator
from playwright.sync_api import Page
from playwright.sync_api import Playwright
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright

from kolibri.server import control
from tests.end_to_end import phone
from tests.end_to_end.hands import ClickTable
from tests.end_to_end.hands import Hands
from tests.end_to_end.hands import Pictures
from tests.end_to_end.hands import Trouble
from tests.end_to_end.window import PATIENCE
from tests.end_to_end.window import ROOT
from tests.end_to_end.window import Window
from tests.end_to_end.window import display
from tests.end_to_end.window import until
from tests.sticks import make_stick

pytestmark = [pytest.mark.window, pytest.mark.browser, pytest.mark.timeout(600)]

PASSWORD = "blue kettle seven"
NAMES = """Amina Diallo
Ben Okoro
Carla Mendes
David Mwangi
Esther Achieng
Fatou Ndiaye
محمد الأمين
سارة حسن
ሰላም ተስፋዬ
Grace Wanjiru
Hassan Ali
Ines Pereira
John Smith
John Smith
Kwame Mensah
Lucía Fernández
Mary-Jane O’Connor
Nguyễn Thị Lan
Oluwaseun Adebayo-Nwachukwu of Ibadan
Patience Moyo
Quentin Dubois
Rania Haddad
Samuel Otieno
Tatiana Petrova
Umar Farouk
Violet Chanda
Wei Zhang
Xolani Dlamini
Yusuf Ibrahim
Zainab Bello"""
IN_GROUP = ["Amina Diallo", "Carla Mendes", "Grace Wanjiru", "محمد الأمين", "Kwame Mensah", "Zainab Bello"]
LESSON = "Rain and beads"
FIRST_CLASS = "Grade 4"
OTHER_CLASS = "Grade 5"
# Megabytes, so that there is something to see of the import.
FILMS = 120
CLICKS = ClickTable(ROOT / "build" / "clicks.txt")
# The teacher's order: two folders, and a sound found by its name.
WATER = ["The water cycle", "Water words"]
NUMBERS = ["Counting beads", "Adding", "Number words"]
SOUND = "A steady tone"

expect.set_options(timeout=PATIENCE * 1000)


class Times:
    """How long each part took."""

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        print(f"{time.monotonic() - began:6.1f} s  {name}", flush=True)


@pytest.fixture
def pictures() -> Pictures:
    return Pictures(Path(os.environ.get("KOLIBRI_PICTURES") or ROOT / "build" / "pictures"))


def test_from_a_fresh_computer_to_a_lesson_in_a_learners_hands(tmp_path: Path, pictures: Pictures) -> None:
    times, trouble, home = Times(), Trouble(), tmp_path / "home"
    stick = make_stick(tmp_path / "Blue stick", films=FILMS)
    before = stick.state()
    print()
    with phone.network(), display() as screen, sync_playwright() as playwright:
        window = start(playwright, home, screen, stick.root, times, trouble)
        try:
            teacher = Hands(window.page)
            with times.part("wizard"):
                wizard(teacher, pictures)
            with times.part("import, the rest of it"):
                see_the_import_end(teacher, pictures)
            with times.part("group of six"):
                make_a_group(teacher, pictures)
            with times.part("lesson"):
                make_a_lesson(teacher, pictures)
            with times.part("the lesson's order, a search, a preview"):
                improve_the_lesson(teacher, pictures)
            with times.part("share with the class"):
                address = share(teacher, pictures)
            with phone.phones(playwright) as browser:
                with times.part("a learner of the group plays everything"):
                    lesson_address = learn(browser, address, pictures, trouble)
                with times.part("a learner outside the group"):
                    see_nothing(browser, address, lesson_address, pictures, trouble)
                with times.part("the one-time key on the class's address"):
                    try_the_key(browser, address, home, trouble)
            with times.part("who has not finished, on paper"):
                see_on_paper(teacher, pictures)
            with times.part("delete the lesson, and undo"):
                delete_and_undo(teacher, pictures)
            window.kill()
            window = start(playwright, home, screen, stick.root, times, trouble)
            with times.part("everything is there after kill -9"):
                see_everything(Hands(window.page), pictures)
            with times.part("a second class"):
                make_a_class(Hands(window.page), pictures)
            with times.part("copy a lesson"):
                copy_the_lesson(Hands(window.page), pictures)
            with phone.phones(playwright) as browser, times.part("a learner in a school of two classes"):
                learn_among_two_classes(Hands(window.page), browser, pictures, trouble)
            with times.part("close button"):
                window.picture(pictures.next("the-window-itself"))
                window.press_close_button()
                assert window.ended() == 0, window.said()
        finally:
            window.clear_away()
        assert stick.state() == before, "the stick was written to"
        assert trouble.seen == []


def start(playwright: Playwright, home: Path, screen: str, stick: Path, times: Times, trouble: Trouble) -> Window:
    with times.part("start of the program to its first page"):
        window = Window(playwright, home, screen, KOLIBRI_DRIVES=str(stick))
        trouble.watch(window.page.context)
        window.page.locator("h1").wait_for()
    return window


def place(page: Page, name: str) -> Locator:
    return page.locator("nav.rail").get_by_role("link", name=name, exact=True)


def press(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def work_under_way(page: Page) -> Locator:
    return page.get_by_role("region", name="Work under way").get_by_role("progressbar")


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


def pick(teacher: Hands, title: str) -> None:
    teacher.tick(teacher.page.locator("#picker label.tick", has_text=title))
    expect(teacher.page.locator("#chosen .row", has_text=title)).to_be_visible()


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


def titles(page: Page) -> list[str]:
    return page.locator("#chosen .row").evaluate_all("rows => rows.map(row => row.dataset.title)")


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


def learn(browser: Browser, address: str, pictures: Pictures, trouble: Trouble) -> str:
    """Sign in on a phone and go through the whole lesson; returns the lesson's address."""
    context = phone.switch_on(browser, trouble)
    first = context.new_page()
    first.goto(address)
    pictures.take(first, "phone-sign-in")
    first.close()
    page = context.new_page()
    page.goto(address)
    learner = Hands(page)
    with learner.counted() as count:
        learner.click(press(page, "Amina Diallo"))
        page.wait_for_url("**/learn/")
        phone.does_not_scroll_sideways(page)
        pictures.take(page, "phone-lessons")
        learner.click(page.get_by_role("link", name=f"Begin: {WATER[0]}"))
        expect(page.locator("h1")).to_have_text(WATER[0])
    CLICKS.add("from the class's address to an open resource", count, "3 clicks, 1 field")
    assert count.clicks <= 2 and count.fields <= 1
    page.get_by_role("link", name="My lessons").first.tap()
    page.get_by_role("link", name=LESSON).first.tap()
    expect(page.locator("h1")).to_have_text(LESSON)
    phone.does_not_scroll_sideways(page)
    rows = page.locator("ol.resources li")
    expect(rows).to_have_count(6)
    for row, title in zip(rows.all(), [*WATER, SOUND, *NUMBERS], strict=True):
        expect(row).to_contain_text(title)
    pictures.take(page, "phone-lesson")
    lesson_address = page.url

    rows.nth(0).get_by_role("link").tap()
    expect(page.locator("h1")).to_have_text(WATER[0])
    assert page.locator("video track[kind=captions]").count() == 2
    phone.plays(page, "video")
    page.wait_for_function("document.querySelector('video').textTracks[0].cues?.length > 0")
    pictures.take(page, "phone-video")
    phone.seeks(page, "video", 5)
    answers_with_a_range(page)
    phone.does_not_scroll_sideways(page)

    go_on(page, WATER[1])
    phone.has_ink(page)
    phone.does_not_scroll_sideways(page)
    pictures.take(page, "phone-pdf")

    go_on(page, SOUND)
    phone.plays(page, "audio")
    phone.does_not_scroll_sideways(page)
    pictures.take(page, "phone-audio")

    go_on(page, NUMBERS[0])
    inside = page.frame_locator(".viewer iframe")
    expect(inside.locator("#beads")).to_have_text("o o o 3")
    inside.get_by_role("button", name="One more").tap()
    expect(inside.locator("#beads")).to_have_text("o o o o 4")
    frame = until(lambda: next((one for one in page.frames if "/zip/" in one.url), None), "the resource's own frame")
    theirs, ours = urlsplit(frame.url), urlsplit(page.url)
    assert theirs.hostname == ours.hostname and theirs.port != ours.port
    phone.does_not_scroll_sideways(page)
    pictures.take(page, "phone-html5")

    go_on(page, NUMBERS[1])
    expect(page.get_by_text("this kind of resource cannot be shown yet")).to_be_visible()
    phone.does_not_scroll_sideways(page)
    pictures.take(page, "phone-not-yet")

    go_on(page, NUMBERS[2])
    phone.has_ink(page)
    page.get_by_role("link", name="Back to the lesson").tap()
    page.wait_for_url(lesson_address)
    context.close()
    return lesson_address


def learn_among_two_classes(teacher: Hands, browser: Browser, pictures: Pictures, trouble: Trouble) -> None:
    """A phone that has never been here, in a school with several classes: the name is typed, not looked for."""
    own = teacher.page
    teacher.click(place(own, "Share with the class"))
    shown, start = own.locator(".address"), press(own, "Share with the class")
    expect(shown.or_(start).first).to_be_visible()
    if start.is_visible():
        teacher.click(start)
    expect(shown).to_be_visible()
    context = phone.switch_on(browser, trouble)
    page = context.new_page()
    page.goto(shown.inner_text().strip())
    learner = Hands(page)
    with learner.counted() as count:
        expect(page.get_by_role("link", name=OTHER_CLASS)).to_be_visible()
        learner.fill(page.get_by_label("Search your name"), "carla")
        pictures.take(page, "phone-name-among-classes")
        learner.click(page.get_by_role("button", name="Carla Mendes"))
        learner.click(page.get_by_role("link", name=f"Begin: {WATER[0]}"))
        expect(page.locator("h1")).to_have_text(WATER[0])
    CLICKS.add("the same in a school of two classes", count, "3 clicks, 1 field")
    assert count.clicks <= 2 and count.fields <= 1
    context.close()


def go_on(page: Page, title: str) -> None:
    page.get_by_role("link", name=f"Next: {title}").tap()
    expect(page.locator("h1")).to_have_text(title)


def answers_with_a_range(page: Page) -> None:
    """Seeking rests on this: the middle of the file alone."""
    film = page.locator("video").evaluate("video => video.currentSrc")
    answer = page.request.get(film, headers={"Range": "bytes=1000-1999"})
    assert answer.status == 206
    assert len(answer.body()) == 1000
    assert re.fullmatch(r"bytes 1000-1999/\d+", answer.headers["content-range"])


def see_nothing(browser: Browser, address: str, lesson_address: str, pictures: Pictures, trouble: Trouble) -> None:
    """The lesson does not exist for who is not in the group, in the list or by its address."""
    context = phone.switch_on(browser, trouble)
    page = phone.sign_in(context, address, "ben")
    expect(page.get_by_text("There is no lesson for you yet.")).to_be_visible()
    expect(page.get_by_text(LESSON)).to_have_count(0)
    pictures.take(page, "phone-outside-the-group")
    answer = page.goto(lesson_address)
    assert answer is not None and answer.status == 404
    assert LESSON not in page.content()
    pictures.take(page, "phone-lesson-of-others")
    context.close()


def try_the_key(browser: Browser, address: str, home: Path, trouble: Trouble) -> None:
    """A key that opens the window's listener opens nothing on the class's, before or after."""
    server = control.find(home)
    assert server is not None
    entered = server.ask("enter")
    assert entered is not None
    own = urlsplit(entered["url"])
    stranger = phone.switch_on(browser, trouble)
    page = stranger.new_page()
    answer = page.goto(f"{address.rstrip('/')}{own.path}?{own.query}")
    assert answer is not None and answer.status in (403, 404)
    answer = page.goto(f"{address.rstrip('/')}/computer/share/")
    assert answer is not None and "Stop sharing" not in page.content()
    stranger.close()
    # It was a good key: where it belongs, it opens.
    friend = browser.new_context()
    page = friend.new_page()
    answer = page.goto(f"http://127.0.0.1:{server.port}{own.path}?{own.query}&{urlencode({'next': '/'})}")
    assert answer is not None and answer.status == 200
    friend.close()


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
