"""What other computers did to a class's lessons and groups, as its coach sees it and takes it back."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from kolibri.core.bin import services as bin_services
from kolibri.core.bin.models import Deletion
from kolibri.core.fields import local_now
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import Origin
from tests.schools import School


@pytest.fixture
def coach(client: Client, school: School) -> Client:
    client.force_login(school.coach)
    return client


@pytest.fixture
def lesson(school: School) -> Lesson:
    return services.create_lesson(school.coach, collection=school.classroom, title="Fractions")


@pytest.fixture
def conflict(lesson: Lesson) -> LessonChange:
    """The lesson as a second computer had it."""
    lost = {"contentnode_id": "a" * 32, "channel_id": "b" * 32, "content_id": "c" * 32}
    return LessonChange.objects.create(
        lesson_id=lesson.pk,
        collection=lesson.collection,
        before={"title": "Halves & quarters", "resources": [lost], "due_on": "2026-03-15"},
        after={"title": "Fractions", "resources": [], "due_on": None},
        origin=Origin.CONFLICT,
    )


def page(client: Client, name: str, pk: str) -> str:
    return client.get(reverse(f"kolibri:coach:{name}", args=[pk])).content.decode()


def test_the_version_that_did_not_stay_is_shown_and_brought_back(coach, lesson, conflict):
    assert "Only one version could stay." in page(coach, "lesson", lesson.pk)
    html = page(coach, "history", lesson.pk)
    assert "Changed on two computers at the same time" in html and "on another computer" in html
    assert "Halves &amp; quarters" in html and "Not here any more" in html and "15 Mar 2026" in html
    coach.post(reverse("kolibri:coach:undo", args=[conflict.pk]), {"stay": "history"})
    lesson.refresh_from_db()
    assert lesson.title == "Halves & quarters" and len(lesson.resources) == 1
    assert "Only one version" not in page(coach, "lesson", lesson.pk)
    assert "Brought back" in page(coach, "history", lesson.pk)


def test_the_notice_goes_when_the_lesson_is_worked_on(coach, lesson, conflict, school):
    services.update_lesson(lesson, school.coach, title="Fractions again")
    assert "Only one version" not in page(coach, "lesson", lesson.pk)


def test_what_another_computer_changed_is_not_offered_as_the_last_step_here(coach, lesson):
    LessonChange.objects.create(
        lesson_id=lesson.pk,
        collection=lesson.collection,
        before={"title": "Halves"},
        after={"title": "Fractions"},
        origin=Origin.ELSEWHERE,
    )
    assert "Undo: Title changed" not in page(coach, "lesson", lesson.pk)
    assert "Title changed" in page(coach, "history", lesson.pk)


def test_a_long_history_takes_no_more_queries(coach, lesson, conflict, django_assert_max_num_queries):
    page(coach, "history", lesson.pk)
    with django_assert_max_num_queries(17):
        page(coach, "history", lesson.pk)
    for _number in range(30):
        conflict.pk = None
        conflict.id = LessonChange().id
        conflict.save(force_insert=True)
    with django_assert_max_num_queries(17):
        page(coach, "history", lesson.pk)


def test_deleted_lessons_and_groups_are_listed_and_come_back(coach, lesson, school):
    group = auth.create_group(school.classroom, "Readers <3", [])
    services.delete_lesson(lesson, school.coach)
    bin_services.delete(group, school.coach)
    LessonChange.objects.filter(after=None).update(origin=Origin.ELSEWHERE, made_by=None)
    html = page(coach, "deleted", school.classroom.pk)
    assert "Fractions" in html and "Readers &lt;3" in html and "on another computer" in html
    coach.post(reverse("kolibri:coach:undo", args=[LessonChange.objects.get(after=None).pk]))
    coach.post(reverse("kolibri:coach:bring-group-back", args=[Deletion.objects.get().pk]))
    assert Lesson.objects.get().title == "Fractions"
    assert "Nothing was deleted here lately." in page(coach, "deleted", school.classroom.pk)


def test_a_lesson_that_another_computer_brought_back_is_not_offered(coach, lesson, school):
    change = services.delete_lesson(lesson, school.coach)
    services.undo(change, school.coach)
    LessonChange.objects.filter(pk=change.pk).update(undone_at=None)
    assert "Nothing was deleted here lately." in page(coach, "deleted", school.classroom.pk)


def test_after_thirty_days_they_are_not_offered(coach, lesson, school):
    services.delete_lesson(lesson, school.coach)
    bin_services.delete(auth.create_group(school.classroom, "Singers", []), school.coach)
    for model in (LessonChange, Deletion):
        model.objects.update(made_at=local_now() - datetime.timedelta(days=31))
    assert "Nothing was deleted here lately." in page(coach, "deleted", school.classroom.pk)
