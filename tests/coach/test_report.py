"""What learners have done: a number of queries that stays, names kept in, formulas kept out."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.logger.services import record_visit
from tests.coach.conftest import asks_with
from tests.core.logger.test_visits import make_node
from tests.schools import School


@pytest.fixture
def lesson(school: School) -> Lesson:
    nodes = [make_node("a"), make_node("b", title="=2+5")]
    entries = [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in nodes]
    for number, person in enumerate(school.learners[:3]):
        record_visit(person, nodes[0], visit=f"{number:032x}", seconds=90, progress=1 if number < 2 else 0.25)
    record_visit(school.learners[0], nodes[1], visit="f" * 32, seconds=30, progress=1)
    return services.create_lesson(school.coach, collection=school.classroom, title="Rain/fall", resources=entries)


@pytest.fixture
def client(school: School) -> Client:
    client = Client()
    client.force_login(school.coach)
    return client


def page(client: Client, lesson: Lesson, **more: object):
    return client.get(reverse("kolibri:coach:report", args=[lesson.pk]), **more)


def test_the_report_says_who_did_what(client: Client, school: School, lesson: Lesson) -> None:
    html = " ".join(page(client, lesson).content.decode().split())
    assert "Finished everything: 1 of 5." in html
    assert "Nothing opened yet: <bdi>David Eke</bdi>, <bdi>Esi Fofie</bdi>" in html
    assert html.count("25%") == 1
    assert html.count('<td class="done">') == 3


def test_a_learner_who_gets_it_no_more_is_left_out(client: Client, school: School, lesson: Lesson) -> None:
    services.update_lesson(lesson, school.coach, assignments=[], learner_ids=[school.learners[1].pk])
    html = page(client, lesson).content.decode()
    assert "Ben Carter" in html
    assert "Amina Bello" not in html


def test_a_page_that_is_up_to_date_hears_nothing(client: Client, school: School, lesson: Lesson) -> None:
    html = page(client, lesson).content.decode()
    again = {"headers": asks_with(html)}
    assert page(client, lesson, **again).status_code == 304
    record_visit(school.learners[4], make_node("c"), visit="e" * 32, seconds=1, progress=0)
    # Written, but nothing that this page shows.
    assert page(client, lesson, **again).status_code == 304
    services.update_lesson(lesson, school.coach, assignments=[], learner_ids=[school.learners[1].pk])
    news = page(client, lesson, **again)
    assert news.status_code == 200
    assert 'hx-swap-oob="true"' in news.content.decode()


def test_the_queries_do_not_grow(client: Client, school: School, lesson: Lesson, django_assert_max_num_queries) -> None:
    auth.add_learners(school.classroom, [(f"Learner {number}", "") for number in range(60)])
    with django_assert_max_num_queries(14):
        assert "Learner 59" in page(client, lesson).content.decode()


def test_the_table_for_other_programs(client: Client, school: School, lesson: Lesson) -> None:
    school.learners[0].full_name = "@Amina"
    school.learners[0].save()
    answer = client.get(reverse("kolibri:coach:report-table", args=[lesson.pk]))
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="Rain fall.csv"'
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["Learner", "Username", "Finished", "Minutes", "Clouds", "'=2+5"]
    assert rows[1] == ["'@Amina", "amina", "2", "2", "100%", "100%"]
    assert ["Carla Diaz", "carla", "0", "2", "25%", ""] in rows
    assert len(rows) == 6


def test_others_are_refused(school: School, other_school: School, lesson: Lesson) -> None:
    for name in ("report", "report-table"):
        address = reverse(f"kolibri:coach:{name}", args=[lesson.pk])
        for person, status in ((school.learner, 403), (other_school.coach, 404), (None, 302)):
            client = Client()
            if person:
                client.force_login(person)
            assert client.get(address).status_code == status


def test_an_empty_lesson_says_what_is_next(client: Client, school: School) -> None:
    empty = services.create_lesson(school.coach, collection=school.classroom, title="Empty")
    assert "Add resources" in page(client, empty).content.decode()
    services.update_lesson(empty, school.coach, assignments=[])
    assert "Choose who it is for" in page(client, empty).content.decode()
