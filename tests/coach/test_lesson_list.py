"""The class's list of lessons: found, narrowed, sorted, moved, put away and brought back."""

import datetime
import re

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from tests.coach.conftest import entries
from tests.schools import School
from tests.sticks import Stick

HTMX = {"HX-Request": "true"}


@pytest.fixture
def coach(client: Client, school: School) -> Client:
    client.force_login(school.coach)
    return client


@pytest.fixture
def lessons(school: School) -> dict[str, Lesson]:
    """Three lessons: for the whole class, for a group, for one learner."""
    readers = school.classroom.children.get(name="Readers")

    def made(title, **values):
        return services.create_lesson(school.coach, collection=school.classroom, title=title, **values)

    return {
        "Rain": made("Rain", is_active=True),
        "Étoiles": made("Étoiles", assignments=[readers.pk]),
        "Adding": made("Adding", learner_ids=[school.learner.pk]),
    }


def page(client: Client, school: School, **query) -> str:
    answer = client.get(reverse("kolibri:coach:class", args=[school.classroom.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(html: str) -> list[str]:
    return re.findall(r'data-row data-title="([^"]*)"', html)


def test_the_newest_comes_first_until_somebody_gives_an_order(coach, school, lessons):
    assert listed(page(coach, school)) == ["Adding", "Étoiles", "Rain"]
    ids = [lessons[title].pk for title in ("Rain", "Adding", "Étoiles")]
    answer = coach.post(reverse("kolibri:coach:order", args=[school.classroom.pk]), {"order": ids}, headers=HTMX)
    assert listed(page(coach, school)) == ["Rain", "Adding", "Étoiles"]
    # The way back is a form with the order before.
    back = re.findall(r'name="order" value="(\w{32})"', answer.content.decode())
    coach.post(reverse("kolibri:coach:order", args=[school.classroom.pk]), {"order": back})
    assert listed(page(coach, school)) == ["Adding", "Étoiles", "Rain"]


def test_learners_have_the_same_order(coach, school, lessons):
    for lesson in lessons.values():
        services.update_lesson(lesson, school.coach, is_active=True, assignments=[school.classroom.pk])
    plans.set_order(school.classroom, [lessons[title].pk for title in ("Rain", "Adding", "Étoiles")])
    learner = Client()
    learner.force_login(school.learner)
    html = learner.get("/learn/").content.decode()
    assert re.findall(r"<strong><bdi>([^<]*)</bdi>", html) == ["Rain", "Adding", "Étoiles"]


def test_a_search_folds_accents_and_case(coach, school, lessons):
    assert listed(page(coach, school, q="ETOI")) == ["Étoiles"]
    assert listed(page(coach, school, q="rain ad")) == []


def test_narrowing_by_people_and_state(coach, school, lessons):
    readers = school.classroom.children.get(name="Readers")
    assert listed(page(coach, school, people="whole")) == ["Rain"]
    assert listed(page(coach, school, people=readers.pk)) == ["Étoiles"]
    assert listed(page(coach, school, people="single")) == ["Adding"]
    assert listed(page(coach, school, state="visible")) == ["Rain"]
    assert listed(page(coach, school, state="hidden")) == ["Adding", "Étoiles"]
    assert listed(page(coach, school, state="nonsense", sort="nonsense")) == ["Adding", "Étoiles", "Rain"]


def test_sorting(coach, school, lessons):
    today = datetime.date.today()
    for title, days in (("Rain", 1), ("Étoiles", 3)):
        services.update_lesson(lessons[title], school.coach, due_on=today + datetime.timedelta(days=days))
    assert listed(page(coach, school, sort="title")) == ["Adding", "Étoiles", "Rain"]
    assert listed(page(coach, school, sort="due")) == ["Rain", "Étoiles", "Adding"]
    plans.set_order(school.classroom, [lessons[title].pk for title in ("Rain", "Adding", "Étoiles")])
    assert listed(page(coach, school, sort="newest")) == ["Adding", "Étoiles", "Rain"]


def test_numbers_in_titles_and_terms_count_by_their_value(coach, school):
    for number in (10, 9, 1):
        lesson = services.create_lesson(school.coach, collection=school.classroom, title=f"Unit {number}")
        services.update_lesson(lesson, school.coach, term=f"Week {number}")
    assert listed(page(coach, school, sort="title")) == ["Unit 1", "Unit 9", "Unit 10"]
    assert plans.terms_of(school.classroom.pk) == ["Week 1", "Week 9", "Week 10"]


def test_only_the_learners_order_of_all_can_be_moved(coach, school, lessons):
    assert 'name="order"' in page(coach, school)
    for query in ({"q": "a"}, {"sort": "title"}, {"state": "hidden"}):
        assert 'name="order"' not in page(coach, school, **query)


def test_terms_are_headings_in_the_order_of_their_first_lessons(coach, school, lessons):
    for title, term in (("Adding", "Term 1"), ("Rain", "term 1")):
        services.update_lesson(lessons[title], school.coach, term=term)
    html = page(coach, school)
    assert re.findall(r"<h3>(?:<bdi>)?([^<]*)", html) == ["Term 1", "Without a term"]
    assert listed(html) == ["Adding", "Rain", "Étoiles"]


def test_the_archive_is_left_out_shown_alone_and_undone(coach, school, lessons):
    answer = coach.post(reverse("kolibri:coach:archive", args=[lessons["Rain"].pk]), {"is_archived": "on"}, follow=True)
    html = answer.content.decode()
    assert listed(html) == ["Adding", "Étoiles"]
    assert "Put into the archive" in html
    assert listed(page(coach, school, state="archived")) == ["Rain"]
    learner = Client()
    learner.force_login(school.learner)
    assert "Rain" not in learner.get("/learn/").content.decode()
    coach.post(reverse("kolibri:coach:undo", args=[LessonChange.objects.filter(undone_at=None).first().pk]))
    assert listed(page(coach, school, state="visible")) == ["Rain"]


def test_an_empty_list_offers_the_next_step(coach, school, lessons):
    assert "Show all lessons" in page(coach, school, q="nothing like that")
    for lesson in lessons.values():
        services.update_lesson(lesson, school.coach, is_archived=True)
    assert "Show the archive" in page(coach, school)


def test_days_are_told_in_words(coach, school, lessons):
    today = datetime.date.today()
    week = datetime.timedelta(days=7)
    services.update_lesson(lessons["Rain"], school.coach, starts_on=today - 2 * week, due_on=today - week)
    services.update_lesson(lessons["Adding"], school.coach, starts_on=today + week, due_on=today + 2 * week)
    html = page(coach, school)
    assert f"was due {(today - week).day} {today - week:%B}" in html
    assert f"from {(today + week).day} {today + week:%B}" in html
    assert f"due {(today + 2 * week).day} {today + 2 * week:%B}" in html


def test_a_wrong_clock_hides_no_work(coach, school, lessons):
    """Far in the future or long ago: learners have the lesson and open it."""
    for day in (datetime.date(2099, 1, 1), datetime.date(2001, 1, 1)):
        services.update_lesson(lessons["Rain"], school.coach, starts_on=day, due_on=day)
        learner = Client()
        learner.force_login(school.learner)
        assert "Rain" in learner.get("/learn/").content.decode()
        assert learner.get(reverse("kolibri:learn:lesson", args=[lessons["Rain"].pk])).status_code == 200


def test_sizes_count_what_is_here_and_never_read_nothing(coach, school, lessons, channel: Stick):
    assert "0 bytes" not in page(coach, school)
    resources = entries(channel.node_ids["The water cycle"], channel.node_ids["A steady tone"])
    services.update_lesson(lessons["Rain"], school.coach, resources=resources)
    html = page(coach, school)
    assert re.search(r"2 resources · [\d.]+\s(KB|MB)", html), html
    services.update_lesson(
        lessons["Rain"], school.coach, resources=[dict.fromkeys(resources[0], "0" * 32), resources[0]]
    )
    assert "1 resource is gone" in page(coach, school)


def test_a_peers_lesson_outside_any_term_is_listed(coach, school, lessons):
    Lesson.objects.filter(pk=lessons["Rain"].pk).update(title="x" * 255)
    assert "x" * 255 in listed(page(coach, school))
