"""Copying a lesson to a class in two presses, templates, the history, and the look of a learner."""

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from kolibri.core.auth.constants import role_kinds
from kolibri.core.lessons import copies
from kolibri.core.lessons import history
from kolibri.core.lessons import plans
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.lessons.models import LessonTemplate
from tests.coach.conftest import entries
from tests.coach.lesson_editor import address
from tests.schools import School
from tests.sticks import Stick


@pytest.fixture
def grade_5(school: School):
    classroom = auth.create_classroom(school.facility, "Grade 5")
    auth.give_role(school.coach, classroom, role_kinds.COACH)
    auth.enrol(classroom, school.learners[:3])
    auth.create_group(classroom, "Readers", school.learners[:1])
    return classroom


@pytest.fixture
def lesson(school: School, channel: Stick) -> Lesson:
    readers = school.classroom.children.get(name="Readers")
    return services.create_lesson(
        school.coach,
        collection=school.classroom,
        title="Rain",
        resources=entries(channel.node_ids["The water cycle"], channel.node_ids["A steady tone"]),
        assignments=[readers.pk],
        learner_ids=[school.learners[4].pk],
    )


@pytest.fixture
def coach(client: Client, school: School, grade_5) -> Client:
    client.force_login(school.coach)
    return client


def test_the_page_says_who_would_get_the_copy_before_it_is_made(coach, lesson):
    html = " ".join(coach.get(address("copy", lesson)).content.decode().split())
    assert "Copy “Rain” to a class" in html
    assert html.index("Grade 5") < html.index("the same class")
    assert "1 learner is not in this class" in html


def test_a_copy_keeps_its_people(coach, lesson, grade_5):
    answer = coach.post(address("copy", lesson), {"classroom": grade_5.pk}, follow=True)
    made = Lesson.objects.get(collection=grade_5)
    assert "“Rain” is now in Grade 5" in answer.content.decode()
    assert history.people_of(made.pk)["assignments"] == [grade_5.children.get(name="Readers").pk]
    assert made.resources == lesson.resources


def test_a_class_that_one_does_not_teach_is_no_place_for_a_copy(coach, school, lesson):
    strange = auth.create_classroom(school.facility, "Grade 6")
    assert "Grade 6" not in coach.get(address("copy", lesson)).content.decode()
    assert coach.post(address("copy", lesson), {"classroom": strange.pk}).status_code == 403
    assert coach.post(address("copy", lesson), {"classroom": "nonsense"}).status_code == 400
    assert not Lesson.objects.filter(collection=strange).exists()


def test_the_page_takes_a_fixed_number_of_queries(coach, school, lesson, django_assert_max_num_queries):
    coach.get(address("copy", lesson))
    with django_assert_max_num_queries(22):
        coach.get(address("copy", lesson))
    for number in range(8):
        classroom = auth.create_classroom(school.facility, f"Room {number}")
        auth.give_role(school.coach, classroom, role_kinds.COACH)
    with django_assert_max_num_queries(22):
        coach.get(address("copy", lesson))


def test_a_template_is_kept_used_removed_and_brought_back(coach, school, lesson, grade_5):
    answer = coach.post(address("keep-template", lesson), follow=True)
    assert "“Rain” is a template now" in answer.content.decode()
    template = LessonTemplate.objects.get()
    coach.post(address("use-template", grade_5, template))
    made = Lesson.objects.get(collection=grade_5)
    assert (made.title, made.resources, made.is_active) == ("Rain", lesson.resources, False)
    removed = coach.post(address("remove-template", grade_5, template), follow=True).content.decode()
    assert "The template “Rain” is removed." in removed
    assert "No template yet" in removed
    coach.post(address("return-template", grade_5, template))
    assert "Make a lesson" in coach.get(address("templates", grade_5)).content.decode()


def test_another_teachers_template_is_not_mine_to_remove(coach, school, lesson, grade_5):
    template = copies.keep_as_template(lesson, school.admin)
    assert ">Remove<" not in coach.get(address("templates", grade_5)).content.decode()
    assert coach.post(address("remove-template", grade_5, template)).status_code == 403
    assert LessonTemplate.objects.get().date_removed is None


def test_a_template_of_another_school_does_not_exist(coach, other_school, grade_5):
    theirs = services.create_lesson(other_school.coach, collection=other_school.classroom, title="Theirs")
    template = copies.keep_as_template(theirs, other_school.coach)
    assert coach.post(address("use-template", grade_5, template)).status_code == 404


def test_each_change_is_undone_by_itself(coach, school, lesson):
    services.update_lesson(lesson, school.coach, title="Rain and rivers")
    services.update_lesson(lesson, school.coach, description="Bring a jar.")
    html = coach.get(address("history", lesson)).content.decode()
    assert html.index("Note changed") < html.index("Title changed") < html.index("Lesson made")
    titled = [change for change in lesson_changes(lesson) if "title" in (change.before or {})][0]
    answer = coach.post(address("undo", titled), {"stay": "history"}, follow=True)
    assert answer.redirect_chain[-1][0] == address("history", lesson)
    lesson.refresh_from_db()
    assert (lesson.title, lesson.description) == ("Rain", "Bring a jar.")


def lesson_changes(lesson):
    return list(LessonChange.objects.filter(lesson_id=lesson.pk))


def test_a_change_of_a_lesson_that_is_elsewhere_now_is_not_undone(school, lesson):
    """Neither by who taught it before it went to another class, nor back into a class that one does not teach."""
    there = auth.create_classroom(school.facility, "Grade 5")
    colleague = auth.create_person(school.facility, username="c2", full_name="Other Coach", password="")
    auth.give_role(colleague, there, role_kinds.COACH)
    made = LessonChange.objects.get(before=None)
    titled = services.update_lesson(lesson, school.coach, title="Wind")
    moved = services.update_lesson(lesson, school.admin, collection=there, assignments=[there.pk], learner_ids=[])
    for person, change in ((school.coach, made), (school.coach, titled), (school.coach, moved), (colleague, moved)):
        client = Client()
        client.force_login(person)
        assert client.post(address("undo", change)).status_code == 404
    lesson.refresh_from_db()
    assert (lesson.title, lesson.collection_id) == ("Wind", there.pk)
    client = Client()
    client.force_login(school.admin)
    assert client.post(address("undo", moved)).status_code == 302
    lesson.refresh_from_db()
    assert lesson.collection_id == school.classroom.pk


def test_undoing_a_removal_keeps_an_earlier_move(school, lesson):
    """The peer throws the move away."""
    first, second = lesson.resources
    services.update_lesson(lesson, school.coach, resources=[second, first])
    removal = services.update_lesson(lesson, school.coach, resources=[first])
    services.undo(removal, school.coach)
    lesson.refresh_from_db()
    assert lesson.resources == [second, first]


def test_the_look_of_a_learner_is_what_the_learner_has(coach, school, lesson):
    node = lesson.resources[0]["contentnode_id"]
    services.update_lesson(lesson, school.coach, description="Bring a jar.", notes={node: "Until minute 3"})
    before = coach.get(address("as-learner", lesson)).content.decode()
    assert "The lesson is hidden now." in before
    services.update_lesson(lesson, school.coach, is_active=True)
    learner = Client()
    learner.force_login(school.learner)
    mine = learner.get(reverse("kolibri:learn:lesson", args=[lesson.pk])).content.decode()
    seen = coach.get(address("as-learner", lesson)).content.decode()
    for html in (mine, seen):
        assert "Bring a jar." in html
        assert "Until minute 3" in html
        assert html.index("The water cycle") < html.index("A steady tone")
    assert "Until minute 3" in learner.get(reverse("kolibri:learn:resource", args=[lesson.pk, node])).content.decode()
    shown = coach.get(f"{address('preview', lesson, node)}?as=learner").content.decode()
    assert address("as-learner", lesson) in shown


def test_notes_days_and_the_term_are_saved_by_themselves(coach, school, lesson):
    first, second = (entry["contentnode_id"] for entry in lesson.resources)
    htmx = {"HX-Request": "true"}

    def sent(**data):
        return coach.post(address("save", lesson), data, headers=htmx)

    assert "Saved" in sent(**{"sent": f"note-{first}", f"note-{first}": "Twice"}).content.decode()
    assert sent(**{"sent": f"note-{second}", f"note-{second}": "Once"}).status_code == 200
    assert sent(**{"sent": "note-strange", "note-strange": "x"}).status_code == 200
    sent(sent="term", term="Term 1")
    wrong = sent(sent="days", starts_on="2026-11-23", due_on="2026-11-20")
    assert wrong.status_code == 422
    assert "It is due before it starts" in wrong.content.decode()
    sent(sent="days", starts_on="2026-11-23", due_on="")
    plan = plans.plan_of(lesson.pk)
    assert (plan.notes, plan.term, str(plan.starts_on)) == ({first: "Twice", second: "Once"}, "Term 1", "2026-11-23")
    html = coach.get(address("lesson", lesson)).content.decode()
    assert 'value="2026-11-23"' in html
    assert ">Twice</textarea>" in html
