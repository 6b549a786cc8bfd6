"""Deleting a group, and taking that back."""

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.bin import services as bin_services
from kolibri.core.bin.models import Deletion
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import LessonAssignment
from tests.schools import School


@pytest.fixture
def group(school: School) -> LearnerGroup:
    return LearnerGroup.objects.get(parent=school.classroom)


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def client(school: School) -> Client:
    return signed_in(school.coach)


def delete(client: Client, group: LearnerGroup):
    return client.post(reverse("kolibri:coach:delete-group", args=[group.pk]))


def restore(client: Client):
    return client.post(reverse("kolibri:coach:bring-group-back", args=[Deletion.objects.get().pk]))


def test_a_deleted_group_comes_back_with_its_learners_and_lessons(client, school, group):
    lesson = lessons.create_lesson(
        school.coach, collection=school.classroom, title="Rain", assignments=[group.pk], is_active=True
    )
    answer = delete(client, group)
    html = client.get(answer["Location"]).content.decode()
    assert "“Readers” was deleted." in html and "Undo" in html
    assert not LessonAssignment.objects.exists()
    answer = restore(client)
    assert answer["Location"] == reverse("kolibri:coach:class", args=[school.classroom.pk])
    assert "“Readers” is here again." in client.get(answer["Location"]).content.decode()
    assert Membership.objects.filter(collection=group).count() == 2
    assert [person.username for person in lessons.recipients(lesson)] == ["amina", "ben"]
    # Pressed twice, or with an old page: nothing more happens.
    assert restore(client).status_code == 404
    old = reverse("kolibri:coach:class", args=[school.classroom.pk]) + f"?deleted={Deletion.objects.get().pk}"
    assert "was deleted" not in client.get(old).content.decode()


def test_who_does_not_teach_the_class_neither_deletes_nor_brings_back(school, other_school, group):
    another = auth.create_person(school.facility, username="zoe", password="chalk-and-slate")
    auth.give_role(another, auth.create_classroom(school.facility, "Grade 5"), "coach")
    for person, status in ((another, 403), (school.learner, 403), (other_school.coach, 404)):
        assert delete(signed_in(person), group).status_code == status
    assert LearnerGroup.objects.filter(pk=group.pk).exists()
    bin_services.delete(group, school.coach)
    for person, status in ((another, 404), (school.learner, 403), (other_school.coach, 404)):
        assert restore(signed_in(person)).status_code == status
    assert not LearnerGroup.objects.filter(pk=group.pk).exists()
    assert restore(signed_in(school.admin)).status_code == 302
    assert restore(Client())["Location"].startswith("/sign-in/")


def test_a_deleted_class_is_no_group_to_bring_back(client, school):
    bin_services.delete(auth.create_classroom(school.facility, "Grade 5"), school.admin)
    assert restore(signed_in(school.admin)).status_code == 404


@pytest.mark.parametrize("pk", ["nobody", "0" * 32, "\x00"])
def test_an_odd_deletion_is_none(client, school, pk):
    html = client.get(reverse("kolibri:coach:class", args=[school.classroom.pk]), {"deleted": pk}).content.decode()
    assert "was deleted" not in html


def test_the_wrong_method_is_refused(client, group):
    assert client.get(reverse("kolibri:coach:delete-group", args=[group.pk])).status_code == 405
