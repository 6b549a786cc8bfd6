"""Groups by chance hold everybody once and differ by one learner at most."""

import random

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kolibri.core.auth import random_groups
from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.errors import BadInput
from tests.schools import School


@given(st.integers(2, 200), st.integers(2, 60))
def test_sizes_are_even_and_near_the_wish(learners, each):
    found = random_groups.sizes(learners, each)
    assert sum(found) == learners
    assert max(found) - min(found) <= 1
    # No other number of groups comes nearer.
    wished = abs(learners / len(found) - each)
    assert all(wished <= abs(learners / other - each) + each / 2 for other in range(1, learners + 1))


def test_everybody_is_in_one_group(client: Client, school: School):
    auth.add_learners(school.classroom, [(f"Learner {number}", f"learner{number}") for number in range(26)])
    client.force_login(school.coach)
    answer = client.post(reverse("kolibri:coach:random-groups", args=[school.classroom.pk]), {"each": "6"}, follow=True)
    assert "5 groups were made." in answer.content.decode()
    groups = LearnerGroup.objects.filter(name__startswith="Group ")
    assert sorted(groups.values_list("name", flat=True)) == [f"Group {number}" for number in range(1, 6)]
    members = list(Membership.objects.filter(collection__in=groups).values_list("user_id", flat=True))
    assert len(members) == len(set(members)) == 31


def pairs(groups: list[LearnerGroup]) -> set[frozenset[str]]:
    return {frozenset(group.membership.values_list("user_id", flat=True)) for group in groups}


def test_chance_is_chance_and_names_stay_free(school: School):
    learners = school.learners
    first = random_groups.make(school.classroom, learners, 2, "Group", random.Random(1))
    second = random_groups.make(school.classroom, learners, 2, "Group", random.Random(2))
    assert [group.name for group in second] == ["Group 1 2", "Group 2 2", "Group 3 2"]
    assert pairs(first) != pairs(second)


@pytest.mark.parametrize("each", ["", "0", "1", "-3", "x", "99999", "²"])
def test_nonsense_makes_no_group(client: Client, school: School, each):
    client.force_login(school.coach)
    before = LearnerGroup.objects.count()
    answer = client.post(reverse("kolibri:coach:random-groups", args=[school.classroom.pk]), {"each": each})
    assert answer.status_code == 400
    assert "at least two learners" in answer.content.decode()
    assert LearnerGroup.objects.count() == before


def test_a_class_of_one_is_not_divided(school: School):
    with pytest.raises(BadInput):
        random_groups.make(school.classroom, school.learners[:1], 2, "Group")
