"""Copies of lessons in other classes, and templates."""

import datetime

import pytest

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import Classroom
from kolibri.core.lessons import copies
from kolibri.core.lessons import history
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from tests.schools import School

NODE = "0123456789abcdef" * 2
RESOURCE = {"contentnode_id": NODE, "content_id": NODE, "channel_id": NODE}


@pytest.fixture
def lesson(school: School) -> Lesson:
    return services.create_lesson(
        school.coach, collection=school.classroom, title="Rain", description="Bring a jar.", resources=[RESOURCE]
    )


@pytest.fixture
def grade_5(school: School) -> Classroom:
    return auth.create_classroom(school.facility, "Grade 5")


def group_of(school: School, name: str = "Readers"):
    return school.classroom.children.get(name=name)


def test_a_copy_for_the_whole_class_is_for_the_whole_other_class(school, lesson, grade_5):
    made = copies.copy_lesson(lesson, grade_5, school.admin)
    assert (made.title, made.description, made.resources) == ("Rain", "Bring a jar.", [RESOURCE])
    assert not made.is_active
    assert history.people_of(made.pk) == {"assignments": [grade_5.pk], "learner_ids": []}


def test_a_copy_in_the_same_class_keeps_its_people(school, lesson):
    people = {"assignments": [group_of(school).pk], "learner_ids": sorted([school.learners[3].pk])}
    services.update_lesson(lesson, school.coach, **people)
    made = copies.copy_lesson(lesson, school.classroom, school.coach)
    assert made.title == "Rain 2"
    assert history.people_of(made.pk) == people


def test_groups_of_the_same_name_and_learners_who_are_there_come_along(school, lesson, grade_5):
    carla, david = school.learners[2], school.learners[3]
    writers = auth.create_group(school.classroom, "Writers")
    auth.enrol(grade_5, [carla])
    same = auth.create_group(grade_5, "readers", [carla])
    services.update_lesson(
        lesson,
        school.coach,
        assignments=[group_of(school).pk, writers.pk],
        learner_ids=[carla.pk, david.pk],
    )
    (people,) = copies.people_elsewhere(lesson, [grade_5])
    assert people.missing_groups == ("Writers",)
    assert people.missing_learners == 1
    made = copies.copy_lesson(lesson, grade_5, school.admin)
    assert history.people_of(made.pk) == {"assignments": [same.pk], "learner_ids": [carla.pk]}


def test_nobody_of_the_lesson_is_there(school, lesson, grade_5):
    services.update_lesson(lesson, school.coach, assignments=[group_of(school).pk])
    made = copies.copy_lesson(lesson, grade_5, school.admin)
    assert history.people_of(made.pk) == {"assignments": [], "learner_ids": []}


def test_the_plan_comes_along_but_for_days_that_are_over(school, lesson, grade_5):
    today = datetime.date.today()
    past = today - datetime.timedelta(days=3)
    services.update_lesson(lesson, school.coach, term="Term 1", due_on=past, starts_on=past, notes={NODE: "Page 3"})
    made = copies.copy_lesson(lesson, grade_5, school.admin)
    assert plans.plan_of(made.pk) == plans.Plan(term="Term 1", notes={NODE: "Page 3"})
    later = today + datetime.timedelta(days=3)
    services.update_lesson(lesson, school.coach, due_on=later)
    assert plans.plan_of(copies.copy_lesson(lesson, grade_5, school.admin).pk).due_on == later


@pytest.mark.parametrize("classes", [1, 12])
def test_asking_whom_copies_would_be_for_costs_the_same_for_any_number_of_classes(
    school, lesson, django_assert_num_queries, classes
):
    services.update_lesson(lesson, school.coach, assignments=[group_of(school).pk], learner_ids=[school.learners[3].pk])
    rooms = [auth.create_classroom(school.facility, f"Room {number}") for number in range(classes)]
    with django_assert_num_queries(5):
        assert len(copies.people_elsewhere(lesson, rooms)) == classes


def test_a_template_is_a_lesson_without_people_and_days(school, lesson, grade_5):
    services.update_lesson(lesson, school.coach, due_on=datetime.date.today(), notes={NODE: "Page 3"})
    template = copies.keep_as_template(lesson, school.coach)
    assert list(copies.templates_of(school.facility.pk)) == [template]
    services.delete_lesson(lesson, school.coach)
    made = copies.lesson_from(template, grade_5, school.admin)
    assert (made.title, made.description, made.resources) == ("Rain", "Bring a jar.", [RESOURCE])
    assert plans.plan_of(made.pk) == plans.Plan(notes={NODE: "Page 3"})
    assert copies.lesson_from(template, grade_5, school.admin).title == "Rain 2"


def test_a_second_template_of_the_name_gets_another_name(school, lesson):
    assert [copies.keep_as_template(lesson, school.coach).title for _ in range(2)] == ["Rain", "Rain 2"]


def test_a_removed_template_comes_back(school, lesson):
    template = copies.keep_as_template(lesson, school.coach)
    copies.remove_template(template)
    assert not copies.templates_of(school.facility.pk).exists()
    copies.bring_template_back(template)
    assert list(copies.templates_of(school.facility.pk)) == [template]


def test_templates_are_the_schools_teachers(school, other_school, lesson):
    template = copies.keep_as_template(lesson, school.coach)
    kind = type(template)
    assert list(kind.readable_by(school.admin)) == [template]
    assert list(kind.readable_by(school.learner)) == []
    assert list(kind.readable_by(other_school.admin)) == []
    assert kind.permissions.can_write(school.coach, template)
    assert kind.permissions.can_write(school.admin, template)
    assert not kind.permissions.can_write(school.learner, template)
    assert not kind.permissions.can_write(other_school.admin, template)


def test_a_free_title_fits(school, lesson):
    long = "x" * 50
    assert services.free_among(long, [long]) == "x" * 48 + " 2"
    assert services.free_among("y" * 60, []) == "y" * 60
