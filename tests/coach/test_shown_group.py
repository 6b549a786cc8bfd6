"""Reports of one group alone: on the page, in its files, while it is polled; and today as a file."""

import io
import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.formats import date_format
from openpyxl import load_workbook

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.content.models import ContentNode
from kolibri.core.fields import local_now
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.services import record_visit
from tests.coach.conftest import asks_with
from tests.coach.conftest import entries
from tests.schools import School
from tests.sticks import Stick

REPORTS = ["report", "class-report", "today"]
FILES = ["report-table", "class-report-table", "today-table"]


@pytest.fixture
def coach(client: Client, school: School) -> Client:
    client.force_login(school.coach)
    return client


@pytest.fixture
def readers(school: School) -> LearnerGroup:
    """Amina and Ben."""
    return LearnerGroup.objects.get(parent=school.classroom)


@pytest.fixture
def lesson(school: School, channel: Stick) -> Lesson:
    resources = entries(channel.node_ids["The water cycle"])
    made = services.create_lesson(
        school.coach, collection=school.classroom, title="Rain", resources=resources, is_active=True
    )
    node = ContentNode.objects.get(pk=channel.node_ids["The water cycle"])
    for person, progress in zip(school.learners, (1.0, 0.5, 1.0), strict=False):
        record_visit(person, node, visit=uuid.uuid4().hex, seconds=120, progress=progress)
    return made


def address(name: str, lesson: Lesson) -> str:
    return reverse(f"kolibri:coach:{name}", args=[lesson.pk if name.startswith("report") else lesson.collection_id])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_of_one_group_shows_its_learners_alone(coach, lesson, readers, name):
    whole = text(coach.get(address(name, lesson)))
    assert "Carla Diaz" in whole
    html = text(coach.get(address(name, lesson), {"group": readers.pk}))
    assert "Amina Bello" in html
    assert "Carla Diaz" not in html
    assert f'value="{readers.pk}" selected' in html
    assert html.count(f'?group={readers.pk}" download') == 2, "both files are of the same group"


def test_counts_are_of_the_group(coach, lesson, readers):
    html = text(coach.get(address("report", lesson), {"group": readers.pk}))
    assert "Finished everything: 1 of 2." in html
    assert "2 learners of 2 were here" in text(coach.get(address("today", lesson), {"group": readers.pk}))


@pytest.mark.parametrize("name", FILES)
def test_files_are_of_the_group(coach, lesson, readers, name):
    answer = coach.get(address(name, lesson), {"group": readers.pk})
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["Learner", "Amina Bello", "Ben Carter"]
    assert "Readers" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("group", ["gone", "other school", "nonsense"])
def test_a_group_that_is_not_the_classs_shows_everybody_and_says_so(coach, lesson, readers, other_school, name, group):
    asked = {"gone": "f" * 32, "nonsense": "'><x", "other school": other_school.classroom.children.get().pk}[group]
    answer = coach.get(address(name, lesson), {"group": asked})
    assert answer.status_code == 200
    assert "This group is not there any more. Everybody is shown." in text(answer)
    assert "Carla Diaz" in text(answer)


def test_a_group_without_anybody_in_the_lesson(coach, school, lesson):
    empty = auth.create_group(school.classroom, "Nobody")
    assert "Nobody of this group gets the lesson." in text(coach.get(address("report", lesson), {"group": empty.pk}))
    assert "Nobody is in this group yet." in text(coach.get(address("class-report", lesson), {"group": empty.pk}))


@pytest.mark.parametrize("name", ["report", "today"])
def test_polling_asks_for_the_same_group(coach, lesson, readers, name):
    html = text(coach.get(address(name, lesson), {"group": readers.pk}))
    polled = html[html.index('hx-get="') + 8 :].partition('"')[0].replace("&amp;", "&")
    assert coach.get(polled, headers=asks_with(html)).status_code == 304
    news = coach.get(polled, headers={"HX-Request": "true"})
    assert asks_with(text(news)) == asks_with(html)
    assert "Amina Bello" in text(news)
    assert "Carla Diaz" not in text(news)


def test_today_is_a_line_a_learner(coach, school, lesson):
    assert "Not here today" in text(coach.get(address("today", lesson)))
    lines = coach.get(address("today-table", lesson)).content.decode("utf-8-sig").splitlines()
    assert lines[:3] == [
        "Learner,Username,Minutes,Opened,Finished",
        "Amina Bello,amina,2,1,1",
        "Ben Carter,ben,2,1,0",
    ]
    assert lines[-1] == "Esi Fofie,esi,0,0,0"
    book = load_workbook(io.BytesIO(coach.get(address("today-workbook", lesson)).content))
    rows = [",".join(str(cell.value) for cell in row) for row in book.active.iter_rows()]
    assert rows == lines


def test_a_learners_lessons_as_a_file(coach, school, lesson):
    place = [school.classroom.pk, school.learner.pk]
    html = text(coach.get(reverse("kolibri:coach:learner", args=place)))
    for name in ("learner-table", "learner-workbook"):
        assert reverse(f"kolibri:coach:{name}", args=place) in html
    answer = coach.get(reverse("kolibri:coach:learner-table", args=place))
    assert answer.content.decode("utf-8-sig").splitlines() == [
        "Lesson,Resource,Done,Minutes",
        "Rain,The water cycle,100%,2",
    ]
    assert "Amina Bello.csv" in answer.headers["Content-Disposition"]


WAYS = {
    "today": ("class-report", "learner", "class"),
    "class-report": ("today", "learner", "report", "class"),
    "report": ("class-report", "learner", "lesson", "class"),
    "learner": ("class-report", "report", "class"),
}


@pytest.mark.parametrize("name", WAYS)
def test_reports_lead_to_one_another_and_keep_the_group(coach, school, lesson, readers, name):
    places = {
        "learner": [school.classroom.pk, school.learner.pk],
        "report": [lesson.pk],
        "lesson": [lesson.pk],
    }
    paths = {
        way: reverse(f"kolibri:coach:{way}", args=places.get(way, [school.classroom.pk]))
        for way in (*WAYS, "class", "lesson")
    }
    html = text(coach.get(paths[name], {"group": readers.pk}))
    for way in WAYS[name]:
        kept = "" if way in ("class", "lesson") else f"?group={readers.pk}"
        assert f'href="{paths[way]}{kept}"' in html, way
    assert "?group=" not in text(coach.get(paths[name]))


@pytest.mark.parametrize("name", REPORTS)
def test_the_sheet_says_whose_it_is(coach, school, lesson, readers, name):
    html = text(coach.get(address(name, lesson), {"group": readers.pk}))
    sheet = html[html.index('class="print-only"') :].partition("</p>")[0]
    day = date_format(local_now(), "SHORT_DATE_FORMAT")
    for part in (school.facility.name, school.classroom.name, "Readers", day):
        assert part in sheet
    assert html.count("<h1") == 1
    if name == "report":
        assert "<h1><bdi>Rain</bdi></h1>" in html


@pytest.mark.parametrize("name", [*REPORTS, *FILES, "learner"])
def test_a_group_costs_a_fixed_number_of_queries(coach, school, lesson, readers, name):
    for_one = [school.classroom.pk, school.learner.pk]
    path = reverse("kolibri:coach:learner", args=for_one) if name == "learner" else address(name, lesson)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert coach.get(path, {"group": readers.pk}).status_code == 200
        return len(seen)

    queries()
    before = queries()
    more = auth.add_learners(school.classroom, [(f"Learner {number}", f"learner{number}") for number in range(20)])
    auth.enrol(readers, more)
    for number in range(5):
        auth.create_group(school.classroom, f"Group {number}", [school.learner])
    assert queries() == before
