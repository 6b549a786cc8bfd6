"""What was done with groups is taken back: groups by chance, a new one, another name, other learners."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import people
from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.bin.models import Deletion
from tests.schools import School


@pytest.fixture
def client(school: School) -> Client:
    client = Client()
    client.force_login(school.coach)
    return client


@pytest.fixture
def group(school: School) -> LearnerGroup:
    return LearnerGroup.objects.get(parent=school.classroom)


def names() -> list[str]:
    return sorted(LearnerGroup.objects.values_list("name", flat=True))


def members(group: LearnerGroup) -> set[str]:
    return set(group.membership.values_list("user__username", flat=True))


def take_back(client: Client, answer, classroom):
    """Press Undo where the answer leads."""
    html = client.get(answer["Location"]).content.decode()
    (kept,) = re.findall(r'name="undo" value="(\w+)"', html)
    return client.post(reverse("kolibri:coach:undo-groups", args=[classroom.pk]), {"undo": kept}, follow=True)


def test_groups_by_chance_go_with_one_press_and_can_come_back(client, school):
    answer = client.post(reverse("kolibri:coach:random-groups", args=[school.classroom.pk]), {"each": "2"})
    assert names() == ["Group 1", "Group 2", "Group 3", "Readers"]
    told = take_back(client, answer, school.classroom)
    assert "Undone: 3 groups were made." in told.content.decode()
    assert names() == ["Readers"]
    assert sorted(Deletion.objects.values_list("label", flat=True)) == ["Group 1", "Group 2", "Group 3"]
    # Offered once.
    assert "Undo</button>" not in client.get(answer["Location"]).content.decode()


def test_a_new_group_goes_again(client, school):
    form = {"name": "Singers", "learner_ids": [school.learners[3].pk]}
    answer = client.post(reverse("kolibri:coach:new-group", args=[school.classroom.pk]), form)
    assert names() == ["Readers", "Singers"]
    take_back(client, answer, school.classroom)
    assert names() == ["Readers"]


def test_another_name_and_other_learners_are_taken_back(client, school, group):
    before = members(group)
    form = {"name": "Writers", "learner_ids": [school.learners[3].pk]}
    answer = client.post(reverse("kolibri:coach:group", args=[group.pk]), form)
    assert (names(), members(group)) == (["Writers"], {"david"})
    take_back(client, answer, school.classroom)
    assert (names(), members(group)) == (["Readers"], before)


def test_who_left_the_class_or_the_school_meanwhile_does_not_stop_it(client, school, group):
    amina, ben = school.learners[:2]
    answer = client.post(reverse("kolibri:coach:group", args=[group.pk]), {"name": "Writers", "learner_ids": []})
    auth.leave(school.classroom, [amina.pk])
    people.remove(ben, school.admin)
    take_back(client, answer, school.classroom)
    assert (names(), members(group)) == (["Readers"], set())


def test_what_is_gone_or_another_s_is_not_taken_back(client, school, group):
    answer = client.post(reverse("kolibri:coach:group", args=[group.pk]), {"name": "Writers"})
    other = auth.create_classroom(school.facility, "Grade 5")
    html = client.get(answer["Location"]).content.decode()
    (kept,) = re.findall(r'name="undo" value="(\w+)"', html)
    # A class that the person does not teach, and a learner.
    address = reverse("kolibri:coach:undo-groups", args=[other.pk])
    assert client.post(address, {"undo": kept}).status_code == 403
    address = reverse("kolibri:coach:undo-groups", args=[school.classroom.pk])
    learner = Client()
    learner.force_login(school.learner)
    assert learner.post(address, {"undo": kept}).status_code == 403
    assert client.get(address).status_code == 405
    group.delete()
    assert client.post(address, {"undo": kept}).status_code == 404
    assert client.post(address, {"undo": "x"}).status_code == 404


def test_what_a_colleague_did_with_the_group_since_stays(client, school, group):
    amina, ben, carla, david, esi = school.learners
    assert members(group) == {"amina", "ben"}
    form = {"name": "Writers", "learner_ids": [ben.pk, carla.pk]}
    answer = client.post(reverse("kolibri:coach:group", args=[group.pk]), form)
    form = {"name": "Poets", "learner_ids": [ben.pk, carla.pk, david.pk, esi.pk]}
    client.post(reverse("kolibri:coach:group", args=[group.pk]), form)
    take_back(client, answer, school.classroom)
    # Amina, who was taken out, is in it again; Carla, who was put in, is not.
    assert (names(), members(group)) == (["Poets"], {"amina", "ben", "david", "esi"})
