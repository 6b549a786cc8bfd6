"""The pages in other languages in a real browser: longer words, and from right to left."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from kolibri.core.device import middleware
from kolibri.core.device import window_key
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons.models import Lesson
from tests.coach.conftest import open_channel
from tests.coach.conftest import open_lesson
from tests.coach.conftest import stick
from tests.schools import School
from tests.screens import Visit
from tests.screens import check
from tests.screens import chromium
from tests.screens import computer
from tests.screens import listeners
from tests.screens import open_school
from tests.screens import served
from tests.screens import visit

__all__ = [
    "chromium",
    "computer",
    "listeners",
    "open_channel",
    "open_lesson",
    "open_school",
    "served",
    "stick",
    "visit",
]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The program's own words on buttons and beside names, not what people wrote: each stands on one line.
BROKEN = """() => {
    const found = [];
    for (const box of document.querySelectorAll(".button, .switch, .chip, .state, summary")) {
        const texts = document.createTreeWalker(box, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const text = texts.currentNode;
            if (text.parentElement.closest("bdi, .visually-hidden") || !text.parentElement.checkVisibility()) continue;
            for (const word of text.data.matchAll(/\\S+/g)) {
                const range = document.createRange();
                range.setStart(text, word.index);
                range.setEnd(text, word.index + word[0].length);
                const lines = [...range.getClientRects()].map((one) => Math.round(one.top));
                if (new Set(lines).size > 1) found.push(word[0]);
            }
        }
    }
    return found;
}"""

CODES = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]


@pytest.mark.parametrize("size", ["wide", "phone"])
@pytest.mark.parametrize("code", CODES)
def test_pages_hold_the_words_of_every_language(
    open_school: School, open_lesson: Lesson, visit: Visit, tmp_path: Path, code: str, size: str
) -> None:
    DeviceSettings.objects.update(language=code)
    look = f"{size}-rtl" if code == "ar" else size
    room, learner = open_school.classroom, open_school.learners[0]
    check(visit(reverse("kolibri:ui:sign-in"), look=look), "sign-in", tmp_path)
    pages = {
        "class": (reverse("kolibri:coach:class", args=[room.pk]), open_school.coach),
        "lesson": (reverse("kolibri:coach:lesson", args=[open_lesson.pk]), open_school.coach),
        "school": (reverse("kolibri:school:class", args=[room.pk]), open_school.admin),
        "mine": (reverse("kolibri:learn:lessons"), learner),
    }
    for name, (path, person) in pages.items():
        page = visit(path, person, look)
        check(page, name, tmp_path)
        assert page.evaluate(BROKEN) == [], name
        if size == "wide":
            # As wide as the window is at first.
            page.set_viewport_size({"width": 1100, "height": 740})
            assert page.evaluate(BROKEN) == [], name


@pytest.mark.parametrize("code", CODES)
def test_the_wizard_goes_on_in_the_language_that_is_chosen(
    computer: Path, visit: Visit, tmp_path: Path, code: str
) -> None:
    DeviceSettings.objects.update(is_provisioned=False, default_facility=None, language="")
    look = "phone-rtl" if code == "ar" else "phone"
    page = visit(f"{middleware.ENTER}?key={window_key.issue()}&next=/", look=look, locale="de-DE")
    check(page, "language", tmp_path)
    page.locator(f"button[name=language][value={code}]").click()
    with translation.override(code):
        expect(page.get_by_role("heading", level=1)).to_have_text(translation.gettext("Your school and you"))
    assert page.locator("html").get_attribute("lang") == code
    check(page, "school", tmp_path)
