"""A 304 is only ever given to who would get the same answer now: driven through sessions, as browsers do."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.test import RequestFactory
from rest_framework.request import Request

from kolibri.core.auth import people
from kolibri.core.auth import services as auth
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Collection
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Role
from kolibri.core.changes import counters
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from kolibri.core.values import conditional
from kolibri.core.values import viewsets
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser

pytestmark = pytest.mark.acceptance("G12")


@pytest.fixture
def lesson(school: School) -> Lesson:
    return create_lesson(
        school.coach, collection=school.classroom, title="Rain", is_active=True, assignments=[school.classroom.pk]
    )


def addresses(school: School, lesson: Lesson) -> list[str]:
    """Return a list and a detail of everything that has both."""
    group = Collection.objects.get(parent=school.classroom, kind="learnergroup")
    details = {
        "lesson": lesson.pk,
        "classroom": school.classroom.pk,
        "learnergroup": group.pk,
        "facilityuser": school.learner.pk,
        "membership": school.learner.memberships.get(collection=school.classroom).pk,
        "role": Role.objects.get(user=school.coach, collection=school.classroom).pk,
        "lessonassignment": lesson.lesson_assignments.get().pk,
    }
    return [path for name, pk in details.items() for path in (f"/api/{name}/", f"/api/{name}/{pk}/")]


def signed_in(person: FacilityUser, client: Client | None = None) -> Client:
    made = client or Client()
    made.force_login(FacilityUser.objects.get(pk=person.pk))
    return made


def polled(client: Client, paths: list[str]) -> dict[str, tuple[str, bytes]]:
    """Return tag and body of every address, after seeing that a second look is a 304."""
    kept = {}
    for path in paths:
        first = client.get(path)
        if first.status_code != 200:
            continue
        assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 304, path
        kept[path] = (first["ETag"], first.content)
    return kept


def asked_again(client: Client, kept: dict[str, tuple[str, bytes]], **headers: str) -> dict[str, Any]:
    """Return the answers to what was kept, after seeing that each is what a client without it gets."""
    answers = {}
    for path, (tag, _body) in kept.items():
        answers[path] = answer = client.get(path, headers={"If-None-Match": tag, **headers})
        assert answer.status_code != 304, path
        fresh = client.get(path, headers=headers)
        assert (answer.status_code, answer.content) == (fresh.status_code, fresh.content), path
    return answers


def test_a_coach_whose_role_an_admin_takes(school: School, lesson: Lesson) -> None:
    coach, admin = signed_in(school.coach), signed_in(school.admin)
    kept = polled(coach, addresses(school, lesson))
    assert len(kept) == 14
    role = Role.objects.get(user=school.coach, collection=school.classroom)
    assert admin.delete(f"/api/role/{role.pk}/").status_code == 204
    answers = asked_again(coach, kept)
    for path, (_tag, body) in kept.items():
        answer = answers[path]
        assert answer.status_code in (200, 403, 404), path
        assert answer.status_code != 200 or answer.content != body, path
    assert answers["/api/lesson/"].json() == []
    assert answers[f"/api/lesson/{lesson.pk}/"].status_code == 404
    assert answers[f"/api/facilityuser/{school.learner.pk}/"].status_code == 404


def test_a_coach_of_the_school_who_is_one_of_a_class_now(school: School, lesson: Lesson) -> None:
    auth.give_role(school.coach, school.facility, role_kinds.COACH)
    other = auth.create_classroom(school.facility, "Grade 5")
    hidden = create_lesson(school.admin, collection=other, title="Wind", is_active=True)
    coach = signed_in(school.coach)
    kept = polled(coach, ["/api/lesson/", f"/api/lesson/{hidden.pk}/", f"/api/classroom/{other.pk}/"])
    assert len(kept) == 3
    Role.objects.get(user=school.coach, collection=school.facility, kind=role_kinds.COACH).delete()
    answers = asked_again(coach, kept)
    assert [one["title"] for one in answers["/api/lesson/"].json()] == ["Rain"]
    assert answers[f"/api/lesson/{hidden.pk}/"].status_code == 404


def test_rights_over_the_computer_that_are_taken(school: School, other_school: School, lesson: Lesson) -> None:
    client = signed_in(make_superuser(other_school.admin))
    kept = polled(client, addresses(school, lesson))
    assert len(kept) == 14
    other_school.admin.device_permissions.delete()
    answers = asked_again(client, kept)
    assert answers[f"/api/lesson/{lesson.pk}/"].status_code == 404


def test_a_learner_who_leaves_the_class(school: School, lesson: Lesson) -> None:
    learner = signed_in(school.learner)
    paths = ["/api/lesson/", f"/api/lesson/{lesson.pk}/"]
    kept = polled(learner, paths)
    assert len(kept) == 2
    membership = school.learner.memberships.get(collection=school.classroom)
    assert signed_in(school.admin).delete(f"/api/membership/{membership.pk}/").status_code == 204
    answers = asked_again(learner, kept)
    assert answers[paths[0]].json() == []
    assert answers[paths[1]].status_code == 404


def test_a_person_who_is_removed(school: School, lesson: Lesson) -> None:
    coach = signed_in(school.coach)
    kept = polled(coach, addresses(school, lesson))
    people.remove(FacilityUser.objects.get(pk=school.coach.pk), school.admin)
    answers = asked_again(coach, kept)
    assert {answer.status_code for answer in answers.values()} == {403}


def test_another_person_in_the_same_browser(school: School, lesson: Lesson) -> None:
    browser = signed_in(school.coach)
    kept = polled(browser, addresses(school, lesson))
    for other in (school.admin, school.learner):
        signed_in(other, browser)
        asked_again(browser, kept)


def test_two_people_who_may_read_the_same(school: School, lesson: Lesson) -> None:
    """Also where the answer is the same, letter by letter: a tag tells nothing about what others have."""
    path = f"/api/lesson/{lesson.pk}/"
    coach, admin = signed_in(school.coach), signed_in(school.admin)
    kept = polled(coach, [path])
    assert asked_again(admin, kept)[path].content == kept[path][1]


def test_after_signing_out(school: School, lesson: Lesson) -> None:
    browser = Client()
    sent = {"username": "coach", "password": PASSWORD}
    assert browser.post("/api/session/", json.dumps(sent), content_type="application/json").status_code == 200
    kept = polled(browser, addresses(school, lesson))
    assert len(kept) == 14
    assert browser.delete("/api/session/").status_code == 204
    answers = asked_again(browser, kept)
    assert {answer.status_code for answer in answers.values()} == {403}
    assert all("ETag" not in answer.headers for answer in answers.values())


def test_another_language(school: School, lesson: Lesson) -> None:
    here = DeviceSettings.current()
    here.language = ""
    here.save()
    browser = signed_in(school.coach)
    kept = polled(browser, addresses(school, lesson))
    answers = asked_again(browser, kept, **{"Accept-Language": "fr"})
    assert {answer.headers["Content-Language"] for answer in answers.values()} == {"fr"}
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "sw"
    answers = asked_again(browser, kept)
    assert {answer.headers["Content-Language"] for answer in answers.values()} == {"sw"}
    # The computer's language, too.
    del browser.cookies[settings.LANGUAGE_COOKIE_NAME]
    kept = polled(browser, ["/api/lesson/"])
    here = DeviceSettings.current()
    here.language = "ar"
    here.save()
    asked_again(browser, kept)


def test_a_lesson_that_is_hidden(school: School, lesson: Lesson) -> None:
    learner, coach = signed_in(school.learner), signed_in(school.coach)
    kept = polled(learner, [f"/api/lesson/{lesson.pk}/", "/api/lesson/", "/api/lessonassignment/"])
    hidden = coach.patch(f"/api/lesson/{lesson.pk}/", {"active": False}, content_type="application/json")
    assert hidden.status_code == 200
    assert asked_again(learner, kept)[f"/api/lesson/{lesson.pk}/"].status_code == 404


@pytest.mark.parametrize("who", ["admin", "coach", "learner", "superuser"])
def test_a_tag_counts_every_table_that_rows_are_chosen_by(school: School, other_school: School, who: str) -> None:
    """Whatever a role's filter looks into is a table whose change ends the tag."""
    person = make_superuser(other_school.admin) if who == "superuser" else getattr(school, who)
    lists = [kind for kind in viewsets.registry if kind.__module__.startswith("kolibri.") and hasattr(kind, "list")]
    assert len(lists) >= 11
    for kind in lists:
        view: Any = kind()
        view.request = Request(RequestFactory().get("/"))
        view.request.user = FacilityUser.objects.get(pk=person.pk)
        chosen = view.annotate_queryset(view.filter_queryset(view.get_queryset()))
        used = set(re.findall(r'"(\w+)"', str(chosen.query))) & counters.counted_tables()
        assert used and used <= conditional.tables_read(view), kind


def test_errors_have_no_tag_and_are_not_kept(school: School, lesson: Lesson) -> None:
    browser = signed_in(school.learner)
    kept = polled(signed_in(school.coach), [f"/api/lesson/{lesson.pk}/"])
    ((_path, (tag, _body)),) = kept.items()
    for path in (f"/api/lesson/{'0' * 32}/", "/api/lesson/?collection=x", "/api/nothing/"):
        for asked in (tag, "*"):
            answer = browser.get(path, headers={"If-None-Match": asked})
            assert answer.status_code in (400, 404)
            assert "ETag" not in answer.headers
            assert answer.headers["Cache-Control"] == "no-store"


def test_a_write_asks_for_no_tag_and_gives_none(school: School, lesson: Lesson) -> None:
    coach = signed_in(school.coach)
    kept = polled(coach, [f"/api/lesson/{lesson.pk}/"])
    ((path, (tag, _body)),) = kept.items()
    answer = coach.patch(path, {"title": "Wind"}, content_type="application/json", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["title"]) == (200, "Wind")
    assert "ETag" not in answer.headers
