"""Who was removed from the school counts nowhere, and has the old places again when brought back."""

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import people
from kolibri.core.auth import services
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.history import people_of
from tests.schools import School

READERS = '<bdi>Readers</bdi><span class="state quiet">'


@pytest.fixture
def group(school: School) -> LearnerGroup:
    return LearnerGroup.objects.get(parent=school.classroom)


@pytest.fixture
def client(school: School) -> Client:
    client = Client()
    client.force_login(school.admin)
    return client


def members(group: LearnerGroup) -> set[str]:
    return set(group.membership.values_list("user_id", flat=True))


def read(client: Client, name: str, *pks: str) -> str:
    return " ".join(client.get(reverse(f"kolibri:{name}", args=pks)).content.decode().split())


def test_no_list_counts_them(school, client, group):
    services.create_classroom(school.facility, "Grade 5")  # who teaches one class only skips their list
    lesson = lessons.create_lesson(
        school.coach, collection=school.classroom, title="Rain", assignments=[group.pk], learner_ids=[school.learner.pk]
    )
    pages = [
        (["school:classes"], ">5 learners<", ">4 learners<"),
        (["coach:classes"], "5 learners", "4 learners"),
        (["coach:class", school.classroom.pk], ">2 learners<", ">1 learner<"),
        (["coach:class", school.classroom.pk], "Readers, 1 learner", "Readers"),
        (["coach:lesson", lesson.pk], f"{READERS}2</span>", f"{READERS}1</span>"),
    ]
    for page, before, _after in pages:
        assert before in read(client, *page), page
    people.remove(school.learner, school.admin)
    for page, before, after in pages:
        assert after in read(client, *page) and before not in read(client, *page), page


def test_a_group_written_meanwhile_keeps_their_place(school, client, group):
    ben, carla = school.learners[1:3]
    people.remove(school.learner, school.admin)
    answer = client.get(reverse("kolibri:core:learnergroup-detail", args=[group.pk])).json()
    assert answer["user_ids"] == [ben.pk]
    form = {"name": "Readers", "learner_ids": [carla.pk]}
    assert client.post(reverse("kolibri:coach:group", args=[group.pk]), form).status_code == 302
    people.bring_back(school.learner)
    assert members(group) == {school.learner.pk, carla.pk}


def test_a_lesson_for_single_learners_can_be_written_undone_and_brought_back(school, client):
    amina, ben, carla = school.learners[:3]
    chosen = [amina.pk, ben.pk]
    lesson = lessons.create_lesson(school.coach, collection=school.classroom, title="Rain", learner_ids=chosen)
    change = lessons.update_lesson(lesson, school.coach, learner_ids=[carla.pk])
    people.remove(amina, school.admin)
    # Amina is not in the class now: undo brings back whom it can.
    lessons.undo(change, school.coach)
    assert people_of(lesson.pk)["learner_ids"] == [ben.pk]
    people.bring_back(amina)
    lessons.update_lesson(lesson, school.coach, learner_ids=chosen)
    people.remove(amina, school.admin)
    answer = client.get(f"/api/lesson/{lesson.pk}/").json()
    assert answer["learner_ids"] == [ben.pk]
    # What the API gives, it takes.
    told = client.patch(
        f"/api/lesson/{lesson.pk}/", {"learner_ids": answer["learner_ids"]}, content_type="application/json"
    )
    assert told.status_code == 200
    assert people_of(lesson.pk)["learner_ids"] == sorted(chosen)
    deletion = lessons.delete_lesson(lesson, school.coach)
    back = lessons.undo(deletion, school.coach)
    assert people_of(back.pk)["learner_ids"] == [ben.pk]
