"""Several people at once: what is done, what is refused whole, and the way back."""

import re

import pytest
from django.test import Client

from kolibri.core.auth import services
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import Membership
from tests.school.test_classes import address
from tests.school.test_classes import members
from tests.school.test_classes import signed_in
from tests.school.test_classes import text
from tests.schools import make_superuser

MANY = "/school/people/many/"


@pytest.fixture
def client(school):
    return signed_in(school.admin)


@pytest.fixture
def fifth(school):
    return services.create_classroom(school.facility, "Grade 5")


@pytest.fixture
def lone(school):
    """Somebody in no class, with a number."""
    person = services.create_person(school.facility, username="zoe", full_name="Zoe Zulu")
    person.id_number = "2026-117"
    person.save()
    return person


def found(answer) -> set[str]:
    return set(re.findall(r'<bdi class="state">([\w]+)</bdi>', answer.content.decode()))


def sent(people, **more):
    return {"person": [person.pk for person in people], **more}


def take_back(client, answer):
    """Press Undo where the answer leads, and return what is said then."""
    html = client.get(answer["Location"]).content.decode()
    return client.post("/school/people/undo/", {"undo": re.search(r'name="undo" value="(\w+)"', html)[1]}, follow=True)


def rows():
    return (
        sorted(Membership.objects.values_list("pk", "user_id", "collection_id")),
        sorted(FacilityUser.all_objects.values_list("pk", "username", "date_deleted")),
    )


def test_only_admins_get_in(school, fifth):
    for who, status in ((school.learner, 403), (school.coach, 403), (None, 302)):
        client = signed_in(who) if who else Client()
        before = rows()
        for does in ("in", "out", "remove"):
            assert client.post(MANY, sent(school.learners, do=does, classroom=fifth.pk)).status_code == status
        assert client.post("/school/people/undo/", {"undo": "x"}).status_code == status
        assert client.get(address(fifth, "people")).status_code == status
        assert client.post(address(fifth, "people"), sent(school.learners)).status_code == status
        assert rows() == before


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"room": "none", "who": "learners"}, {"zoe"}),
        ({"room": "none"}, {"zoe", "head", "coach"}),
        ({"q": "117"}, {"zoe"}),
        ({"q": "zulu 2026"}, {"zoe"}),
        ({"room": "GRADE 4", "who": "teachers"}, {"coach"}),
        ({"room": "GRADE 4"}, {"coach", "amina", "ben", "carla", "david", "esi"}),
        ({"room": "GRADE 5"}, set()),
        ({"room": "GRADE 5", "q": "zoe"}, set()),
    ],
)
def test_people_are_found_by_class_and_number(school, client, fifth, lone, asked, names):
    ids = {"GRADE 4": school.classroom.pk, "GRADE 5": fifth.pk}
    answer = client.get("/school/people/", asked | {"room": ids.get(asked.get("room"), asked.get("room", ""))})
    assert found(answer) - {"2026"} == names


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("Lucía Fernández", "lucia fernandez"),
        ("Lucía Fernández", "FERNÁN luc"),
        ("ÉLÈVE Un", "eleve"),
        ("Eleve Un", "Élève"),
        ("João Conceição", "JOAO conceicao"),
        ("Lucı\N{COMBINING ACUTE ACCENT}a", "lucı\N{COMBINING ACUTE ACCENT}a"),
        ("أحمد إبراهيم", "احمد ابراهيم"),
        ("فاطمة مُصطفى", "فاطمه مصطفي"),
        ("Ωmega Κώστας", "κωστας"),
    ],
)
def test_people_are_found_whatever_their_accents_and_case(school, client, fifth, name, typed):
    services.create_person(school.facility, username="wanted", full_name=name)
    for address_of_list in ("/school/people/", address(fifth, "people")):
        assert found(client.get(address_of_list, {"q": typed})) == {"wanted"}, address_of_list
        assert not found(client.get(address_of_list, {"q": f"{typed} wantedx"}))


@pytest.mark.parametrize("room", ["x", "\x00", "0" * 32, "none' OR 1=1", "A" * 5_000])
def test_an_odd_class_finds_all_or_nobody(school, other_school, client, room):
    answer = client.get("/school/people/", {"room": room})
    assert answer.status_code == 200 and len(found(answer)) in (0, 7)
    assert not found(client.get("/school/people/", {"room": other_school.classroom.pk}))


def test_people_are_put_into_a_class_and_that_is_taken_back(school, client, fifth, lone):
    services.enrol(fifth, [school.learner])
    before = rows()
    answer = client.post(MANY, sent([school.learner, lone], do="in", classroom=fifth.pk, q="o", who="learners"))
    assert members(fifth) == {"amina", "zoe"}
    assert "q=o&who=learners" in answer["Location"]
    assert "1 person is in “Grade 5” now." in text(client.get(answer["Location"]))
    assert "Undone: 1 person is in “Grade 5” now." in text(take_back(client, answer))
    assert rows() == before
    assert "Undo" not in text(client.get(answer["Location"]))


def test_people_are_taken_out_of_a_class_and_come_back_into_its_groups(school, client):
    other = services.create_group(school.classroom, "Singers", school.learners[1:])
    before = rows()
    answer = client.post(MANY, sent(school.learners[:3], do="out", classroom=school.classroom.pk))
    assert members(school.classroom) == members(other) == {"david", "esi"}
    assert not members(LearnerGroup.objects.get(name="Readers"))
    assert "3 people are not in “Grade 4” any more." in text(client.get(answer["Location"]))
    take_back(client, answer)
    assert rows() == before


def test_people_are_removed_and_come_back(school, client):
    before = rows()
    answer = client.post(MANY, sent(school.learners[:2], do="remove"))
    assert set(FacilityUser.objects.values_list("username", flat=True)) == {"head", "coach", "carla", "david", "esi"}
    assert "2 people are not in the school any more." in text(client.get(answer["Location"]))
    take_back(client, answer)
    assert rows() == before
    assert FacilityUser.objects.filter(_morango_dirty_bit=True, pk=school.learner.pk).exists()


def test_who_comes_back_to_a_taken_username_keeps_all_away(school, client):
    answer = client.post(MANY, sent(school.learners[:2], do="remove"))
    services.create_person(school.facility, username="Amina", full_name="Another Amina")
    refused = take_back(client, answer)
    assert refused.status_code == 400 and "“amina” is taken" in text(refused)
    assert not FacilityUser.objects.filter(username="ben").exists()


def test_what_is_wrong_is_said_at_once_and_nothing_is_done(school, other_school, client, fifth):
    before = rows()
    people = school.learners
    for data, words in (
        ({"do": "in"}, ("Tick the people first.", "Choose a class.")),
        ({"do": "dance"}, ("Tick the people first.", "Choose what to do with them.")),
        (sent(people, do="out"), ("Choose a class.",)),
        (sent(people, do="in", classroom=other_school.classroom.pk), ("Choose a class.",)),
        (sent(other_school.learners, do="remove"), ("Tick the people first.",)),
        (sent(people, do="in", classroom=school.classroom.pk), ("They are in this class already.",)),
        (sent(people, do="out", classroom=fifth.pk), ("None of them is in this class.",)),
        (sent([school.admin, *people], do="remove"), ("You cannot remove yourself.",)),
        ({"person": ["", "\x00", "x" * 5_000], "do": "remove", "page": "9" * 5_000}, ("Tick the people first.",)),
    ):
        answer = client.post(MANY, data)
        assert answer.status_code == 400
        for sentence in words:
            assert sentence in text(answer)
        # The ticks stay.
        ticks = set(re.findall(r'value="(\w+)" form="many" autocomplete="off" checked', answer.content.decode()))
        assert ticks == {person.pk for person in FacilityUser.objects.filter(facility=school.facility)} & set(
            data.get("person", ())
        )
    assert rows() == before


def test_a_step_back_is_taken_once_and_by_who_has_made_the_step(school, client):
    answer = client.post(MANY, sent(school.learners[:1], do="remove"))
    name = answer["Location"].partition("undo=")[2]
    stranger = services.create_person(school.facility, username="boss", password="chalk-and-slate")
    services.give_role(stranger, school.facility, "admin")
    for other, kept in ((signed_in(stranger), name), (client, "nonsense"), (client, "")):
        assert other.post("/school/people/undo/", {"undo": kept}).status_code == 404
    assert client.post("/school/people/undo/", {"undo": name}).status_code == 302
    assert client.post("/school/people/undo/", {"undo": name}).status_code == 404


def test_the_last_steps_only_are_kept(school, client):
    names = []
    for learner in school.learners + [services.create_person(school.facility, username="zoe")]:
        names.append(client.post(MANY, sent([learner], do="remove"))["Location"].partition("undo=")[2])
    assert client.post("/school/people/undo/", {"undo": names[0]}).status_code == 404
    for name in names[1:]:
        assert client.post("/school/people/undo/", {"undo": name}).status_code == 302


def test_a_step_in_a_class_that_is_gone_cannot_be_taken_back(school, client, fifth):
    answer = client.post(MANY, sent(school.learners, do="in", classroom=fifth.pk))
    fifth.delete()
    assert take_back(client, answer).status_code == 404


def test_the_list_costs_the_same_for_many_ticked(school, client, fifth, django_assert_max_num_queries):
    learners = services.add_learners(school.classroom, [(f"Learner {number:03}", "") for number in range(200)])
    for does in ("in", "remove"):
        with django_assert_max_num_queries(24):
            answer = client.post(MANY, sent(learners, do=does, classroom=fifth.pk))
        assert answer.status_code == 302


def test_people_of_the_school_are_put_into_a_class_from_its_page(school, client, fifth, lone):
    services.enrol(fifth, [school.learners[4]])
    assert address(fifth, "people") in client.get(address(fifth)).content.decode()
    page = client.get(address(fifth, "people"))
    assert found(page) == {"amina", "ben", "carla", "david", "zoe"}
    assert found(client.get(address(fifth, "people"), {"q": "117"})) == {"zoe"}
    assert found(client.get(address(fifth, "people"), {"room": "none"})) == {"zoe"}
    before = rows()
    answer = client.post(address(fifth, "people"), sent([school.learner, lone, school.learners[4]]))
    assert members(fifth) == {"amina", "esi", "zoe"}
    assert "2 people are in “Grade 5” now." in text(client.get(answer["Location"]))
    assert "Undone" in text(take_back(client, answer))
    assert rows() == before
    for data in ({}, {"person": ["x"]}, sent([school.learners[4]])):
        assert client.post(address(fifth, "people"), data).status_code == 400
    assert "Nobody is found" in text(client.get(address(fifth, "people"), {"q": "nobody at all"}))


def test_the_page_of_another_school_is_not_here(school, other_school, client):
    for call in (client.get, client.post):
        assert call(address(other_school.classroom, "people")).status_code == 404
    before = members(other_school.classroom)
    boss = signed_in(make_superuser(school.admin))
    answer = boss.post(address(other_school.classroom, "people"), sent([school.learner]))
    assert answer.status_code == 400 and members(other_school.classroom) == before
    new = services.create_person(other_school.facility, username="v_zoe")
    answer = boss.post(address(other_school.classroom, "people"), sent([new]))
    assert members(other_school.classroom) == before | {"v_zoe"}
    take_back(boss, answer)
    assert members(other_school.classroom) == before


def test_the_page_costs_the_same_for_many(school, client, fifth, django_assert_max_num_queries):
    services.add_learners(school.classroom, [(f"Learner {number:03}", "") for number in range(120)])
    with django_assert_max_num_queries(14):
        html = text(client.get(address(fifth, "people"), {"page": "2"}))
    assert "2 of 3" in html
