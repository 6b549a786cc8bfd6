"""A class over all its lessons, one learner, and the picture of today."""

import datetime
import io
import re
import uuid

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from kolibri.coach import class_report
from kolibri.coach import learner_report
from kolibri.coach import report
from kolibri.coach import today
from kolibri.core.auth import services as auth
from kolibri.core.auth.models import Role
from kolibri.core.content.models import ContentNode
from kolibri.core.fields import local_now
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.models import ContentSessionLog
from kolibri.core.logger.models import ContentSummaryLog
from kolibri.core.logger.services import record_visit
from tests.coach.conftest import asks_with
from tests.coach.conftest import entries
from tests.schools import School
from tests.sticks import Stick

TITLES = ("The water cycle", "A steady tone")


@pytest.fixture
def lesson(school: School, channel: Stick) -> Lesson:
    resources = entries(*(channel.node_ids[title] for title in TITLES))
    return services.create_lesson(
        school.coach, collection=school.classroom, title="Rain", resources=resources, is_active=True
    )


@pytest.fixture
def coach(client: Client, school: School) -> Client:
    client.force_login(school.coach)
    return client


def work(person, channel: Stick, title: str, *, progress: float, seconds: float = 60.0) -> None:
    node = ContentNode.objects.get(pk=channel.node_ids[title])
    record_visit(person, node, visit=uuid.uuid4().hex, seconds=seconds, progress=progress)


def address(name: str, school: School, *more: str) -> str:
    return reverse(f"kolibri:coach:{name}", args=[school.classroom.pk, *more])


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_learners_by_lessons(coach, school, channel, lesson):
    readers = school.classroom.children.get(name="Readers")
    services.create_lesson(
        school.coach, collection=school.classroom, title="For readers", assignments=[readers.pk],
        resources=lesson.resources[:1],
    )  # fmt: skip
    amina, ben, carla = school.learners[:3]
    for title in TITLES:
        work(amina, channel, title, progress=1.0)
    work(ben, channel, TITLES[0], progress=0.4)
    made = class_report.of_class(school.classroom)
    assert [(column.title, column.finished, column.begun, column.given) for column in made.columns] == [
        ("For readers", 1, 2, 2),
        ("Rain", 1, 2, 5),
    ]
    lines = {line.id: line for line in made.lines}
    assert [cell.percent for cell in lines[amina.pk].cells] == [100, 100]
    assert [cell and cell.is_begun for cell in lines[ben.pk].cells] == [True, True]
    assert lines[carla.pk].cells[0] is None
    html = text(coach.get(address("class-report", school)))
    assert "2 of 2" in html
    rows = {row.partition("</bdi>")[0].rpartition("<bdi>")[2]: row for row in html.split("<tr>")}
    assert rows["Amina Bello"].count('<span class="word">Finished</span>') == 2
    assert "<td>0%</td><td>0%</td>" in rows["Ben Carter"]
    assert 'hidden">Not for this learner</span></td><td class="quiet"><span aria-hidden="true">–' in rows["Carla Diaz"]
    assert "Not opened" in rows["Carla Diaz"]
    # Another language's words are not kept for this one.
    coach.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    spanish = text(coach.get(address("class-report", school)))
    assert "Not opened" not in spanish
    assert "<td>0 %</td>" in spanish


def test_the_archive_is_left_out(coach, school, lesson):
    services.update_lesson(lesson, school.coach, is_archived=True)
    assert class_report.of_class(school.classroom).columns == []
    assert "There is no lesson in this class yet." in text(coach.get(address("class-report", school)))


def test_the_tables_hold_names_and_no_formulas(coach, school, channel, lesson):
    services.update_lesson(lesson, school.coach, title="=1+1")
    school.learner.full_name = "@Amina"
    school.learner.save()
    work(school.learner, channel, TITLES[0], progress=1.0, seconds=120)
    lines = coach.get(address("class-report-table", school)).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Learner,Username,Finished,Minutes,'=1+1"
    assert "'@Amina,amina,0,2,50%" in lines
    book = load_workbook(io.BytesIO(coach.get(address("class-report-workbook", school)).content))
    rows = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert rows[0] == ["Learner", "Username", "Finished", "Minutes", "=1+1"]
    assert book.active["E1"].data_type == "s"
    assert ["@Amina", "amina", 0, 2, "50%"] in rows


def test_the_lessons_workbook_has_the_same_rows_as_its_table(coach, school, channel, lesson):
    work(school.learner, channel, TITLES[0], progress=0.5)
    table = coach.get(reverse("kolibri:coach:report-table", args=[lesson.pk])).content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(coach.get(reverse("kolibri:coach:report-workbook", args=[lesson.pk])).content))
    rows = [",".join("" if cell.value is None else str(cell.value) for cell in row) for row in book.active.iter_rows()]
    assert rows == table.splitlines()


def test_a_learners_page(coach, school, channel, lesson):
    work(school.learner, channel, TITLES[0], progress=1.0, seconds=90)
    html = text(coach.get(address("learner", school, school.learner.pk)))
    assert "Amina Bello" in html
    assert "Readers" in html
    assert "Finished: 1 of 2" in html
    assert "1:30" in html
    # Which resources, and not only how many.
    film, tone = html[html.index("<ol>") :].split("</li>")[:2]
    assert TITLES[0] in film and "Finished" in film and "1:30" in film
    assert TITLES[1] in tone and "Not opened" in tone
    table = coach.get(address("learner-table", school, school.learner.pk)).content.decode("utf-8-sig").splitlines()
    assert table == ["Lesson,Resource,Done,Minutes", f"Rain,{TITLES[0]},100%,2", f"Rain,{TITLES[1]},,0"]


def test_a_learners_page_has_only_that_learners_lessons(coach, school, channel, lesson):
    amina, ben = school.learners[:2]
    services.create_lesson(school.coach, collection=school.classroom, title="For Ben", learner_ids=[ben.pk])
    work(ben, channel, TITLES[0], progress=0.4)
    made = learner_report.of_learner(school.classroom, amina.pk)
    assert [(one.title, one.done, one.seconds) for one in made.lessons] == [("Rain", 0, 0)]
    assert made.last_seen is None
    assert [one.title for one in learner_report.of_learner(school.classroom, ben.pk).lessons] == ["For Ben", "Rain"]


def test_minutes_stand_beside_the_learners_in_both_matrices(coach, school, channel, lesson):
    work(school.learner, channel, TITLES[0], progress=0.5, seconds=7 * 60)
    pages = (reverse("kolibri:coach:report", args=[lesson.pk]), address("class-report", school))
    for page in pages:
        html = text(coach.get(page))
        amina, ben = (html.split("<tr>")[2 + place] for place in (0, 1))
        assert '<th scope="col">Minutes</th>' in html
        assert "Amina Bello" in amina and "<td>7</td>" in amina
        assert "Ben Carter" in ben and "<td></td>" in ben


def test_the_list_of_lessons_says_how_many_have_finished(coach, school, channel, lesson):
    readers = school.classroom.children.get(name="Readers")
    amina, ben, carla = school.learners[:3]
    more = {"collection": school.classroom, "resources": lesson.resources[:1]}
    services.create_lesson(school.coach, title="Readers", assignments=[readers.pk], **more)
    services.create_lesson(school.coach, title="Carla", assignments=[readers.pk], learner_ids=[carla.pk], **more)
    services.create_lesson(school.coach, collection=school.classroom, title="Empty")
    services.create_lesson(school.coach, title="Nobody", assignments=[], **more)
    for title in TITLES:
        work(amina, channel, title, progress=1.0)
    work(carla, channel, TITLES[0], progress=1.0)
    work(ben, channel, TITLES[0], progress=0.9)
    rows = coach.get(address("class", school)).content.decode().split("data-title=")[1:]
    said = {row.split('"')[1]: re.findall(r"(\d+ of \d+) finished", row) for row in rows}
    assert said == {"Rain": ["1 of 5"], "Readers": ["1 of 2"], "Carla": ["2 of 3"], "Empty": [], "Nobody": []}
    # Who has left the class is not waited for.
    auth.leave(school.classroom, [ben.pk])
    assert "1 of 4 finished" in text(coach.get(address("class", school)))


def test_somebody_elses_learner_is_not_here(coach, school, other_school, lesson):
    assert coach.get(address("learner", school, other_school.learner.pk)).status_code == 404
    auth.leave(school.classroom, [school.learner.pk])
    assert coach.get(address("learner", school, school.learner.pk)).status_code == 404


def test_a_day_without_learners_says_so(coach, school, lesson):
    assert "No learner has opened anything today." in text(coach.get(address("class", school)))


def test_the_picture_of_today(coach, school, channel, lesson):
    amina, ben, carla = school.learners[:3]
    work(amina, channel, TITLES[0], progress=1.0, seconds=300)
    work(ben, channel, TITLES[0], progress=0.2, seconds=700)
    # Yesterday's is not of today.
    work(carla, channel, TITLES[1], progress=1.0)
    long_ago = ContentSummaryLog.objects.get(user=carla).start_timestamp.replace(year=2020)
    for log in (ContentSummaryLog, ContentSessionLog):
        log.objects.filter(user=carla).update(end_timestamp=long_ago)
    ContentSummaryLog.objects.filter(user=carla).update(completion_timestamp=long_ago)
    made = today.of_class(school.classroom)
    assert (made.seen, made.count, made.minutes, made.finished) == (2, 5, 17, 1)
    assert [(one.name, one.title, one.is_finished) for one in made.latest] == [
        ("Ben Carter", TITLES[0], False),
        ("Amina Bello", TITLES[0], True),
    ]
    assert made.needing == [("Ben Carter", TITLES[0])]
    html = text(coach.get(address("class", school)))
    assert "2 learners of 5 were here" in html
    assert "May need help:" in html


def test_polling_is_answered_with_nothing_while_nothing_is_new(coach, school, channel, lesson):
    asks = asks_with(coach.get(address("class", school)).content.decode())
    nothing = coach.get(address("today", school), headers=asks)
    assert (nothing.status_code, nothing.content) == (304, b"")
    assert nothing["ETag"] == asks["If-None-Match"]
    work(school.learner, channel, TITLES[0], progress=0.5)
    answer = coach.get(address("today", school), headers=asks)
    assert answer.status_code == 200
    assert "1 learner of 5 was here" in text(answer)


def test_work_outside_the_classs_lessons_is_not_told(coach, school, channel, lesson):
    work(school.learner, channel, "Palabras del agua", progress=1.0)
    assert today.of_class(school.classroom).seen == 0


def test_the_queries_do_not_grow(coach, school, channel, lesson, django_assert_max_num_queries):
    work(school.learner, channel, TITLES[0], progress=1.0)
    coach.get(address("class", school))
    auth.add_learners(school.classroom, [(f"Learner {number}", f"learner{number}") for number in range(45)])
    for number in range(58):
        services.create_lesson(
            school.coach, collection=school.classroom, title=f"Lesson {number}", resources=lesson.resources
        )
    for name, most in (("class", 34), ("class-report", 14), ("today", 16)):
        with django_assert_max_num_queries(most):
            assert coach.get(address(name, school)).status_code == 200
    with django_assert_max_num_queries(20):
        assert coach.get(address("learner", school, school.learner.pk)).status_code == 200


def test_a_page_without_news_costs_next_to_nothing(coach, school, channel, lesson, django_assert_max_num_queries):
    asks = asks_with(coach.get(address("class", school)).content.decode())
    with django_assert_max_num_queries(7):
        assert coach.get(address("today", school), headers=asks).status_code == 304
    asks = asks_with(coach.get(reverse("kolibri:coach:report", args=[lesson.pk])).content.decode())
    with django_assert_max_num_queries(8):
        assert coach.get(reverse("kolibri:coach:report", args=[lesson.pk]), headers=asks).status_code == 304


def test_a_page_that_polls_is_told_of_another_day_and_of_rights_that_went(coach, school, channel, lesson, monkeypatch):
    work(school.learner, channel, TITLES[0], progress=0.5)
    asks = asks_with(coach.get(address("class", school)).content.decode())
    assert coach.get(address("today", school), headers=asks).status_code == 304
    tomorrow = local_now() + datetime.timedelta(days=1)
    with monkeypatch.context() as patch:
        for module in ("news", "today"):
            patch.setattr(f"kolibri.coach.{module}.local_now", lambda: tomorrow)
        assert "No learner has opened anything" in text(coach.get(address("today", school), headers=asks))
    Role.objects.filter(user=school.coach).delete()
    assert coach.get(address("today", school), headers=asks).status_code in (403, 404)


def test_what_has_not_been_finished_stands_on_the_report_with_names(coach, school, channel, lesson):
    for title in TITLES:
        work(school.learner, channel, title, progress=1.0)
    html = text(coach.get(reverse("kolibri:coach:report", args=[lesson.pk])))
    unfinished = html[html.index('id="unfinished"') :]
    assert "Ben Carter" in unfinished
    assert "Amina Bello" not in unfinished
    assert "counts for its copies in other lessons" in html


def test_resources_that_many_begin_and_few_finish_are_named(coach, school, channel, lesson):
    for person in school.learners[:4]:
        work(person, channel, TITLES[0], progress=0.3, seconds=600)
    work(school.learners[4], channel, TITLES[0], progress=1.0, seconds=120)
    work(school.learners[4], channel, TITLES[1], progress=1.0)
    first, second = report.of_lesson(lesson).by_resource
    assert (first.title, first.opened, first.finished, first.minutes, first.is_hard) == (TITLES[0], 5, 1, 8, True)
    assert (second.opened, second.finished, second.is_hard) == (1, 1, False)
    html = text(coach.get(reverse("kolibri:coach:report", args=[lesson.pk])))
    assert html.count("many begin it, few finish") == 1
