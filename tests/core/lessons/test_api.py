import json

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from tests.schools import School

LIST = "kolibri:core:lesson-list"
DETAIL = "kolibri:core:lesson-detail"


def client(user: FacilityUser | None = None) -> APIClient:
    made = APIClient()
    if user is not None:
        made.force_authenticate(user)
    return made


def post(user: FacilityUser | None, body) -> tuple[int, dict]:
    answer = client(user).post(reverse(LIST), json.dumps(body), content_type="application/json")
    return answer.status_code, json.loads(answer.content)


def patch(user: FacilityUser, pk: str, body) -> tuple[int, dict]:
    answer = client(user).patch(reverse(DETAIL, args=[pk]), json.dumps(body), content_type="application/json")
    return answer.status_code, json.loads(answer.content)


@pytest.fixture
def lesson(school: School) -> Lesson:
    return create_lesson(school.coach, collection=school.classroom, title="Rain")


@pytest.mark.acceptance("G1", "K3", "R1")
def test_nobody_unsigned_reads_or_writes(school: School, lesson: Lesson) -> None:
    assert client().get(reverse(LIST)).status_code == 403
    assert client().get(reverse(DETAIL, args=[lesson.pk])).status_code == 403
    assert post(None, {"title": "x", "collection": school.classroom.pk})[0] == 403


@pytest.mark.acceptance("G2", "G3", "G4", "R10")
def test_an_admin_creates_with_the_guide_s_body(school: School) -> None:
    answer = client(school.admin).post(reverse(LIST), {"title": "New Lesson", "collection": school.facility.pk})
    assert answer.status_code == 201
    read = client(school.admin).get(reverse(DETAIL, args=[answer.data["id"]]))
    assert json.loads(read.content) == json.loads(answer.content)
    assert answer.data["created_by"] == school.admin.pk


def test_a_lesson_has_its_people_and_its_class(school: School) -> None:
    group = LearnerGroup.objects.get()
    body = {
        "title": "Rain",
        "collection": school.classroom.pk,
        "assignments": [group.pk],
        "learner_ids": [school.learners[3].pk],
    }
    status, found = post(school.coach, body)
    assert status == 201
    assert found["assignments"] == [group.pk]
    assert found["learner_ids"] == [school.learners[3].pk]
    assert found["active"] is False and "is_active" not in found
    assert found["classroom"] == {"id": school.classroom.pk, "name": "Grade 4", "parent": school.facility.pk}


@pytest.mark.acceptance("C3", "H6")
def test_the_list_costs_the_same_for_one_and_for_many(
    school: School, lesson: Lesson, django_assert_num_queries
) -> None:
    client(school.coach).get(reverse(LIST))  # the computer's settings are kept from then on

    def count() -> int:
        api = client(FacilityUser.objects.get(pk=school.coach.pk))
        with django_assert_num_queries(4):
            return len(json.loads(api.get(reverse(LIST)).content))

    assert count() == 1
    for number in range(9):
        create_lesson(school.coach, collection=school.classroom, title=f"More {number}")
    assert count() == 10


@pytest.mark.acceptance("G6", "K9", "H2")
def test_learners_read_their_visible_lessons_only(school: School, lesson: Lesson) -> None:
    assert json.loads(client(school.learner).get(reverse(LIST)).content) == []
    assert client(school.learner).get(reverse(DETAIL, args=[lesson.pk])).status_code == 404
    patch(school.coach, lesson.pk, {"active": True})
    (found,) = json.loads(client(school.learner).get(reverse(LIST)).content)
    assert found["id"] == lesson.pk
    assert patch(school.learner, lesson.pk, {"title": "Mine"})[0] == 403
    assert client(school.learner).delete(reverse(DETAIL, args=[lesson.pk])).status_code == 403
    assert post(school.learner, {"title": "x", "collection": school.classroom.pk})[0] == 403


@pytest.mark.acceptance("G6", "K4")
def test_another_school_s_coach_is_kept_out(school: School, other_school: School, lesson: Lesson) -> None:
    assert json.loads(client(other_school.coach).get(reverse(LIST)).content) == []
    assert patch(other_school.coach, lesson.pk, {"title": "Mine"})[0] == 404
    assert client(other_school.coach).delete(reverse(DETAIL, args=[lesson.pk])).status_code == 404
    assert post(other_school.coach, {"title": "x", "collection": school.classroom.pk})[0] == 403
    assert post(other_school.coach, {"title": "x", "collection": "0" * 32})[0] == 403
    assert Lesson.objects.count() == 1


def test_a_coach_cannot_reach_out_of_the_class(school: School, other_school: School, lesson: Lesson) -> None:
    group = LearnerGroup.objects.get(parent=school.classroom)
    assert post(school.coach, {"title": "x", "collection": school.facility.pk})[0] == 403
    status, found = post(school.coach, {"title": "x", "collection": group.pk})
    assert status == 400 and found["errors"][0]["field"] == "collection"
    for field, value in (
        ("assignments", [other_school.classroom.pk]),
        ("learner_ids", [other_school.learner.pk]),
        ("created_by", school.admin.pk),
    ):
        status, found = post(school.coach, {"title": "x", "collection": school.classroom.pk, field: value})
        assert (status, found["errors"][0]["field"]) == (400, field)
    assert Lesson.objects.count() == 1


RESOURCE = {"contentnode_id": "a" * 32, "content_id": "b" * 32, "channel_id": "c" * 32}


@pytest.mark.acceptance("G5", "G11")
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([], ""),
        ("text", ""),
        ({"title": ""}, "title"),
        ({"title": " "}, "title"),
        ({"title": None}, "title"),
        ({"title": ["x"]}, "title"),
        ({"title": {"a": 1}}, "title"),
        ({"title": "x" * 51}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "rain"}, "title"),
        ({"description": "x" * 201}, "description"),
        ({"description": "a\x00"}, "description"),
        ({"collection": None}, "collection"),
        ({"collection": "not an id"}, "collection"),
        ({"collection": ["x"]}, "collection"),
        ({"collection": {"id": "x"}}, "collection"),
        ({"resources": {}}, "resources"),
        ({"resources": "x"}, "resources"),
        ({"resources": [1]}, "resources.0"),
        ({"resources": [RESOURCE, {**RESOURCE, "content_id": 5}]}, "resources.1.content_id"),
        ({"resources": [RESOURCE, RESOURCE]}, "resources"),
        ({"resources": [{**RESOURCE, "contentnode_id": f"{n:032x}"} for n in range(501)]}, "resources"),
        ({"active": "perhaps"}, "active"),
        ({"assignments": "x"}, "assignments"),
        ({"assignments": ["x"]}, "assignments.0"),
        ({"learner_ids": {}}, "learner_ids"),
        ({"learner_ids": ["\x00"]}, "learner_ids.0"),
    ],
)
def test_bad_input_names_the_field_and_leaves_nothing(school: School, lesson: Lesson, body, field: str) -> None:
    good = {"title": "Wind", "collection": school.classroom.pk}
    status, found = post(school.coach, {**good, **body} if isinstance(body, dict) else body)
    assert status == 400, found
    assert field in [error["field"] for error in found["errors"]]
    assert Lesson.objects.count() == 1
    if isinstance(body, dict) and body != {"title": "rain"}:
        assert patch(school.coach, lesson.pk, body)[0] == 400


@pytest.mark.acceptance("G5")
@pytest.mark.parametrize("pk", ["0" * 32, "nonsense", "\x00"])
def test_an_unknown_or_malformed_id_is_not_found(school: School, pk: str) -> None:
    assert client(school.coach).get(f"{reverse(LIST)}{pk}/").status_code == 404


@pytest.mark.acceptance("G10", "R2")
def test_patch_and_delete_need_no_collection(school: School, lesson: Lesson) -> None:
    status, found = patch(school.admin, lesson.pk, {"title": "Storm"})
    assert (status, found["title"]) == (200, "Storm")
    assert client(school.admin).delete(reverse(DETAIL, args=[lesson.pk])).status_code == 204
    assert not Lesson.objects.exists()


@pytest.mark.acceptance("G7")
def test_a_write_is_answered_whatever_the_address_filters(school: School) -> None:
    body = json.dumps({"title": "Wind", "collection": school.classroom.pk})
    answer = client(school.coach).post(f"{reverse(LIST)}?collection={'0' * 32}", body, content_type="application/json")
    assert answer.status_code == 201


@pytest.mark.acceptance("G9")
def test_head_and_options_follow_get(school: School) -> None:
    for method in ("head", "options"):
        assert getattr(client(school.learner), method)(reverse(LIST)).status_code == 200
        assert getattr(client(), method)(reverse(LIST)).status_code == 403


@pytest.mark.acceptance("K5")
def test_a_lesson_moves_only_between_classes_that_one_teaches(
    school: School, other_school: School, lesson: Lesson
) -> None:
    assert patch(school.coach, lesson.pk, {"collection": other_school.classroom.pk})[0] == 403
    assert Lesson.objects.get().collection_id == school.classroom.pk


def test_each_resource_is_known_or_marked_missing(school: School, django_assert_max_num_queries) -> None:
    ChannelMetadata.objects.create(id="f" * 32, name="Science", version=1, root_id="a" * 32)
    ContentNode.objects.create(
        id="a" * 32,
        content_id="b" * 32,
        channel_id="f" * 32,
        title="Clouds",
        kind="video",
        available=True,
        **{"lft": 1, "rght": 2, "tree_id": 1, "level": 1},
    )
    sent = [
        {"contentnode_id": letter * 32, "content_id": "b" * 32, "channel_id": "f" * 32} for letter in ("c", "a", "d")
    ]
    made = create_lesson(school.coach, collection=school.classroom, title="Rain", resources=sent, is_active=True)
    for person in (school.coach, school.learner):
        with django_assert_max_num_queries(8):
            read = client(person).get(reverse("kolibri:core:lesson-resources", args=[made.pk])).json()
        assert [entry["missing"] for entry in read] == [True, False, True]
        assert [entry["title"] for entry in read] == ["", "Clouds", ""]
        assert [entry["contentnode_id"] for entry in read] == [entry["contentnode_id"] for entry in sent]
    assert client(school.learners[1]).get(reverse(DETAIL, args=[made.pk])).json()["resources"] == sent
