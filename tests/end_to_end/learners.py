"""Learners on phones: who gets the lesson plays all of it, and nobody else sees it."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlencode
from urllib.parse import urlsplit

from playwright.sync_api import Browser
from playwright.sync_api import Page
from playwright.sync_api import expect

from kolibri.server import control
from tests.end_to_end import phone
from tests.end_to_end.finding import place
from tests.end_to_end.finding import press
from tests.end_to_end.hands import Hands
from tests.end_to_end.hands import Pictures
from tests.end_to_end.hands import Trouble
from tests.end_to_end.story import CLICKS
from tests.end_to_end.story import LESSON
from tests.end_to_end.story import NUMBERS
from tests.end_to_end.story import OTHER_CLASS
from tests.end_to_end.story import SOUND
from tests.end_to_end.story import WATER
from tests.patience import until


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
