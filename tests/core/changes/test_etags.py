"""304 for whom it is right, and for nobody else."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.urls import reverse
from rest_framework.test import APIClient

from kolibri.core.auth import services as auth
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from kolibri.core.lessons.services import update_lesson
from kolibri.core.values import conditional
from tests.schools import School
from tests.schools import make_superuser

LIST = "kolibri:core:lesson-list"


@pytest.fixture
def lesson(school: School) -> Lesson:
    return create_lesson(school.coach, collection=school.classroom, title="Rain", is_active=True)


def client(person: FacilityUser | None) -> APIClient:
    made = APIClient()
    if person:
        made.force_authenticate(FacilityUser.objects.get(pk=person.pk))
    return made


def ask(person: FacilityUser | None, address: str, tag: str = "", **headers: str):
    return client(person).get(address, headers={"If-None-Match": tag, **headers} if tag else headers)


@pytest.fixture(params=["list", "detail"])
def address(request, lesson: Lesson) -> str:
    return reverse(LIST) if request.param == "list" else reverse("kolibri:core:lesson-detail", args=[lesson.pk])


@pytest.mark.acceptance("G12")
def test_the_same_question_again_has_no_body(school: School, address: str) -> None:
    first = ask(school.coach, address)
    again = ask(school.coach, address, first["ETag"])
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["ETag"] == first["ETag"]
    for answer in (first, again):
        assert {"Cookie", "Accept-Language"} <= {name.strip() for name in answer["Vary"].split(",")}
        assert answer["Cache-Control"] == "private, no-cache"


@pytest.mark.acceptance("G12")
@pytest.mark.parametrize("sent", ['"x", {tag}', "{strong}", '{tag}, "y"'])
def test_tags_are_compared_weakly_and_one_of_several_is_enough(school: School, address: str, sent: str) -> None:
    tag = ask(school.coach, address)["ETag"]
    asked = sent.format(tag=tag, strong=tag.removeprefix("W/"))
    assert ask(school.coach, address, asked).status_code == 304
    assert ask(school.coach, address, '"x"').status_code == 200
    assert ask(school.coach, address, "*").status_code == 200
    assert client(school.coach).head(address, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.acceptance("G12")
def test_a_change_is_always_seen(school: School, lesson: Lesson, address: str) -> None:
    for write in (
        lambda: update_lesson(lesson, school.coach, title="Wind"),
        lambda: update_lesson(lesson, school.coach, learner_ids=[school.learner.pk]),
        lambda: auth.rename(school.classroom, "Grade 5"),
    ):
        tag = ask(school.coach, address)["ETag"]
        write()
        answer = ask(school.coach, address, tag)
        assert answer.status_code == 200
        assert answer["ETag"] != tag


@pytest.mark.acceptance("G12")
def test_a_tag_never_crosses_people_languages_or_addresses(school: School, address: str) -> None:
    tag = ask(school.coach, address)["ETag"]
    assert ask(school.admin, address, tag).status_code == 200
    assert ask(school.learner, address, tag).status_code == 200
    assert ask(school.coach, f"{address}?format=json", tag).status_code == 200
    french = client(school.coach)
    french.cookies[settings.LANGUAGE_COOKIE_NAME] = "fr"
    assert french.get(address, headers={"If-None-Match": tag}).status_code == 200
    assert ask(None, address, tag).status_code == 403


@pytest.mark.acceptance("G12")
def test_a_right_that_was_taken_away_is_a_change(school: School, lesson: Lesson, address: str) -> None:
    tag = ask(school.coach, address)["ETag"]
    for role in Role.objects.filter(user=school.coach):
        role.delete()
    answer = ask(school.coach, address, tag)
    assert answer.status_code == (404 if "?" not in address and lesson.pk in address else 200)
    if answer.status_code == 200:
        assert answer.json() == []
    tag = ask(school.learner, address)["ETag"]
    Membership.objects.filter(user=school.learner).delete()
    assert ask(school.learner, address, tag).status_code != 304


@pytest.mark.acceptance("G12")
def test_rights_over_the_computer_count_too(school: School, other_school: School, lesson: Lesson) -> None:
    make_superuser(other_school.admin)
    tag = ask(other_school.admin, reverse(LIST))["ETag"]
    other_school.admin.device_permissions.delete()
    assert ask(other_school.admin, reverse(LIST), tag).status_code == 200


def test_what_happens_elsewhere_leaves_the_tag(school: School, other_school: School, address: str) -> None:
    from tests.core.logger.test_visits import make_node
    from tests.core.logger.test_visits import tell

    make_node()
    tag = ask(school.coach, address)["ETag"]
    assert tell(school.learner).status_code == 200
    assert ask(school.coach, address, tag).status_code == 304


def test_a_class_that_asks_for_more_depends_on_everything_unless_it_says_on_what() -> None:
    from kolibri.core.changes import counters
    from kolibri.core.lessons.api import LessonViewset

    class Silent(LessonViewset):
        def consolidate(self, items, queryset):
            return items

    class Telling(Silent):
        watches = (FacilityUser,)

    assert conditional.tables_read(Silent()) == counters.counted_tables()
    assert "content_contentnode" not in conditional.tables_read(Telling())
    assert {"lessons_lesson", "lessons_lessonassignment", "kolibriauth_role"} <= conditional.tables_read(Telling())


def test_a_304_costs_one_query_more_than_the_session(school: School, lesson: Lesson, django_assert_num_queries) -> None:
    api = client(school.coach)
    tag = api.get(reverse(LIST))["ETag"]
    with django_assert_num_queries(1):
        assert api.get(reverse(LIST), headers={"If-None-Match": tag}).status_code == 304
