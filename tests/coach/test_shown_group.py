"""Reports of one group alone: on the page, in its files, while it is polled; and today as a file."""

import io
import uuid

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.content.models import ContentNode
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.services import record_visit
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
    assert html.count(f"?group={readers.pk}") == 2, "both files are of the same group"


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
    htmx = {"HX-Request": "true"}
    assert coach.get(polled, headers=htmx).status_code == 204
    news = coach.get(polled.replace("seen=", "seen=not-"), headers=htmx)
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
        "Lesson,Done,Finished,Resources,Minutes",
        "Rain,100%,1,1,2",
    ]
    assert "Amina Bello.csv" in answer.headers["Content-Disposition"]
