"""A class as a whole: its name, copies, deletion and the way back, and its teachers."""

import pytest
from django.test import Client

from kolibri.core.auth import people
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from kolibri.core.auth.models import Role
from kolibri.core.bin import services as bin_services
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from tests.core.bin.test_bin import tables
from tests.school.test_classes import address
from tests.school.test_classes import members
from tests.school.test_classes import signed_in
from tests.school.test_classes import text
from tests.school.test_many_people import take_back
from tests.schools import PASSWORD
from tests.schools import make_superuser


@pytest.fixture
def client(school):
    return signed_in(school.admin)


@pytest.fixture
def teacher(school):
    """Somebody with a password, who teaches nothing yet."""
    return services.create_person(school.facility, username="zoe", full_name="Zoe Zulu", password=PASSWORD)


def coaches(classroom) -> set[str]:
    return set(Role.objects.filter(collection=classroom, kind="coach").values_list("user__username", flat=True))


def asked(client, school, deletion):
    """Return the answers to every address."""
    room = school.classroom
    yield client.post(address(room, "rename"), {"name": "Grade 9"})
    yield client.get(address(room, "copy"))
    yield client.post(address(room, "copy"), {"name": "Grade 9"})
    yield client.post(address(room, "teachers", "add"), {"coach": school.coach.pk})
    yield client.post(address(room, "teachers", "remove"), {"coach": school.coach.pk})
    yield client.post(f"/school/deleted/{deletion.pk}/return/")
    yield client.post(address(room, "delete"))


@pytest.fixture
def deletion(school):
    return bin_services.delete(services.create_classroom(school.facility, "Grade 1"), school.admin)


@pytest.mark.parametrize("who", ["learner", "coach"])
def test_only_admins_get_in(school, deletion, who):
    client, before = signed_in(getattr(school, who)), tables()
    assert {answer.status_code for answer in asked(client, school, deletion)} == {403}
    assert {answer.status_code for answer in asked(Client(), school, deletion)} == {302}
    assert {name: rows for name, rows in tables().items() if "session" not in name} == {
        name: rows for name, rows in before.items() if "session" not in name
    }


def test_another_schools_class_is_not_here(school, other_school, client):
    deletion = bin_services.delete(services.create_classroom(other_school.facility, "Grade 1"), other_school.admin)
    assert {answer.status_code for answer in asked(client, other_school, deletion)} == {404}
    assert Classroom.objects.get(pk=other_school.classroom.pk).name == "v_Grade 4"
    page = text(client.get(f"/school/?deleted={deletion.pk}"))
    assert "Deleted classes" not in page and "was deleted" not in page


def test_who_runs_the_computer_brings_back_in_every_school(school, other_school):
    client = signed_in(make_superuser(school.admin))
    answer = client.post(address(other_school.classroom, "delete"))
    assert "“v_Grade 4” was deleted." in text(client.get(answer["Location"]))
    pk = answer["Location"].partition("deleted=")[2]
    assert client.post(f"/school/deleted/{pk}/return/").status_code == 302
    assert Classroom.objects.filter(pk=other_school.classroom.pk).exists()


def test_a_class_is_renamed_in_its_place(school, client):
    answer = client.post(address(school.classroom, "rename"), {"name": " Grade 5 "})
    assert "“Grade 4” is called “Grade 5” now." in text(client.get(answer["Location"]))
    assert Classroom.objects.get(pk=school.classroom.pk).name == "Grade 5"
    assert "Undone" in text(take_back(client, answer))
    assert Classroom.objects.get(pk=school.classroom.pk).name == "Grade 4"


def test_a_name_that_is_another_class_s_now_is_not_given_back(school, client):
    answer = client.post(address(school.classroom, "rename"), {"name": "Grade 5"})
    services.create_classroom(school.facility, "Grade 4")
    told = take_back(client, answer)
    assert told.status_code == 400 and "There is already a class with this name." in text(told)
    assert Classroom.objects.get(pk=school.classroom.pk).name == "Grade 5"


@pytest.mark.parametrize("name", ["", " ", "grade 1", "x" * 101, "a\x00b"])
def test_a_bad_name_is_refused_at_its_field(school, client, name):
    services.create_classroom(school.facility, "Grade 1")
    for action in ("rename", "copy"):
        answer = client.post(address(school.classroom, action), {"name": name})
        html = answer.content.decode()
        assert answer.status_code == 400 and html.count('aria-invalid="true"') == 1
        assert name.replace("\x00", "").strip() in html
    assert sorted(Classroom.objects.values_list("name", flat=True)) == ["Grade 1", "Grade 4"]


def test_a_copy_has_the_same_people_in_the_same_groups(school, client):
    create_lesson(school.coach, collection=school.classroom, title="Rain")
    people.remove(school.learners[1], school.admin)
    page = client.get(address(school.classroom, "copy")).content.decode()
    assert 'value="Grade 4 2"' in page
    answer = client.post(address(school.classroom, "copy"), {"name": "Grade 4 2", "with_learners": "yes"})
    copy = Classroom.objects.get(name="Grade 4 2")
    assert answer["Location"] == address(copy)
    assert members(copy) == {"amina", "carla", "david", "esi"}
    assert members(LearnerGroup.objects.get(parent=copy, name="Readers")) == {"amina"}
    assert coaches(copy) == {"coach"}
    assert not Lesson.objects.filter(collection=copy).exists()
    assert members(school.classroom) >= members(copy)


def test_a_copy_may_leave_the_learners_out(school, client):
    client.post(address(school.classroom, "copy"), {"name": "Grade 5", "with_learners": "no"})
    copy = Classroom.objects.get(name="Grade 5")
    assert members(copy) == set() and not LearnerGroup.objects.filter(parent=copy).exists()
    assert coaches(copy) == {"coach"}


def test_a_copy_of_many_costs_as_much_as_of_few(school, client, django_assert_max_num_queries):
    services.add_learners(school.classroom, [(f"Learner {number}", "") for number in range(300)])
    with django_assert_max_num_queries(50):
        client.post(address(school.classroom, "copy"), {"name": "Grade 5", "with_learners": "yes"})
    assert len(members(Classroom.objects.get(name="Grade 5"))) == 305


def test_a_deleted_class_comes_back_whole(school, client):
    create_lesson(school.coach, collection=school.classroom, title="Rain")
    before = Membership.objects.count()
    answer = client.post(address(school.classroom, "delete"))
    listed = text(client.get(answer["Location"]))
    assert "“Grade 4” was deleted." in listed and "Undo" in listed
    assert "Deleted classes" in listed and "Bring back Grade 4" in listed
    assert client.get(address(school.classroom)).status_code == 404
    pk = answer["Location"].partition("deleted=")[2]
    answer = client.post(f"/school/deleted/{pk}/return/", follow=True)
    assert "“Grade 4” is here again." in text(answer)
    assert Membership.objects.count() == before and Lesson.objects.filter(title="Rain").exists()
    assert "Deleted classes" not in text(client.get("/school/"))
    # Pressed twice, or with an old page: nothing more happens.
    assert client.post(f"/school/deleted/{pk}/return/").status_code == 404
    assert "was deleted" not in text(client.get(f"/school/?deleted={pk}"))


@pytest.mark.parametrize("pk", ["nobody", "0" * 32, "\x00", "x" * 3_000])
def test_an_odd_deletion_is_none(client, pk):
    assert "was deleted" not in text(client.get("/school/", {"deleted": pk}))


def test_a_deleted_group_is_no_class_to_bring_back(school, client):
    deletion = bin_services.delete(LearnerGroup.objects.get(), school.coach)
    assert client.post(f"/school/deleted/{deletion.pk}/return/").status_code == 404


def test_teachers_come_and_go_and_come_back(school, client, teacher):
    page = client.get(address(school.classroom)).content.decode()
    assert f'<option value="{teacher.pk}"' in page and f'<option value="{school.coach.pk}"' not in page
    answer = client.post(address(school.classroom, "teachers", "add"), {"coach": teacher.pk}, follow=True)
    assert "Zoe Zulu teaches this class now." in text(answer)
    assert coaches(school.classroom) == {"coach", "zoe"}
    answer = client.post(address(school.classroom, "teachers", "remove"), {"coach": teacher.pk})
    assert coaches(school.classroom) == {"coach"} and not Role.objects.filter(user=teacher).exists()
    assert "does not teach this class any more" in text(client.get(answer["Location"]))
    client.post(address(school.classroom, "teachers", "add"), {"coach": teacher.pk})
    assert coaches(school.classroom) == {"coach", "zoe"}
    assert "any more" not in text(client.get(answer["Location"]))
    answer = client.post(address(school.classroom, "teachers", "remove"), {"coach": school.admin.pk})
    assert answer.status_code == 404


def test_who_teaches_elsewhere_stays_a_teacher(school, client, teacher):
    other = services.create_classroom(school.facility, "Grade 5")
    for room in (school.classroom, other):
        client.post(address(room, "teachers", "add"), {"coach": teacher.pk})
    client.post(address(other, "teachers", "remove"), {"coach": teacher.pk})
    assert Role.objects.filter(user=teacher, kind=role_kinds.ASSIGNABLE_COACH).count() == 1


def test_only_the_schools_people_with_a_password_teach(school, other_school, client):
    add = address(school.classroom, "teachers", "add")
    before = coaches(school.classroom)
    for coach in ("", "nobody", "0" * 32, other_school.coach.pk, school.learner.pk):
        answer = client.post(add, {"coach": coach})
        assert answer.status_code == 400 and 'id="error-coach"' in answer.content.decode()
    assert "Give this person a password first" in text(client.post(add, {"coach": school.learner.pk}))
    assert coaches(school.classroom) == before
    assert client.post(address(school.classroom, "teachers", "remove"), {"coach": "x"}).status_code == 400


def test_learners_with_passwords_do_not_fill_the_list_of_teachers(school, client):
    services.set_password(school.learner, PASSWORD)
    school.learner.save()
    assert f'<option value="{school.learner.pk}"' not in client.get(address(school.classroom)).content.decode()


def test_the_page_costs_the_same_with_many_teachers(school, client, django_assert_max_num_queries):
    for number in range(12):
        person = services.create_person(school.facility, username=f"t{number}")
        person.password = school.coach.password
        person.save()
        services.give_role(person, school.classroom, role_kinds.COACH)
    with django_assert_max_num_queries(14):
        client.get(address(school.classroom))
