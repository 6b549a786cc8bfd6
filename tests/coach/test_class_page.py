"""The classes, one class, and its groups."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from kolibri.core.lessons.services import recipients
from tests.schools import School


@pytest.fixture
def client(school: School) -> Client:
    client = Client()
    client.force_login(school.coach)
    return client


def test_who_teaches_one_class_lands_in_it_who_teaches_two_chooses(client: Client, school: School) -> None:
    classes = reverse("kolibri:coach:classes")
    assert client.get(classes)["Location"] == reverse("kolibri:coach:class", args=[school.classroom.pk])
    second = auth.create_classroom(school.facility, "Grade 5")
    auth.give_role(school.coach, second, "coach")
    third = auth.create_classroom(school.facility, "Not his")
    html = client.get(classes).content.decode()
    assert re.findall(r"<bdi>(Grade \d)</bdi>", html) == ["Grade 4", "Grade 5"]
    assert third.name not in html
    assert re.search(r"5 learners\s*·\s*0 lessons", html)


def test_an_empty_class_says_what_is_next(client: Client, school: School) -> None:
    empty = auth.create_classroom(school.facility, "Grade 5")
    auth.give_role(school.coach, empty, "coach")
    html = client.get(reverse("kolibri:coach:class", args=[empty.pk])).content.decode()
    assert html.count("New lesson") == 1
    assert "admin to add its learners." in html


def test_a_full_class_takes_no_more_queries(client: Client, school: School, django_assert_max_num_queries) -> None:
    auth.add_learners(school.classroom, [(f"Learner {number}", f"learner{number}") for number in range(60)])
    for number in range(30):
        auth.create_group(school.classroom, f"Group {number}", school.learners)
        create_lesson(school.coach, collection=school.classroom, title=f"Lesson {number}")
    lesson = Lesson.objects.first()
    for name, pk in (("class", school.classroom.pk), ("lesson", lesson.pk), ("new-group", school.classroom.pk)):
        with django_assert_max_num_queries(28):
            html = client.get(reverse(f"kolibri:coach:{name}", args=[pk])).content.decode()
        assert "Learner 59" in html
    assert "Group 29" in client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()


def test_numbers_in_names_count_by_their_value(client: Client, school: School) -> None:
    """Classes, groups, learners and the report that is read beside the list of learners."""
    tenth = auth.create_classroom(school.facility, "Grade 10")
    auth.give_role(school.coach, tenth, "coach")
    learners = auth.add_learners(tenth, [(f"Learner {number}", f"learner{number}") for number in (10, 9, 1)])
    for number in (10, 2):
        auth.create_group(tenth, f"Group {number}", learners)
    lesson = create_lesson(school.coach, collection=tenth, title="Rain")
    assert in_order(client, r"<bdi>(Grade \d+)</bdi>", "classes") == ["Grade 4", "Grade 10"]
    assert in_order(client, r"(Group \d+)", "class", tenth.pk) == ["Group 2", "Group 10"]
    for name, pk in (("class", tenth.pk), ("lesson", lesson.pk), ("class-report", tenth.pk), ("paper-list", tenth.pk)):
        assert in_order(client, r"(Learner \d+)", name, pk) == ["Learner 1", "Learner 9", "Learner 10"], name
    assert [str(one) for one in recipients(lesson)] == ["Learner 1", "Learner 9", "Learner 10"]


def in_order(client: Client, what: str, name: str, *args: str) -> list[str]:
    """Return what a page names, each once, as it comes."""
    html = client.get(reverse(f"kolibri:coach:{name}", args=args)).content.decode()
    return list(dict.fromkeys(re.findall(what, html)))


def test_a_new_lesson_needs_and_takes_nothing(client: Client, school: School) -> None:
    address = reverse("kolibri:coach:new-lesson", args=[school.classroom.pk])
    for title in ("x" * 500, "a\x00b", ""):
        assert client.post(address, {"title": title}).status_code == 302
    assert set(Lesson.objects.values_list("title", flat=True)) == {"New lesson", "New lesson 2", "New lesson 3"}


def test_undoing_a_creation_offers_the_lesson_back(client: Client, school: School) -> None:
    client.post(reverse("kolibri:coach:new-lesson", args=[school.classroom.pk]))
    lesson = Lesson.objects.get()
    html = client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()
    undo = re.search(r'hx-post="(/coach/change/\w+/undo/)"', html)[1]
    gone = client.post(undo)
    assert not Lesson.objects.exists()
    html = client.get(gone["Location"]).content.decode()
    assert "was deleted." in html
    client.post(re.search(r'action="(/coach/change/\w+/undo/)"', html)[1], {"stay": "class"})
    assert Lesson.objects.get().pk == lesson.pk


def test_undo_goes_back_step_by_step(client: Client, school: School) -> None:
    lesson = create_lesson(school.coach, collection=school.classroom, title="Rain")
    save = reverse("kolibri:coach:save", args=[lesson.pk])
    for title in ("Wind", "Sun"):
        client.post(save, {"sent": "title", "title": title})
    titles = []
    for _step in range(2):
        html = client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()
        client.post(re.search(r'hx-post="(/coach/change/\w+/undo/)"', html)[1])
        titles.append(Lesson.objects.get().title)
    assert titles == ["Wind", "Rain"]


def test_a_group_is_made_and_changed(client: Client, school: School) -> None:
    new = reverse("kolibri:coach:new-group", args=[school.classroom.pk])
    learners = [person.pk for person in school.learners]
    assert client.post(new, {"name": "Writers", "learner_ids": learners[:3]}).status_code == 302
    group = LearnerGroup.objects.get(name="Writers")
    address = reverse("kolibri:coach:group", args=[group.pk])
    assert client.get(address).content.decode().count(" checked") == 3
    client.post(address, {"name": "Poets", "learner_ids": learners[3:]})
    group.refresh_from_db()
    assert group.name == "Poets"
    assert set(group.membership.values_list("user_id", flat=True)) == set(learners[3:])


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "readers"}, "name"),
        ({}, "name"),
        ({"name": "Writers", "learner_ids": ["f" * 32]}, "learner_ids"),
        ({"name": "Writers", "learner_ids": ["nonsense", "\x00"]}, "learner_ids"),
    ],
)
def test_bad_input_stands_at_its_field(client: Client, school: School, form: dict, field: str) -> None:
    answer = client.post(reverse("kolibri:coach:new-group", args=[school.classroom.pk]), form)
    assert answer.status_code == 400
    errors = dict(re.findall(r'<p class="error" id="error-(\w+)"[^>]*>([^<]*)<', answer.content.decode()))
    assert [name for name, sentence in errors.items() if sentence] == [field]
    assert LearnerGroup.objects.count() == 1


def test_learners_of_another_school_are_refused(client: Client, school: School, other_school: School) -> None:
    form = {"name": "Writers", "learner_ids": [other_school.learner.pk]}
    answer = client.post(reverse("kolibri:coach:new-group", args=[school.classroom.pk]), form)
    assert answer.status_code == 400
    assert LearnerGroup.objects.filter(name="Writers").count() == 0
    theirs = LearnerGroup.objects.get(parent=other_school.classroom)
    assert client.get(reverse("kolibri:coach:group", args=[theirs.pk])).status_code in (403, 404)
