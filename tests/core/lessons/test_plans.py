"""Days, terms, notes, the archive and the order of lessons; all of it undone as anything else is."""

import datetime
import json

import pytest

from kolibri.core.auth import services as auth
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import ClassPlan
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonPlan
from kolibri.core.lessons.serializers import PlannedLessonSerializer
from tests.schools import School

NODE = "0123456789abcdef" * 2
OTHER = "fedcba9876543210" * 2
MONDAY = datetime.date(2026, 11, 23)
FRIDAY = datetime.date(2026, 11, 27)


@pytest.fixture
def lesson(school: School) -> Lesson:
    return services.create_lesson(school.coach, collection=school.classroom, title="Rain", is_active=True)


def test_a_lesson_without_a_plan_has_an_empty_one(lesson):
    assert plans.plan_of(lesson.pk) == plans.Plan()
    assert not LessonPlan.objects.exists()


def test_each_part_of_a_plan_is_undone_by_itself(school, lesson):
    first = services.update_lesson(lesson, school.coach, term="Term 1", starts_on=MONDAY, due_on=FRIDAY)
    second = services.update_lesson(lesson, school.coach, notes={NODE: "Pages 3 to 5"})
    third = services.update_lesson(lesson, school.coach, notes={NODE: "Pages 3 to 5", OTHER: "Listen twice"})
    services.undo(second, school.coach)
    assert plans.plan_of(lesson.pk) == plans.Plan("Term 1", MONDAY, FRIDAY, notes={OTHER: "Listen twice"})
    services.undo(first, school.coach)
    assert plans.plan_of(lesson.pk) == plans.Plan(notes={OTHER: "Listen twice"})
    services.undo(third, school.coach)
    assert plans.plan_of(lesson.pk) == plans.Plan()


def test_what_is_the_same_is_no_change(school, lesson):
    services.update_lesson(lesson, school.coach, due_on=FRIDAY)
    assert services.update_lesson(lesson, school.coach, due_on=FRIDAY) is None


def test_the_archive_hides_and_showing_takes_out_of_it(school, lesson):
    archived = services.update_lesson(lesson, school.coach, is_archived=True)
    assert (lesson.is_active, plans.plan_of(lesson.pk).is_archived) == (False, True)
    services.undo(archived, school.coach)
    lesson.refresh_from_db()
    assert (lesson.is_active, plans.plan_of(lesson.pk).is_archived) == (True, False)
    services.update_lesson(lesson, school.coach, is_archived=True)
    services.update_lesson(lesson, school.coach, is_active=True)
    assert (lesson.is_active, plans.plan_of(lesson.pk).is_archived) == (True, False)


def test_a_deleted_lesson_comes_back_with_its_plan(school, lesson):
    services.update_lesson(lesson, school.coach, term="Term 1", due_on=FRIDAY, notes={NODE: "Pages 3 to 5"})
    lesson_id, plan, pk = lesson.pk, plans.plan_of(lesson.pk), LessonPlan.objects.get().pk
    deletion = services.delete_lesson(lesson, school.coach)
    assert not LessonPlan.objects.exists()
    services.undo(deletion, school.coach)
    assert plans.plan_of(lesson_id) == plan
    assert LessonPlan.objects.get().pk == pk


def test_the_days_are_in_order(rf, school, lesson):
    request = rf.post("/")
    request.user = school.coach

    def said(**data):
        serializer = PlannedLessonSerializer(lesson, data=data, partial=True, context={"request": request})
        if not serializer.is_valid():
            return list(serializer.errors)
        serializer.save()
        return []

    assert said(starts_on="2026-11-23", due_on="2026-11-20") == ["due_on"]
    assert said(starts_on="2026-11-23", due_on="2026-11-23") == []
    assert said(starts_on="2026-11-24") == ["starts_on"]
    assert said(due_on=None) == []
    assert said(starts_on="2026-11-24") == []
    assert said(due_on="some day", term="x" * 51, notes={NODE: "x" * 501}) == ["term", "due_on", "notes"]
    assert plans.plan_of(lesson.pk) == plans.Plan(starts_on=datetime.date(2026, 11, 24))


def test_records_travel_as_text_and_come_back(lesson, school):
    services.update_lesson(lesson, school.coach, due_on=FRIDAY, notes={NODE: "Pages 3 to 5"})
    record = LessonPlan.objects.get()
    sent = record.serialize()
    assert (sent["due_on"], sent["starts_on"]) == ("2026-11-27", "")
    assert json.loads(sent["notes"]) == {NODE: "Pages 3 to 5"}
    back = LessonPlan.deserialize(sent)
    assert (back.due_on, back.starts_on, back.notes, back.lesson_id) == (FRIDAY, None, record.notes, lesson.pk)
    assert record.pk == record.calculate_uuid()


@pytest.fixture
def three(school: School) -> dict[str, str]:
    made = {}
    for title in ("One", "Two", "Three"):
        made[title] = services.create_lesson(school.coach, collection=school.classroom, title=title).pk
    return made


def titles(school: School) -> list[str]:
    lessons = Lesson.objects.filter(collection=school.classroom).order_by("-date_created", "pk")
    return [lesson.title for lesson in plans.in_order(lessons, plans.order_of(school.classroom.pk))]


def test_an_order_is_kept_and_new_lessons_come_first(school, three):
    assert titles(school) == ["Three", "Two", "One"]
    before = plans.set_order(school.classroom, [three["One"], three["Three"], three["Two"]])
    assert titles(school) == ["One", "Three", "Two"]
    services.create_lesson(school.coach, collection=school.classroom, title="Four")
    assert titles(school) == ["Four", "One", "Three", "Two"]
    plans.set_order(school.classroom, before)
    assert titles(school) == ["Four", "Three", "Two", "One"]
    assert ClassPlan.objects.count() == 1


def test_lessons_that_are_not_named_stay_before_the_one_that_follows_them(school, three):
    plans.set_order(school.classroom, [three["One"], three["Two"], three["Three"]])
    plans.set_order(school.classroom, [three["Three"], three["One"]])
    assert titles(school) == ["Two", "Three", "One"]


def test_an_order_holds_lessons_of_the_class_only(school, three, other_school):
    classroom = auth.create_classroom(school.facility, "Grade 5")
    strange = services.create_lesson(school.admin, collection=classroom, title="Strange").pk
    plans.set_order(school.classroom, [strange, "nonsense", three["One"], three["One"], three["Two"]])
    assert plans.order_of(school.classroom.pk) == [three["One"], three["Two"]]


def test_a_peers_nonsense_is_no_order(school, three):
    ClassPlan(collection=school.classroom, lesson_order={"a": 1}).save()
    assert plans.order_of(school.classroom.pk) == []
    assert titles(school) == ["Three", "Two", "One"]
