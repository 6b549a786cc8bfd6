"""The school's people: who may, what is refused, and what can be taken back."""

import pytest
from django.test import Client

from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Role
from tests.school.test_classes import signed_in
from tests.school.test_classes import text
from tests.schools import PASSWORD

NEW = "seven-green-kites"


@pytest.fixture
def client(school):
    return signed_in(school.admin)


def at(person, *parts: str) -> str:
    return "/".join([f"/school/person/{person.pk}", *parts, ""])


def roles(person) -> set[tuple[str, str]]:
    return set(Role.objects.filter(user=person).values_list("kind", "collection_id"))


def asked(client, person):
    """Return the answers to every address."""
    yield client.get("/school/people/")
    yield client.get("/school/people/new/")
    yield client.post("/school/people/new/", {"full_name": "Zoe", "username": "zoe"})
    yield client.get(at(person))
    yield client.post(at(person), {"full_name": "Zoe", "username": "zoe"})
    yield client.post(at(person, "password"), {"password": NEW})
    yield client.post(at(person, "rights"), {"rights": "admin"})
    yield client.post(at(person, "remove"))
    yield client.post(at(person, "return"))


@pytest.mark.parametrize("who", ["learner", "coach"])
def test_only_admins_get_in(school, who):
    client = signed_in(getattr(school, who))
    before = (list(FacilityUser.all_objects.order_by("pk").values()), Role.objects.count())
    assert {answer.status_code for answer in asked(client, school.learners[1])} == {403}
    assert {answer.status_code for answer in asked(Client(), school.learners[1])} == {302}
    after = (list(FacilityUser.all_objects.order_by("pk").values()), Role.objects.count())
    assert before == after


def test_people_of_another_school_are_not_here(school, other_school, client):
    assert "v_amina" not in client.get("/school/people/").content.decode()
    before = list(FacilityUser.all_objects.filter(facility=other_school.facility).order_by("pk").values())
    for answer in list(asked(client, other_school.learner))[3:]:
        assert answer.status_code == 404
    assert before == list(FacilityUser.all_objects.filter(facility=other_school.facility).order_by("pk").values())


def test_people_are_found_by_a_part_of_name_or_username(school, client):
    assert "5 people" not in text(client.get("/school/people/", {"who": "teachers"}))
    found = text(client.get("/school/people/", {"q": "bel AM"}))
    assert "Amina Bello" in found and "Ben Carter" not in found
    teachers = text(client.get("/school/people/", {"who": "teachers"}))
    assert "Head Teacher" in teachers and "Teaches Grade 4" in teachers and "Amina" not in teachers
    learners = text(client.get("/school/people/", {"who": "learners"}))
    assert "Amina Bello amina Grade 4" in learners and "Head Teacher head" not in learners
    assert "Nobody is found" in text(client.get("/school/people/", {"q": "\x00%'\"zzz", "who": "x", "page": "zz"}))


def test_the_list_costs_the_same_for_one_page_of_many(school, client, django_assert_max_num_queries):
    services.add_learners(school.classroom, [(f"Learner {number:03}", "") for number in range(120)])
    with django_assert_max_num_queries(12):
        first = text(client.get("/school/people/"))
    assert "127 people" in first and "1 of 3" in first
    assert "Learner 119" in text(client.get("/school/people/", {"page": "3"}))


def test_a_person_is_added_and_becomes_a_teacher(school, client):
    answer = client.post("/school/people/new/", {"full_name": "Zoe Zulu", "username": "zoe", "password": NEW})
    zoe = FacilityUser.objects.get(username="zoe")
    assert answer["Location"].partition("?")[0] == at(zoe)
    client.post(at(zoe, "rights"), {"rights": "class_coach", "classes": [school.classroom.pk]})
    assert (role_kinds.COACH, school.classroom.pk) in roles(zoe)
    assert Client().login(username="zoe", password=NEW)
    client.post(at(zoe, "rights"), {"rights": "admin"})
    assert roles(zoe) == {(role_kinds.ADMIN, school.facility.pk)}
    client.post(at(zoe, "rights"), {"rights": "learner"})
    assert roles(zoe) == set()


@pytest.mark.parametrize("username", ["amina", "AMINA", "two words", "", "x" * 31])
def test_a_bad_username_is_refused_at_its_field(school, client, username):
    answer = client.post("/school/people/new/", {"full_name": "Zoe", "username": username})
    assert answer.status_code == 400
    assert 'id="error-username"' in answer.content.decode()
    assert FacilityUser.objects.count() == 7
    answer = client.post(at(school.learners[1]), {"full_name": "Ben", "username": username})
    assert answer.status_code == 400
    assert FacilityUser.objects.get(pk=school.learners[1].pk).full_name == "Ben Carter"


def test_a_new_password_works_and_ends_where_the_person_was_signed_in(school, client):
    there = Client()
    assert there.login(username="coach", password=PASSWORD)
    assert there.get("/coach/", follow=True).status_code == 200
    assert client.post(at(school.coach, "password"), {"password": NEW}).status_code == 302
    assert there.get("/coach/").headers["Location"].startswith("/sign-in/")
    assert not Client().login(username="coach", password=PASSWORD)
    assert Client().login(username="coach", password=NEW)


@pytest.mark.parametrize("password", ["", "1234", "password1"])
def test_a_teacher_s_password_is_not_one_that_anybody_tries(school, client, password):
    answer = client.post(at(school.coach, "password"), {"password": password})
    assert answer.status_code == 400
    assert 'id="error-password"' in answer.content.decode()
    assert Client().login(username="coach", password=PASSWORD)


def test_who_teaches_has_a_password_and_classes(school, client):
    answer = client.post(at(school.learner, "rights"), {"rights": "coach"})
    assert answer.status_code == 400 and "Give this person a password first" in text(answer)
    answer = client.post(at(school.coach, "rights"), {"rights": "class_coach"})
    assert answer.status_code == 400 and "Choose the classes" in text(answer)
    answer = client.post(at(school.coach, "rights"), {"rights": "emperor"})
    assert answer.status_code == 400
    assert roles(school.learner) == set()
    assert (role_kinds.COACH, school.classroom.pk) in roles(school.coach)


def test_classes_of_another_school_are_no_choice(school, other_school, client):
    data = {"rights": "class_coach", "classes": [other_school.classroom.pk]}
    assert client.post(at(school.coach, "rights"), data).status_code == 400
    assert other_school.classroom.pk not in {where for _kind, where in roles(school.coach)}


def test_nobody_changes_or_removes_oneself(school, client):
    assert client.post(at(school.admin, "rights"), {"rights": "learner"}).status_code == 400
    assert client.post(at(school.admin, "remove")).status_code == 400
    assert FacilityUser.objects.filter(pk=school.admin.pk).exists()
    assert roles(school.admin) == {(role_kinds.ADMIN, school.facility.pk)}


def test_who_was_removed_comes_back_with_everything(school, client):
    there = Client()
    there.force_login(school.learner)
    answer = client.post(at(school.learner, "remove"), follow=True)
    assert "is not in the school any more" in text(answer)
    assert not FacilityUser.objects.filter(pk=school.learner.pk).exists()
    assert there.get("/learn/").status_code == 302
    assert client.get(at(school.learner)).status_code == 404
    assert "Amina Bello" in text(client.get("/school/people/", {"who": "removed"}))
    assert client.post(at(school.learner, "return")).status_code == 302
    assert FacilityUser.objects.get(pk=school.learner.pk).memberships.count() == 2


def test_who_comes_back_to_a_taken_username_is_told(school, client):
    client.post(at(school.learner, "remove"))
    client.post("/school/people/new/", {"full_name": "Another Amina", "username": "amina"})
    answer = client.post(at(school.learner, "return"))
    assert answer.status_code == 400
    assert "Somebody already has this username" in text(answer)
