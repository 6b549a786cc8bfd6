import datetime

import pytest
from morango.models import Store
from morango.sync.operations import _serialize_into_store

from kolibri.core.auth.models import AdHocGroup
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.history import revert_list
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonAssignment
from kolibri.core.lessons.models import LessonChange
from kolibri.errors import BadInput
from kolibri.errors import Conflict
from tests.schools import School


def resource(letter: str) -> dict[str, str]:
    return {"contentnode_id": letter * 32, "content_id": letter * 32, "channel_id": "f" * 32}


@pytest.fixture
def lesson(school: School) -> Lesson:
    return services.create_lesson(
        school.coach, collection=school.classroom, title="Rain", resources=[resource("a"), resource("b"), resource("c")]
    )


def test_a_new_lesson_is_for_the_whole_class(school: School, lesson: Lesson) -> None:
    assert [person.username for person in services.recipients(lesson)] == ["amina", "ben", "carla", "david", "esi"]
    assert lesson.created_by == school.coach


@pytest.mark.parametrize("title", ["Rain", "RAIN", " rain ", "Ｒain"])
def test_two_lessons_of_one_title_are_refused(school: School, lesson: Lesson, title: str) -> None:
    with pytest.raises(BadInput) as refused:
        services.create_lesson(school.coach, collection=school.classroom, title=title)
    assert refused.value.field == "title"
    assert Lesson.objects.count() == 1


def test_groups_and_single_learners_are_counted_once_each(school: School, lesson: Lesson) -> None:
    group = LearnerGroup.objects.get()
    services.update_lesson(
        lesson, school.coach, assignments=[group.pk], learner_ids=[school.learners[0].pk, school.learners[4].pk]
    )
    assert [person.username for person in services.recipients(lesson)] == ["amina", "ben", "esi"]
    services.update_lesson(lesson, school.coach, learner_ids=[])
    assert not AdHocGroup.objects.exists()
    assert [person.username for person in services.recipients(lesson)] == ["amina", "ben"]


def test_people_of_another_class_or_school_are_refused(school: School, other_school: School, lesson: Lesson) -> None:
    theirs = LearnerGroup.objects.get(parent=other_school.classroom)
    with pytest.raises(BadInput) as refused:
        services.update_lesson(lesson, school.coach, assignments=[theirs.pk])
    assert refused.value.field == "assignments"
    with pytest.raises(BadInput) as refused:
        services.update_lesson(lesson, school.coach, learner_ids=[other_school.learner.pk])
    assert refused.value.field == "learner_ids"
    assert LessonAssignment.objects.filter(lesson=lesson).count() == 1


def test_each_change_is_undone_by_itself_whatever_came_later(school: School, lesson: Lesson) -> None:
    a, b, c = lesson.resources
    moved = services.update_lesson(lesson, school.coach, resources=[c, a, b])
    removed = services.update_lesson(lesson, school.coach, resources=[c, b])
    services.update_lesson(lesson, school.coach, title="Rainy season")
    assert services.undo(removed, school.coach).resources == [c, a, b]
    assert services.undo(moved, school.coach).resources == [a, b, c]
    assert Lesson.objects.get().title == "Rainy season"
    with pytest.raises(Conflict):
        services.undo(moved, school.coach)


def test_undo_of_an_older_removal_keeps_what_was_added_since(school: School, lesson: Lesson) -> None:
    a, b, c = lesson.resources
    removed = services.update_lesson(lesson, school.coach, resources=[b, c])
    services.update_lesson(lesson, school.coach, resources=[b, c, resource("d")])
    assert services.undo(removed, school.coach).resources == [a, b, c, resource("d")]


FIELDS = [
    ("description", "first", "second", ""),
    ("title", "Wind", "Sun", "Rain"),
    ("term", "Autumn", "Spring", ""),
    ("due_on", datetime.date(2026, 12, 1), datetime.date(2026, 12, 8), None),
]


def value_of(lesson: Lesson, name: str) -> object:
    lesson.refresh_from_db()
    return getattr(lesson, name) if name in ("title", "description") else getattr(plans.plan_of(lesson.pk), name)


@pytest.mark.parametrize(("name", "first", "second", "before"), FIELDS)
def test_undo_of_an_older_text_keeps_the_later_one(
    school: School, lesson: Lesson, name: str, first: object, second: object, before: object
) -> None:
    """It may be another teacher's; its own way back then leads to what was before both."""
    older = services.update_lesson(lesson, school.coach, **{name: first})
    later = services.update_lesson(lesson, school.admin, **{name: second})
    services.undo(older, school.coach)
    assert value_of(lesson, name) == second
    services.undo(later, school.admin)
    assert value_of(lesson, name) == before


def test_of_three_texts_the_one_in_the_middle_is_undone(school: School, lesson: Lesson) -> None:
    one, two, three = (
        services.update_lesson(lesson, school.coach, description=text, is_active=text != "2") for text in "123"
    )
    services.undo(two, school.coach)
    assert (value_of(lesson, "description"), lesson.is_active) == ("3", True)
    services.undo(three, school.coach)
    assert value_of(lesson, "description") == "1"
    services.undo(one, school.coach)
    assert value_of(lesson, "description") == ""


def test_nothing_is_noted_when_nothing_differs(school: School, lesson: Lesson) -> None:
    assert services.update_lesson(lesson, school.coach, title="Rain", is_active=False) is None
    assert LessonChange.objects.count() == 1


def test_undo_of_a_deletion_brings_back_the_same_ids_also_for_peers(school: School, lesson: Lesson) -> None:
    services.update_lesson(lesson, school.coach, assignments=[], learner_ids=[school.learners[2].pk], is_active=True)
    ids = set(LessonAssignment.objects.values_list("pk", flat=True)) | {lesson.pk, AdHocGroup.objects.get().pk}
    created = lesson.date_created
    _serialize_into_store("facilitydata")
    pk = lesson.pk
    change = services.delete_lesson(lesson, school.coach)
    assert not Lesson.objects.exists() and not AdHocGroup.objects.exists()
    _serialize_into_store("facilitydata")
    assert Store.objects.get(pk=pk).deleted
    back = services.undo(change, school.coach)
    assert back.pk == pk and back.is_active and back.date_created == created and back.created_by == school.coach
    assert ids == set(LessonAssignment.objects.values_list("pk", flat=True)) | {pk, AdHocGroup.objects.get().pk}
    assert [person.username for person in services.recipients(back)] == ["carla"]
    _serialize_into_store("facilitydata")
    assert not Store.objects.filter(pk__in=ids, deleted=True).exists()


def test_undo_of_a_creation_deletes_and_that_can_be_undone_too(school: School, lesson: Lesson) -> None:
    created = services.latest_change(lesson.pk)
    assert services.undo(created, school.coach) is None
    assert not Lesson.objects.exists()
    assert services.undo(services.latest_change(lesson.pk), school.coach).title == "Rain"


def test_a_title_taken_meanwhile_gets_a_number_when_a_lesson_comes_back(school: School, lesson: Lesson) -> None:
    change = services.delete_lesson(lesson, school.coach)
    services.create_lesson(school.coach, collection=school.classroom, title="rain")
    assert services.undo(change, school.coach).title == "Rain 2"


def test_revert_list_keeps_later_order() -> None:
    assert revert_list(["c", "x", "b"], before=["a", "b", "c"], after=["b", "c"]) == ["a", "c", "x", "b"]


def test_queries_of_a_create_and_a_toggle_are_bounded(school: School, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(16):
        lesson = services.create_lesson(
            school.coach, collection=school.classroom, title="Wind", resources=[resource(x) for x in "abcde"]
        )
    with django_assert_max_num_queries(8):
        services.update_lesson(lesson, school.coach, is_active=True)
