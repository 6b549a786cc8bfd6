"""What goes wrong in Kolibri 0.19.5, as seen there, and must not here: one test for each, on the pages themselves."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.auth import services as auth
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile
from kolibri.core.lessons import history
from kolibri.core.lessons import services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.models import LessonChange
from kolibri.core.logger.services import record_visit
from tests.coach.conftest import entries
from tests.schools import School
from tests.schools import make_superuser
from tests.sticks import Stick

TITLES = ("The water cycle", "Palabras del agua", "A steady tone")


@pytest.fixture
def lesson(school: School, channel: Stick) -> Lesson:
    resources = entries(*(channel.node_ids[title] for title in TITLES))
    readers = school.classroom.children.get(name="Readers")
    return services.create_lesson(
        school.coach,
        collection=school.classroom,
        title="Rain",
        resources=resources,
        assignments=[readers.pk],
        is_active=True,
    )


@pytest.fixture
def grade_5(school: School) -> Classroom:
    """The coach's other class, with a group of the same name."""
    made = auth.create_classroom(school.facility, "Grade 5")
    auth.give_role(school.coach, made, role_kinds.COACH)
    auth.enrol(made, school.learners[:2])
    auth.create_group(made, "Readers", school.learners[:2])
    return made


@pytest.fixture
def coach(client: Client, school: School) -> Client:
    client.force_login(school.coach)
    return client


def address(name: str, *ids: str) -> str:
    return reverse(f"kolibri:coach:{name}", args=ids)


def order_of(lesson: Lesson) -> list[str]:
    return [entry["contentnode_id"] for entry in Lesson.objects.get(pk=lesson.pk).resources]


def text(answer) -> str:
    return " ".join(answer.content.decode().split())


def test_undoing_a_removal_keeps_an_earlier_reorder(coach, lesson):
    first, second, third = order_of(lesson)
    coach.post(address("resources", lesson.pk), {"order": [third, first, second]})
    coach.post(address("resources", lesson.pk), {"remove": first})
    assert order_of(lesson) == [third, second]
    removal = LessonChange.objects.filter(lesson_id=lesson.pk).order_by("-made_at")[0]
    coach.post(address("undo", removal.pk))
    assert order_of(lesson) == [third, first, second]


@pytest.mark.parametrize("size", [0, None])
def test_a_size_is_never_told_as_nothing(client, school, channel, lesson, size):
    """Where it is not known, none is told."""
    LocalFile.objects.update(file_size=size)
    client.force_login(make_superuser(school.admin))
    for path in (
        address("class", school.classroom.pk),
        address("lesson", lesson.pk),
        address("preview", lesson.pk, channel.node_ids["The water cycle"]),
        reverse("kolibri:computer:content"),
        reverse("kolibri:computer:now"),
        reverse("kolibri:computer:about"),
    ):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert not re.search(r"(?<![\d.,])0\s?(&nbsp;)?(bytes?|B|KB|MB)\b", text(answer)), path


@pytest.mark.parametrize(
    ("path", "sent", "count"),
    [
        ("/school/people/new/", {"full_name": "x" * 121, "username": "a b", "password": ""}, 2),
        ("/me/", {"full_name": "x" * 121, "username": "a b"}, 2),
        ("/join/", {"full_name": "", "username": "a b", "classroom": "nonsense"}, 3),
    ],
)
def test_every_wrong_field_is_marked_at_once(client, school, path, sent, count):
    school.facility.dataset.learner_can_sign_up = True
    school.facility.dataset.save()
    if path != "/join/":
        client.force_login(school.admin)
    answer = client.post(path, sent)
    assert answer.status_code == 400
    html = text(answer)
    assert html.count('aria-invalid="true"') == count
    described = re.findall(r'aria-invalid="true"[^>]*aria-describedby="([\w -]+)"', html)
    assert len(described) == count, "each names its own sentence"
    assert all(f'id="{one.split()[-1]}"' in html for one in described)


@pytest.mark.parametrize("name", ["class", "class-report", "today", "cards", "templates"])
@pytest.mark.parametrize("whose", ["other class", "other school", "nobody"])
def test_an_address_of_another_class_gives_a_sentence_and_a_way_back(coach, school, other_school, name, whose):
    strange = {
        "other class": auth.create_classroom(school.facility, "Grade 9").pk,
        "other school": other_school.classroom.pk,
        "nobody": "e" * 32,
    }[whose]
    answer = coach.get(address(name, strange))
    assert answer.status_code in (403, 404)
    html = text(answer)
    assert len(re.findall("<h1", html)) == 1
    sentence = {403: "You do not teach this class.", 404: "not here"}[answer.status_code]
    assert sentence in html
    assert re.search(r'<main.*<a [^>]*href="/', html), "there is a way back"
    assert "Traceback" not in html


def test_a_copied_lesson_keeps_its_people(coach, lesson, grade_5):
    coach.post(address("copy", lesson.pk), {"classroom": grade_5.pk})
    made = Lesson.objects.get(collection=grade_5)
    assert history.people_of(made.pk)["assignments"] == [grade_5.children.get(name="Readers").pk]
    assert {person.pk for person in services.recipients(made)} == {one.pk for one in school_of(grade_5)}


def school_of(classroom: Classroom) -> list:
    return [member.user for member in classroom.children.get(name="Readers").membership.all()]


def test_progress_on_a_copy_counts_and_the_page_says_so(coach, school, channel, lesson):
    """The same resource in another lesson: one log, two reports, and a sentence on the report and to the learner."""
    node = ContentNode.objects.get(pk=channel.node_ids["The water cycle"])
    other = services.create_lesson(
        school.coach, collection=school.classroom, title="Again", resources=entries(node.pk), is_active=True
    )
    record_visit(school.learner, node, visit=uuid.uuid4().hex, seconds=60, progress=1.0)
    for one, done in ((lesson, 0), (other, 1)):
        html = text(coach.get(address("report", one.pk)))
        assert f"Finished everything: {done} of" in html
        assert "What a learner does with a resource counts for its copies in other lessons, too." in html
