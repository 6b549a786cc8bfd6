"""`__in` with many ids: one parameter, and the same rows as with a parameter for each."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.many_ids import MANY
from kolibri.core.uuid_field import MalformedId
from tests.schools import School

NOBODY = [uuid.uuid4().hex for _ in range(3000)]


def longest_list_of_parameters(school: School, ids: object) -> int:
    with CaptureQueriesContext(connection) as asked:
        found = set(FacilityUser.objects.filter(pk__in=ids).values_list("pk", flat=True))
    assert found == {learner.pk for learner in school.learners}
    return asked[0]["sql"].count("', '") if "json_each" not in asked[0]["sql"] and "ANY(" not in asked[0]["sql"] else 0


def test_many_ids_are_one_parameter(school: School) -> None:
    ids = [learner.pk for learner in school.learners]
    assert longest_list_of_parameters(school, ids) == len(ids) - 1
    assert longest_list_of_parameters(school, ids + NOBODY) == 0
    assert longest_list_of_parameters(school, set(ids + NOBODY)) == 0
    assert longest_list_of_parameters(school, tuple(uuid.UUID(one).urn[9:] for one in ids + NOBODY)) == 0


def test_foreign_keys_too_and_what_is_not(school: School) -> None:
    ids = [learner.pk for learner in school.learners]
    members = Membership.objects.filter(collection=school.classroom)
    many = ids + NOBODY
    assert members.filter(user__in=many).count() == members.filter(user_id__in=many).count() == len(ids)
    assert members.exclude(user_id__in=many).count() == 0
    assert FacilityUser.objects.filter(memberships__collection__in=[school.classroom.pk, *NOBODY]).count() == len(ids)


def test_models_querysets_and_mixtures_go_the_usual_way(school: School) -> None:
    people = list(FacilityUser.objects.all()) * 5
    assert len(people) > MANY
    assert Membership.objects.filter(user__in=people, collection=school.classroom).count() == 5
    inside = Membership.objects.filter(collection=school.classroom).values("user_id")
    assert FacilityUser.objects.filter(pk__in=inside).count() == 5
    mixed = [uuid.UUID(school.learner.pk), *NOBODY[:30]]
    assert FacilityUser.objects.filter(pk__in=mixed).count() == 1


def test_what_is_no_id_is_refused(school: School) -> None:
    with pytest.raises(MalformedId):
        list(Collection.objects.filter(pk__in=[*NOBODY, "x"]))
