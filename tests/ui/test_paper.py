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
from playwright.sync_api import Page

from kolibri.core.auth import services as auth
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
