"""The school's classes and who is in them: who may, what is refused, and what can be taken back."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.auth import services
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from tests.schools import PASSWORD
from tests.schools import make_superuser


@pytest.fixture
def client(school):
    return signed_in(school.admin)


def signed_in(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(classroom, *parts: str) -> str:
    return "/".join([f"/school/class/{classroom.pk}", *parts, ""])


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def members(collection) -> set[str]:
    return set(Membership.objects.filter(collection=collection).values_list("user__username", flat=True))


def asked(client, school):
    """Return the answers to every address."""
    room = school.classroom
    yield client.get("/school/")
    yield client.post("/school/", {"name": "Grade 9"})
    yield client.get(address(room))
    yield client.post(address(room), {"names": "Zoe Zulu"})
    yield client.post(address(room, "usernames"), {"names": "Zoe Zulu"})
    yield client.post(address(room, "remove"), {"user": school.learner.pk})
    yield client.post(address(room, "return"), {"user": school.learner.pk})


@pytest.mark.parametrize("who", ["learner", "coach"])
@pytest.mark.parametrize("listener", ["class", "window", ""])
def test_only_admins_get_in(school, who, listener):
    before = (Classroom.objects.count(), FacilityUser.objects.count(), members(school.classroom))
    client = signed_in(getattr(school, who))
    client.defaults["kolibri.listener"] = listener
    assert {answer.status_code for answer in asked(client, school)} == {403}
    for answer in asked(Client(), school):
        assert answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
    assert before == (Classroom.objects.count(), FacilityUser.objects.count(), members(school.classroom))


def test_another_schools_class_is_not_here(school, other_school, client):
    before = members(other_school.classroom)
    answers = list(asked(client, other_school))[2:]
    assert {answer.status_code for answer in answers} == {404}
    assert members(other_school.classroom) == before
    assert other_school.classroom.name not in text(client.get("/school/"))


def test_who_runs_the_computer_runs_its_schools(school, other_school):
    client = signed_in(make_superuser(school.admin))
    assert client.get(address(other_school.classroom)).status_code == 200


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_the_wrong_method_is_refused(client, school, method):
    for place in ("/school/", address(school.classroom), address(school.classroom, "remove")):
        assert getattr(client, method)(place).status_code == 405
    assert client.get(address(school.classroom, "remove")).status_code == 405


def test_a_class_is_made_and_opened(client, school):
    answer = client.post("/school/", {"name": " Grade 5 "})
    made = Classroom.objects.get(name="Grade 5")
    assert answer["Location"] == address(made) and made.parent_id == school.facility.pk
    assert "Nobody is in this class yet." in text(client.get(answer["Location"]))
    assert "Grade 5 0 learners" in text(client.get("/school/"))


def test_numbers_in_names_count_by_their_value(client, school):
    rooms = [services.create_classroom(school.facility, f"Grade {number}") for number in (10, 5)]
    services.add_learners(rooms[0], [(f"Pupil {number}", f"pupil{number}") for number in (10, 9)])
    for number in (10, 5):
        services.enrol(rooms[number == 5], [school.learner])
    assert re.findall(r"Grade \d+", text(client.get("/school/")))[:3] == ["Grade 4", "Grade 5", "Grade 10"]
    shown = client.get(address(rooms[0])).content.decode()
    assert list(dict.fromkeys(re.findall(r"Pupil \d+", shown))) == ["Pupil 9", "Pupil 10"]
    assert "Grade 4 · Grade 5 · Grade 10" in text(client.get("/school/people/", {"q": school.learner.username}))


@pytest.mark.parametrize("name", ["", "   ", "a\x00b", "x" * 101, "Grade 4", "gRADE  4"])
def test_a_bad_name_is_refused_at_its_field(client, school, name):
    answer = client.post("/school/", {"name": name})
    assert answer.status_code == 400 and 'id="error-name"' in answer.content.decode()
    assert Classroom.objects.count() == 1


def test_a_list_of_names_is_one_name(client, school):
    client.post("/school/", {"name": ["Grade 5", "Grade 6"], "parent": ["x", "y"]})
    assert set(Classroom.objects.values_list("name", flat=True)) == {"Grade 4", "Grade 6"}


def test_the_lists_take_the_same_queries_whatever_their_length(client, school):
    client.get("/school/")
    counts = []
    for number in range(5, 8):
        room = services.create_classroom(school.facility, f"Grade {number}")
        services.add_learners(room, [(f"Learner {index}", "") for index in range(number)])
        with CaptureQueriesContext(connection) as classes:
            client.get("/school/")
        with CaptureQueriesContext(connection) as learners:
            assert f"{number} learners" in text(client.get(address(room)))
        counts.append((len(classes), len(learners)))
    assert len(set(counts)) == 1 and max(counts[0]) <= 8


def test_pasted_names_become_learners_who_can_sign_in(client, school):
    answer = client.post(address(school.classroom), {"names": "1. Fatou Sow\n\n- Amina Bello\nمحمد علي\n"})
    assert answer["Location"].partition("?")[0] == address(school.classroom)
    assert "3 learners were added." in text(client.get(answer["Location"]))
    assert members(school.classroom) >= {"fatou", "aminab", "محمد"}
    assert "were added" not in text(client.get(address(school.classroom)))
    assert Client().post("/sign-in/", {"username": "fatou"})["Location"] == "/"


def test_usernames_are_shown_first_and_can_be_changed(client, school):
    rows = client.post(address(school.classroom, "usernames"), {"names": "Fatou Sow\nAmina Bello"})
    assert re.findall(r'name="learner_username"[^>]*value="(\w+)"', rows.content.decode()) == ["fatou", "aminab"]
    assert FacilityUser.objects.count() == 7
    sent = {
        "names": "Fatou Sow\nAmina Bello",
        "learner_name": ["Fatou Sow", "Amina Bello"],
        "learner_username": ["lion", "aminab"],
        "learner_proposed": ["fatou", "aminab"],
    }
    client.post(address(school.classroom), sent)
    assert members(school.classroom) >= {"lion", "aminab"}


@pytest.mark.parametrize("username", ["AMINA", "has space", "x" * 31, "a\x00b", "émoji😀"])
def test_a_bad_username_is_named_in_its_row_and_nobody_is_made(client, school, username):
    sent = {
        "names": "Fatou Sow\nZoe Zulu",
        "learner_name": ["Fatou Sow", "Zoe Zulu"],
        "learner_username": ["fatou", username],
        "learner_proposed": ["fatou", "zoe"],
    }
    before = FacilityUser.objects.count()
    answer = client.post(address(school.classroom), sent)
    assert answer.status_code == 400
    assert 'id="learner-error-1"' in answer.content.decode() and 'id="learner-error-0"' not in answer.content.decode()
    assert "Fatou Sow" in answer.content.decode()
    assert FacilityUser.objects.count() == before


@pytest.mark.parametrize("names", ["", " \n\n", "\x00", "\n".join(f"Learner {number}" for number in range(301))])
def test_no_names_and_too_many_are_refused_at_the_box(client, school, names):
    before = FacilityUser.objects.count()
    answer = client.post(address(school.classroom), {"names": names})
    assert answer.status_code == 400 and 'id="error-names"' in answer.content.decode()
    assert FacilityUser.objects.count() == before


def test_a_learner_who_was_removed_comes_back_into_his_groups(client, school):
    readers = LearnerGroup.objects.get()
    answer = client.post(address(school.classroom, "remove"), {"user": school.learner.pk})
    assert "amina" not in members(school.classroom) | members(readers)
    html = client.get(answer["Location"]).content.decode()
    assert "is not in this class any more" in html
    assert FacilityUser.objects.filter(username="amina").exists()
    fields = re.findall(r'type="hidden" name="(user|group)" value="(\w+)"', html)
    sent = {"user": dict(fields)["user"], "group": [value for name, value in fields if name == "group"]}
    client.post(address(school.classroom, "return"), sent)
    assert "amina" in members(school.classroom) & members(readers)
    # Pressed twice, or with an old page: nothing more happens.
    client.post(address(school.classroom, "return"), sent)
    assert Membership.objects.filter(user=school.learner).count() == 2
    assert "any more" not in text(client.get(answer["Location"]))


def test_only_the_school_s_own_people_and_the_class_s_own_groups_are_brought_back(client, school, other_school):
    theirs = LearnerGroup.objects.get(parent=other_school.classroom)
    room = school.classroom
    answer = client.post(address(room, "return"), {"user": other_school.learner.pk})
    assert answer.status_code == 404
    client.post(address(room, "return"), {"user": school.learner.pk, "group": [theirs.pk, "\x00", "x" * 99, "0" * 32]})
    assert "amina" not in members(theirs)
    page = text(client.get(f"{address(room)}?removed={other_school.learner.pk}&group={theirs.pk}"))
    assert "any more" not in page


@pytest.mark.parametrize("user", ["", "\x00", "nobody", "0" * 32, "[]", "x" * 5_000])
def test_an_odd_learner_is_nobody(client, school, user):
    before = members(school.classroom)
    for action in ("remove", "return"):
        answer = client.post(address(school.classroom, action), {"user": user})
        assert answer.status_code in (400, 404)
    assert client.get(address(school.classroom), {"removed": user, "group": user}).status_code == 200
    assert members(school.classroom) == before


@pytest.mark.parametrize("pk", ["0" * 32, "nonsense", "A" * 32])
def test_a_class_that_is_not_here_is_said_to_be_so(client, pk):
    assert client.get(f"/school/class/{pk}/").status_code == 404


def test_a_coach_made_admin_gets_in(school):
    services.give_role(school.coach, school.facility, "admin")
    client = Client()
    client.post("/sign-in/", {"username": "coach", "password": PASSWORD})
    assert client.get("/school/").status_code == 200
