"""What somebody could try, by name; each refused, and nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient
from rest_framework.test import APIRequestFactory

from kolibri.core.auth import services
from kolibri.core.auth.api import KolibriAuthPermissions
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import AnonymousUser
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from tests.schools import School
from tests.schools import make_school

LESSONS = "kolibri:core:lesson-list"
LESSON = "kolibri:core:lesson-detail"


@pytest.fixture
def other_class(school: School) -> Classroom:
    room = services.create_classroom(school.facility, "Grade 5")
    (pupil,) = services.add_learners(room, [("Zed Zulu", "zed")])
    services.create_group(room, "Singers", [pupil])
    return room


def as_person(person: FacilityUser) -> APIClient:
    client = APIClient()
    client.force_authenticate(FacilityUser.objects.get(pk=person.pk))
    return client


def rows() -> dict[str, list[Any]]:
    """Return every row of what a person could try to write."""
    models = [
        model
        for label in ("kolibriauth", "lessons", "device", "content", "logger", "tasks")
        for model in apps.get_app_config(label).get_models()
    ]
    return {model._meta.label: sorted(map(repr, model._base_manager.order_by().values_list())) for model in models}


def refused(client: APIClient, method: str, address: str, body: dict[str, Any], field: str = "") -> None:
    """Hold that the request is a 400 that names `field`, or a 403 or 404, and changes no row."""
    before = rows()
    answer = getattr(client, method)(address, body, format="json")
    assert answer.status_code == 400 if field else answer.status_code in (403, 404), answer.json()
    if field:
        assert field in {error["field"] for error in answer.json()["errors"]}, answer.json()
    assert rows() == before


@pytest.fixture
def lesson(school: School) -> Lesson:
    return create_lesson(
        school.coach, collection=school.classroom, title="Rain", assignments=[school.classroom.pk], is_active=True
    )


@pytest.mark.acceptance("K4")
@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_coach_cannot_assign_to_another_class(
    school: School, other_class: Classroom, lesson: Lesson, method: str
) -> None:
    other_group = LearnerGroup.objects.get(parent=other_class)
    pupil = FacilityUser.objects.get(username="zed")
    address = reverse(LESSONS) if method == "post" else reverse(LESSON, args=[lesson.pk])
    body = {"title": "Sun", "collection": school.classroom.pk}
    client = as_person(school.coach)
    for collection in (other_class.pk, other_group.pk, make_school("Valley", prefix="v_").classroom.pk):
        refused(client, method, address, {**body, "assignments": [collection]}, "assignments")
    refused(client, method, address, {**body, "learner_ids": [pupil.pk]}, "learner_ids")


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_group_is_no_lessons_class(school: School, lesson: Lesson, method: str) -> None:
    group = LearnerGroup.objects.get(parent=school.classroom)
    address = reverse(LESSONS) if method == "post" else reverse(LESSON, args=[lesson.pk])
    for person in (school.coach, school.admin):
        refused(as_person(person), method, address, {"title": "Sun", "collection": group.pk}, "collection")


@pytest.mark.acceptance("G4")
@pytest.mark.parametrize("method", ["post", "patch"])
def test_nobody_puts_another_name_on_a_lesson(school: School, lesson: Lesson, method: str) -> None:
    address = reverse(LESSONS) if method == "post" else reverse(LESSON, args=[lesson.pk])
    body = {"title": "Sun", "collection": school.classroom.pk, "created_by": school.admin.pk}
    refused(as_person(school.coach), method, address, body, "created_by")


@pytest.mark.acceptance("K5")
def test_a_lesson_moves_only_between_classes_of_ones_own(
    school: School, other_class: Classroom, lesson: Lesson
) -> None:
    refused(as_person(school.coach), "patch", reverse(LESSON, args=[lesson.pk]), {"collection": other_class.pk})
    both = FacilityUser.objects.get(pk=school.coach.pk)
    services.give_role(both, other_class, role_kinds.COACH)
    moved = as_person(both).patch(reverse(LESSON, args=[lesson.pk]), {"collection": other_class.pk}, format="json")
    assert moved.status_code in (200, 400), moved.json()


def test_a_coach_gives_nobody_a_role(school: School) -> None:
    for person in (school.coach, school.learner):
        for where in (school.classroom, school.facility):
            for kind in (role_kinds.COACH, role_kinds.ADMIN):
                body = {"user": school.coach.pk, "collection": where.pk, "kind": kind}
                refused(as_person(school.coach), "post", reverse("kolibri:core:role-list"), body)
                refused(as_person(person), "post", reverse("kolibri:core:role-list"), {**body, "user": person.pk})


def test_an_admin_rules_no_other_school(school: School) -> None:
    other = make_school("Valley School", prefix="v_")
    client = as_person(school.admin)
    role = {"user": school.admin.pk, "collection": other.facility.pk, "kind": role_kinds.ADMIN}
    refused(client, "post", reverse("kolibri:core:role-list"), role)
    refused(
        client,
        "post",
        reverse("kolibri:core:membership-list"),
        {"user": school.learner.pk, "collection": other.classroom.pk},
    )
    refused(client, "post", reverse(LESSONS), {"title": "Sun", "collection": other.classroom.pk})
    refused(client, "patch", reverse("kolibri:core:facilityuser-detail", args=[other.learner.pk]), {"full_name": "X"})
    refused(client, "delete", reverse("kolibri:core:classroom-detail", args=[other.classroom.pk]), {})


def test_nobody_makes_himself_more_by_what_he_sends(school: School) -> None:
    """Rights are no fields of a person."""
    body = {"is_superuser": True, "roles": [{"kind": "admin"}], "date_deleted": None, "dataset": "0" * 32}
    client = as_person(school.admin)
    before = FacilityUser.objects.get(pk=school.admin.pk)
    client.patch(reverse("kolibri:core:facilityuser-detail", args=[school.admin.pk]), body, format="json")
    after = FacilityUser.objects.get(pk=school.admin.pk)
    assert (after.is_superuser, after.dataset_id, after.roles_held) == (False, before.dataset_id, before.roles_held)


# The permission classes themselves


@pytest.mark.acceptance("K1")
def test_an_empty_subclass_asks_the_models_own_permissions(school: School, lesson: Lesson) -> None:
    class LessonPermissions(KolibriAuthPermissions):
        pass

    asked = LessonPermissions()
    factory = APIRequestFactory()

    def allowed(person: Any, method: str) -> tuple[bool, bool]:
        request = getattr(factory, method)("/")
        request.user = person
        request.data = {}
        return asked.has_permission(request, None), asked.has_object_permission(request, None, lesson)  # type: ignore[arg-type]

    assert allowed(school.coach, "get") == allowed(school.coach, "delete") == (True, True)
    assert allowed(school.learner, "get") == (True, True)
    assert allowed(school.learner, "delete")[1] is False
    assert allowed(make_school("Valley", prefix="v_").coach, "get")[1] is False
    assert allowed(AnonymousUser(), "get")[0] is False
    # By the model's object: another rule there is another answer here.
    rule = Lesson.permissions
    try:
        Lesson.permissions = type("Closed", (type(rule),), {"can_read": lambda *args: False})()
        assert allowed(school.coach, "get") == (True, False)
    finally:
        Lesson.permissions = rule


@pytest.mark.acceptance("K2", "K3")
def test_roles_reach_down_and_not_aside(school: School, other_class: Classroom) -> None:
    coach = FacilityUser.objects.get(pk=school.coach.pk)
    admin = FacilityUser.objects.get(pk=school.admin.pk)
    group = LearnerGroup.objects.get(parent=school.classroom)
    other_group = LearnerGroup.objects.get(parent=other_class)
    kinds = [role_kinds.ADMIN, role_kinds.COACH]
    for where in (school.facility, school.classroom, other_class, group, other_group):
        assert admin.has_role_for(kinds, where)
        assert admin.has_role_for(role_kinds.ADMIN, where)
        assert not admin.has_role_for(role_kinds.COACH, where)
        assert not AnonymousUser().has_role_for(kinds, where)
    for where in (school.classroom, group):
        assert coach.has_role_for(role_kinds.COACH, where) and coach.has_role_for(kinds, where)
    for where in (other_class, other_group, school.facility):
        assert not coach.has_role_for(kinds, where)


@pytest.mark.acceptance("K8")
def test_roles_are_read_once_a_request(school: School, other_class: Classroom) -> None:
    for number in range(30):
        create_lesson(school.coach, collection=school.classroom, title=f"L{number}", assignments=[])
    client = as_person(school.coach)
    for address in (
        reverse(LESSONS),
        reverse("kolibri:core:facilityuser-list"),
        reverse("kolibri:core:lessonassignment-list"),
    ):
        person = FacilityUser.objects.get(pk=school.coach.pk)
        client.force_authenticate(person)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(address).status_code == 200
        assert sum('FROM "kolibriauth_role"' in one["sql"] for one in asked) <= 1


@pytest.mark.acceptance("R3")
def test_what_a_list_shows_can_be_opened_and_nothing_else(school: School, lesson: Lesson) -> None:
    """The guide's own has_object_permission let every learner list and none open."""
    hidden = create_lesson(school.coach, collection=school.classroom, title="Later", assignments=[school.classroom.pk])
    for person in (school.learner, school.coach, school.admin):
        client = as_person(person)
        listed = {row["id"] for row in client.get(reverse(LESSONS)).json()}
        opened = {one.pk for one in (lesson, hidden) if client.get(reverse(LESSON, args=[one.pk])).status_code == 200}
        assert listed == opened
        assert lesson.pk in listed
    assert hidden.pk not in {row["id"] for row in as_person(school.learner).get(reverse(LESSONS)).json()}
