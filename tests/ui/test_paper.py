"""What prints: reports of a class of 60 as real PDFs, read again with poppler.

Cards and lists are in tests/coach/test_paper.py, the poster in tests/computer/test_poster.py.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils.formats import date_format
from playwright.sync_api import Page

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.content.models import ContentNode
from kolibri.core.fields import local_now
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.services import record_visit
from tests.core.logger.test_visits import make_node
from tests.schools import School

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler-utils are not installed"),
]

RESOURCES = 14
NAMES = [(f"Learner Number {number:02}", f"learner{number:02}") for number in range(60)]
# What stands on screens around a page, and on buttons.
NOT_ON_PAPER = ("Sign out", "Save as a", "Skip to", "Share with the class", "تسجيل الخروج")


@pytest.fixture
def lesson(open_school: School) -> Lesson:
    """A lesson of many resources for a class of 60, and as many lessons beside it."""
    learners = auth.add_learners(open_school.classroom, NAMES)
    nodes = [make_node(f"{number:x}", title=f"Resource {number:02} of the long lesson") for number in range(RESOURCES)]
    entries = [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in nodes]
    for place, person in enumerate(learners[:30]):
        record_visit(person, nodes[place % 5], visit=f"{place:032x}", seconds=90, progress=1 if place % 2 else 0.25)
    for number, entry in enumerate(entries[1:]):
        title = f"Lesson {number:02} about the rain"
        lessons.create_lesson(
            open_school.coach, collection=open_school.classroom, title=title, resources=[entry], is_active=True
        )
    return lessons.create_lesson(
        open_school.coach, collection=open_school.classroom, title="Long lesson", resources=entries, is_active=True
    )


def printed(page: Page, file: Path, paper: str) -> list[str]:
    """Return the text of each sheet, each word a space from the next."""
    page.pdf(path=file, format=paper)
    text = subprocess.run(["pdftotext", file, "-"], capture_output=True, text=True, check=True).stdout
    # Right-to-left text comes with marks of its direction between the signs.
    text = re.sub("[\u202a-\u202e]", "", text)
    return [" ".join(sheet.split()) for sheet in text.rstrip("\f").split("\f")]


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize(("name", "columns"), [("report", "Resource {:02}"), ("class-report", "Lesson {:02}")])
def test_a_report_of_60_learners(visit, open_school, lesson, tmp_path, name, columns, language):
    address = reverse(f"kolibri:coach:{name}", args=[lesson.pk if name == "report" else open_school.classroom.pk])
    page = visit(address, open_school.coach, "wide-rtl" if language == "ar" else "wide")
    page.context.add_cookies(
        [{"name": settings.LANGUAGE_COOKIE_NAME, "value": language, "domain": "127.0.0.1", "path": "/"}]
    )
    page.reload()
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    sheets = printed(page, tmp_path / "report.pdf", "A4")
    whole = " ".join(sheets)
    assert len(sheets) > 1
    assert "Hill School" in sheets[0]
    assert [word for word in NOT_ON_PAPER if word in whole] == []
    assert [name for name, _ in NAMES if name not in whole] == []
    headings = [columns.format(number) for number in range(RESOURCES - (name == "class-report"))]
    # A page of the table has names and figures; after it come those who have not finished, in words.
    tables = [sheet for sheet in sheets if sheet.count("–") > RESOURCES]
    assert len(tables) > 1
    assert [(page, missing) for page, sheet in enumerate(tables) for missing in headings if missing not in sheet] == []


@pytest.mark.parametrize("name", ["report", "class-report", "today", "learner"])
def test_a_sheet_says_what_it_shows_and_not_where_one_was(visit, open_school, lesson, tmp_path, name):
    readers = LearnerGroup.objects.get(parent=open_school.classroom)
    class_id = open_school.classroom.pk
    node = ContentNode.objects.get(pk=lesson.resources[0]["contentnode_id"])
    record_visit(open_school.learner, node, visit="a" * 32, seconds=60, progress=0.5)
    of = {"report": [lesson.pk], "learner": [class_id, open_school.learner.pk]}.get(name, [class_id])
    page = visit(reverse(f"kolibri:coach:{name}", args=of) + f"?group={readers.pk}", open_school.coach)
    sheets = printed(page, tmp_path / "sheet.pdf", "A4")
    for word in ("Hill School", "Grade 4", date_format(local_now(), "SHORT_DATE_FORMAT")):
        assert word in sheets[0]
    assert "Readers" in sheets[0]
    assert "Number 01" not in " ".join(sheets)
    for screen_only in ("›", "Everybody", "Back to the lesson", "Learners and lessons", "What happened last"):
        assert screen_only not in " ".join(sheets)


def test_a_lesson_is_one_sheet_to_hand_out(visit, open_school, lesson, tmp_path):
    page = visit(reverse("kolibri:coach:lesson", args=[lesson.pk]), open_school.coach)
    page.locator("summary", has_text="More").first.click()
    page.get_by_role("link", name="Sheet for paper").click()
    page.get_by_role("heading", name=lesson.title).wait_for()
    assert page.get_by_role("button", name="Print").is_visible()
    first = printed(page, tmp_path / "lesson.pdf", "A4")[0]
    for word in ("Hill School", "Grade 4", lesson.title, "Resource 00", "Name:"):
        assert word in first
    for screen_only in ("This is what learners", "Back to the lesson", "Print"):
        assert screen_only not in first
    # A box to tick for each resource stands on the paper only.
    page.emulate_media(media="print")
    boxes = page.locator(".to-tick")
    assert boxes.count() == page.locator("ol.resources li").count() - page.locator(".missing").count() > 0
    assert boxes.first.is_visible()
    page.emulate_media(media="screen")
    assert not boxes.first.is_visible()
