"""Lessons as the backend guide shows them: fields, relations and queries."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import models
from django.db.models import Q
from morango.models import UUIDField

from kolibri.core.auth.constants import collection_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.fields import DateTimeTzField
from kolibri.core.fields import JSONTextField
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from tests.schools import School


@pytest.fixture
def lesson(school: School) -> Lesson:
    return services.create_lesson(school.coach, collection=school.classroom, title="Rain", is_active=True)


@pytest.mark.acceptance("I5", "R5", "R7", "R9")
def test_a_lesson_has_the_guide_s_fields(lesson: Lesson) -> None:
    kinds = {field.name: type(field) for field in Lesson._meta.fields}
    guide = {
        "id": UUIDField,
        "date_created": DateTimeTzField,
        "date_modified": DateTimeTzField,
        "title": models.CharField,
        "description": models.TextField,
        "is_active": models.BooleanField,
        "collection": models.ForeignKey,
        "created_by": models.ForeignKey,
        "resources": JSONTextField,
    }
    assert guide.items() <= kinds.items()
    field = Lesson._meta.get_field
    assert field("title").max_length >= 255
    assert field("description").blank
    assert field("is_active").default is False
    assert field("collection").remote_field.related_name == "lessons"
    assert field("created_by").remote_field.related_name == "created_lessons"
    # Nullable: a lesson outlives the person, and a superuser of another school leaves no name.
    assert field("created_by").null
    assert Lesson._meta.ordering[0] == "-date_created"
    assert str(lesson) == "Rain"
    assert Lesson._meta.get_field("resources").get_default() == []


@pytest.mark.acceptance("I5")
def test_the_date_of_the_last_change_stays_on_this_computer(lesson: Lesson) -> None:
    before = lesson.date_modified
    lesson.save()
    assert lesson.date_modified > before
    assert "date_modified" not in lesson.serialize()
    assert {"title", "resources", "date_created", "created_by_id"} <= lesson.serialize().keys()


@pytest.mark.acceptance("I6")
def test_assignments_and_memberships_are_reached_as_in_the_guide(school: School, lesson: Lesson) -> None:
    assert [assignment.collection_id for assignment in lesson.lesson_assignments.all()] == [school.classroom.pk]
    reached = Lesson.objects.values_list("lesson_assignments__collection__membership__user_id", flat=True)
    assert set(reached) == {learner.pk for learner in school.learners}
    from_assignment = LessonAssignment.objects.values_list("collection__membership__user_id", flat=True)
    assert set(from_assignment) == set(reached)


@pytest.mark.acceptance("I7", "R4")
def test_the_app_s_label_resolves_beside_django_s_own() -> None:
    assert apps.get_model("kolibriauth.Collection") is Collection
    assert apps.get_model("kolibriauth.FacilityUser") is FacilityUser
    # What the guide calls 'auth' belongs to Django, whose admin and third parties look there.
    assert apps.get_app_config("auth").name == "django.contrib.auth"


@pytest.mark.acceptance("O1")
def test_active_and_for_user_chain_in_any_order_also_from_a_class(school: School, lesson: Lesson) -> None:
    services.create_lesson(school.coach, collection=school.classroom, title="Hidden")
    pupil = school.learner
    for found in (
        Lesson.objects.active().for_user(pupil),
        Lesson.objects.for_user(pupil).active(),
        school.classroom.lessons.active().for_user(pupil),
        school.classroom.lessons.for_user(pupil).active(),
    ):
        assert [one.pk for one in found] == [lesson.pk]
    assert not Lesson.objects.for_user(school.coach).exists()


@pytest.mark.acceptance("O2", "O3", "R13")
def test_each_lesson_once_without_distinct(school: School, lesson: Lesson) -> None:
    """Somebody in the class and in two groups that all have the lesson."""
    more = LearnerGroup.objects.create(name="Runners", parent=school.classroom)
    Membership.objects.create(user=school.learner, collection=more)
    groups = list(LearnerGroup.objects.values_list("pk", flat=True))
    services.update_lesson(lesson, school.coach, assignments=[school.classroom.pk, *groups])
    found = Lesson.objects.for_user(school.learner)
    assert [one.pk for one in found] == [lesson.pk]
    assert found.count() == 1
    sql = str(found.query).upper()
    assert "DISTINCT" not in sql
    assert " IN (SELECT " in sql


@pytest.mark.acceptance("O4")
def test_filters_and_prefetching_work_as_shown(school: School, lesson: Lesson, django_assert_num_queries) -> None:
    services.create_lesson(school.coach, collection=school.classroom, title="Hidden")
    found = Lesson.objects.filter(Q(is_active=True) & Q(collection__name__icontains="grADE"))
    assert [one.pk for one in found] == [lesson.pk]
    prefetched = Lesson.objects.prefetch_related("lesson_assignments", "lesson_assignments__collection").select_related(
        "collection", "created_by"
    )
    with django_assert_num_queries(3):
        for one in prefetched:
            assert one.collection.name == "Grade 4"
            assert one.created_by.username == "coach"
            assert [given.collection.kind for given in one.lesson_assignments.all()] == [collection_kinds.CLASSROOM]
