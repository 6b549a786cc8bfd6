import json

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from tests.schools import School
from tests.schools import make_superuser

ENDPOINTS = ["facility", "facilitydataset", "classroom", "learnergroup", "facilityuser", "membership", "role"]
WRITABLE = ["classroom", "learnergroup", "facilityuser", "membership", "role"]


def call(user, method: str, name: str, body=None, pk: str = ""):
    client = APIClient()
    if user is not None:
        client.force_authenticate(user)
    address = reverse(f"kolibri:core:{name}-detail", args=[pk]) if pk else reverse(f"kolibri:core:{name}-list")
    data = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    answer = getattr(client, method)(address, **data)
    return answer.status_code, json.loads(answer.content) if answer.content else None


def good(school: School, name: str):
    return {
        "classroom": {"name": "Grade 5", "parent": school.facility.pk},
        "learnergroup": {"name": "Singers", "parent": school.classroom.pk, "learner_ids": [school.learners[3].pk]},
        "facilityuser": {"username": "fay", "full_name": "Fay Gold", "facility": school.facility.pk},
        "membership": {"user": school.learners[4].pk, "collection": LearnerGroup.objects.first().pk},
        "role": {"user": school.learner.pk, "collection": school.classroom.pk, "kind": "coach"},
    }[name]


@pytest.mark.parametrize("name", ENDPOINTS)
def test_nobody_unsigned_reads_anything(school: School, name: str) -> None:
    status, body = call(None, "get", name)
    assert status == 403 and body["errors"][0]["code"] == "not_authenticated"


@pytest.mark.parametrize("name", WRITABLE)
def test_an_admin_writes_and_learners_never(school: School, name: str) -> None:
    body = good(school, name)
    assert call(None, "post", name, body)[0] == 403
    assert call(school.learner, "post", name, body)[0] == 403
    status, found = call(school.admin, "post", name, body)
    assert status == 201, found
    assert call(school.admin, "get", name, pk=found["id"]) == (200, found)


@pytest.mark.parametrize("name", ["classroom", "facilityuser", "role"])
def test_a_coach_makes_no_classes_people_or_roles(school: School, name: str) -> None:
    assert call(school.coach, "post", name, good(school, name))[0] == 403


def test_a_coach_makes_groups_in_the_own_class_only(school: School, other_school: School) -> None:
    assert call(school.coach, "post", "learnergroup", good(school, "learnergroup"))[0] == 201
    assert call(other_school.coach, "post", "learnergroup", good(school, "learnergroup"))[0] == 403
    assert call(school.coach, "post", "membership", {"user": school.learners[4].pk, "collection": school.classroom.pk})[
        0
    ] in (400, 403)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_another_school_does_not_exist(school: School, other_school: School, name: str) -> None:
    own = {row["id"] for row in call(school.admin, "get", name)[1]}
    theirs = {row["id"] for row in call(other_school.admin, "get", name)[1]}
    assert own and theirs and not own & theirs
    pk = next(iter(own))
    assert call(other_school.admin, "get", name, pk=pk)[0] == 404
    if name in WRITABLE:
        assert call(other_school.admin, "delete", name, pk=pk)[0] == 404
    everything = {row["id"] for row in call(make_superuser(school.admin), "get", name)[1]}
    assert own | theirs <= everything


def test_learners_see_themselves_and_their_own_places(school: School) -> None:
    people = call(school.learner, "get", "facilityuser")[1]
    assert [person["id"] for person in people] == [school.learner.pk]
    places = {row["collection"] for row in call(school.learner, "get", "membership")[1]}
    assert {row["id"] for row in call(school.learner, "get", "classroom")[1]} == {school.classroom.pk}
    assert school.classroom.pk in places
    assert call(school.learner, "get", "role")[1] == []


def test_a_coach_sees_the_people_of_the_class(school: School) -> None:
    seen = {person["username"] for person in call(school.coach, "get", "facilityuser")[1]}
    assert seen == {"coach", "amina", "ben", "carla", "david", "esi"}


def test_no_answer_shows_a_password(school: School) -> None:
    for person in (school.admin, school.coach, school.learner):
        for name in ENDPOINTS:
            text = json.dumps(call(person, "get", name)[1])
            assert "md5$" not in text and "NOT_SPECIFIED" not in text
            assert not any(key == "password" for row in json.loads(text) for key in row)
    body = {**good(school, "facilityuser"), "password": "chalk-and-slate"}
    assert "password" not in call(school.admin, "post", "facilityuser", body)[1]
    assert FacilityUser.objects.get(username="fay").check_password("chalk-and-slate")


BAD = [
    ("classroom", {"name": ""}, "name"),
    ("classroom", {"name": "x" * 101}, "name"),
    ("classroom", {"name": "a\x00"}, "name"),
    ("classroom", {"name": ["x"]}, "name"),
    ("classroom", {"name": "grade 4"}, "name"),
    ("classroom", {"parent": "x"}, "parent"),
    ("classroom", {"parent": None}, "parent"),
    ("classroom", {"parent": [1]}, "parent"),
    ("learnergroup", {"name": "READERS"}, "name"),
    ("learnergroup", {"learner_ids": "x"}, "learner_ids"),
    ("learnergroup", {"learner_ids": ["0" * 32]}, "learner_ids"),
    ("facilityuser", {"username": "Amina"}, "username"),
    ("facilityuser", {"username": "two words"}, "username"),
    ("facilityuser", {"username": "x" * 31}, "username"),
    ("facilityuser", {"username": "a\x00"}, "username"),
    ("facilityuser", {"username": {}}, "username"),
    ("facilityuser", {"full_name": "x" * 121}, "full_name"),
    ("facilityuser", {"password": "x" * 129}, "password"),
    ("membership", {"collection": "x"}, "collection"),
    ("membership", {"user": None}, "user"),
    ("role", {"kind": "king"}, "kind"),
    ("role", {"kind": "classroom assignable coach"}, "kind"),
]


@pytest.mark.parametrize(("name", "change", "field"), BAD)
def test_bad_input_names_the_field_and_leaves_nothing(school: School, name: str, change, field: str) -> None:
    models = (Classroom, LearnerGroup, FacilityUser, Membership, Role)
    before = [model.objects.count() for model in models]
    status, found = call(school.admin, "post", name, {**good(school, name), **change})
    assert status == 400, found
    assert field in [error["field"].partition(".")[0] for error in found["errors"]]
    assert [model.objects.count() for model in models] == before


@pytest.mark.parametrize("name", WRITABLE)
@pytest.mark.parametrize("body", [[], "x", 3, None, [{}]])
def test_a_body_that_is_no_object_is_a_400(school: School, name: str, body) -> None:
    client = APIClient()
    client.force_authenticate(school.admin)
    address = reverse(f"kolibri:core:{name}-list")
    assert client.post(address, json.dumps(body), content_type="application/json").status_code == 400


def test_a_duplicate_place_and_a_stranger_are_refused(school: School, other_school: School) -> None:
    body = {"user": school.learner.pk, "collection": school.classroom.pk}
    status, found = call(school.admin, "post", "membership", body)
    assert status == 400 and found["errors"][0]["field"] == "user"
    stranger = {"user": other_school.learner.pk, "collection": school.classroom.pk}
    assert call(school.admin, "post", "membership", stranger)[0] == 403
    assert call(school.admin, "post", "role", {**stranger, "kind": "coach"})[0] == 403


def test_a_deleted_person_is_marked_not_lost(school: School) -> None:
    assert call(school.admin, "delete", "facilityuser", pk=school.learner.pk)[0] == 204
    assert not FacilityUser.objects.filter(pk=school.learner.pk).exists()
    assert FacilityUser.all_objects.get(pk=school.learner.pk).date_deleted is not None


def test_nobody_moves_to_another_school(school: School, other_school: School) -> None:
    status, _found = call(
        school.admin, "patch", "facilityuser", {"facility": other_school.facility.pk}, school.learner.pk
    )
    assert status == 403
    status, _found = call(school.admin, "patch", "classroom", {"parent": other_school.facility.pk}, school.classroom.pk)
    assert status == 403
