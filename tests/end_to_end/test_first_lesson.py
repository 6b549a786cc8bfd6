"""From a fresh computer to a lesson in a learner's hands, in the native window and on phones."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Playwright
from playwright.sync_api import expect
from playwright.sync_api import sync_playwright

from tests.end_to_end import phone
from tests.end_to_end.afterwards import copy_the_lesson
from tests.end_to_end.afterwards import delete_and_undo
from tests.end_to_end.afterwards import make_a_class
from tests.end_to_end.afterwards import see_everything
from tests.end_to_end.afterwards import see_on_paper
from tests.end_to_end.beginning import improve_the_lesson
from tests.end_to_end.beginning import make_a_group
from tests.end_to_end.beginning import make_a_lesson
from tests.end_to_end.beginning import see_the_import_end
from tests.end_to_end.beginning import share
from tests.end_to_end.beginning import wizard
from tests.end_to_end.hands import Hands
from tests.end_to_end.hands import Pictures
from tests.end_to_end.hands import Trouble
from tests.end_to_end.learners import learn
from tests.end_to_end.learners import learn_among_two_classes
from tests.end_to_end.learners import see_nothing
from tests.end_to_end.learners import try_the_key
from tests.end_to_end.story import FILMS
from tests.end_to_end.window import ROOT
from tests.end_to_end.window import Window
from tests.end_to_end.window import display
from tests.patience import PATIENCE
from tests.sticks import make_stick

pytestmark = [pytest.mark.window, pytest.mark.browser, pytest.mark.timeout(600)]

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
