"""Learners choose their class and name; nobody with rights is ever listed, and nothing where it is turned off."""

import re

import pytest
from django.test import Client

from kolibri.core.auth import names_door
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import DoorSettings
from kolibri.core.auth.models import Membership
from tests.schools import School
from tests.schools import make_superuser

ADDRESS = "/sign-in/"


def page(client: Client, **query) -> str:
    answer = client.get(ADDRESS, query)
    assert answer.status_code == 200
    return answer.content.decode()


def names(html: str) -> list[str]:
    return re.findall(r'name="username" value="(\w+)"><bdi>', html)


def test_a_school_of_one_class_shows_its_names_at_once(client: Client, school: School):
    assert names(page(client)) == ["amina", "ben", "carla", "david", "esi"]


def test_a_press_signs_in(client: Client, school: School):
    answer = client.post(ADDRESS, {"username": "carla", "password": "", "next": "/learn/"})
    assert answer.headers["Location"] == "/learn/"
    assert client.session["_auth_user_id"] == school.learners[2].pk


def test_several_classes_are_chosen_from_first(client: Client, school: School):
    other = services.create_classroom(school.facility, "Grade 5")
    services.create_classroom(school.facility, "Nobody here")
    services.add_learners(other, [("Zed Zulu", "zed")])
    html = page(client)
    assert names(html) == []
    assert ("Grade 4" in html, "Grade 5" in html, "Nobody here" in html) == (True, True, False)
    assert names(page(client, **{"class": other.pk})) == ["zed"]
    assert names(page(client, **{"class": "nonsense"})) == []


def test_numbers_in_names_count_by_their_value(client: Client, school: School):
    tenth = services.create_classroom(school.facility, "Grade 10")
    services.add_learners(tenth, [(name, name.lower().replace(" ", "")) for name in ("Pia 10", "Pia 9", "Élan", "adi")])
    html = page(client)
    assert re.findall(r"Grade \d+", html) == ["Grade 4", "Grade 10"]
    assert names(page(client, **{"class": tenth.pk})) == ["adi", "élan", "pia9", "pia10"]
    assert names(page(Client(), name="pia")) == ["pia9", "pia10"]


def test_a_device_proposes_the_class_that_was_chosen_on_it(client: Client, school: School):
    other = services.create_classroom(school.facility, "Grade 5")
    services.add_learners(other, [("Zed Zulu", "zed")])
    assert names(page(client)) == []
    assert names(page(client, **{"class": other.pk})) == ["zed"]
    html = page(client)
    assert names(html) == ["zed"]
    # Another class is one press away, and a class that is gone is not insisted on.
    assert "?with=name&amp;class=&amp;next=" in html
    assert "Grade 4" in page(client, **{"with": "name", "class": ""})
    assert names(page(Client())) == []
    services.leave(other, [learner.pk for learner in names_door.learners(school.facility, other)])
    services.add_learners(services.create_classroom(school.facility, "Grade 6"), [("Yan Yu", "yan")])
    assert "Which class are you in?" in page(client)


def test_who_does_not_see_the_class_types_the_name(client: Client, school: School):
    other = services.create_classroom(school.facility, "Grade 5")
    services.add_learners(other, [("Lucía Zúñiga", "lucia"), ("محمَّد", "muhammad")])
    services.give_role(school.learners[1], school.classroom, role_kinds.COACH)
    assert names(page(client, name="zuniga LUC")) == ["lucia"]
    assert "Grade 5" in page(client, name="lucia").partition('id="found"')[2].partition("</form>")[0]
    assert names(page(client, name="محمد")) == ["muhammad"]
    assert names(page(client, name="a")) == ["amina", "carla", "david", "lucia"]
    for nobody in ("ben", "zed", "\x00", " ", "' OR 1=1", "x" * 200):
        assert names(page(client, name=nobody)) == []
    assert "Nobody of this name" in page(client, name="ben")
    names_door.set_shows_names(school.facility, False)
    assert names(page(client, name="lucia", **{"with": "name"})) == []


def test_the_form_is_one_press_away_and_first_at_the_window(client: Client, school: School, monkeypatch):
    assert 'id="id-username"' in page(client, **{"with": "username"})
    monkeypatch.setattr("kolibri.ui.views.sign_in.at_window", lambda request: True)
    html = page(client)
    assert 'id="id-username"' in html
    assert "choose your name" in html


@pytest.mark.parametrize("how", ["coach", "assistant", "superuser"])
def test_who_has_rights_is_not_listed(client: Client, school: School, how):
    """Also not as a member of the class: the name alone would not let them in, and tells whom to guess at."""
    person = school.learners[1]
    if how == "superuser":
        make_superuser(person)
    elif how == "coach":
        services.give_role(person, school.classroom, role_kinds.COACH)
    else:
        services.give_role(person, school.facility, role_kinds.ASSIGNABLE_COACH)
    assert names(page(client)) == ["amina", "carla", "david", "esi"]


def test_a_removed_learner_is_not_listed(client: Client, school: School):
    school.learner.date_deleted = school.learner.date_joined
    school.learner.save()
    assert names(page(client)) == ["ben", "carla", "david", "esi"]


def test_nothing_is_told_where_passwords_are_asked_for(client: Client, school: School):
    dataset = school.facility.dataset
    dataset.learner_can_login_with_no_password = False
    dataset.save()
    for query in ({}, {"with": "name"}, {"with": "name", "class": school.classroom.pk}):
        html = page(client, **query)
        assert "Amina" not in html
        assert "Grade 4" not in html
        assert 'id="id-username"' in html


def test_nothing_is_told_where_an_admin_has_turned_it_off(client: Client, school: School):
    names_door.set_shows_names(school.facility, False)
    for query in ({}, {"with": "name", "class": school.classroom.pk}):
        assert "Amina" not in page(client, **query)
    names_door.set_shows_names(school.facility, True)
    assert names(page(client))
    assert DoorSettings.objects.count() == 1


def test_the_names_of_another_school_are_not_here(client: Client, school: School, other_school: School):
    html = page(client, **{"class": other_school.classroom.pk})
    assert all(not name.startswith("v_") for name in names(html))


def test_a_full_class_takes_no_more_queries(client: Client, school: School, django_assert_max_num_queries):
    page(client)
    with django_assert_max_num_queries(8):
        page(client)
    services.add_learners(school.classroom, [(f"Learner {number}", f"learner{number}") for number in range(60)])
    with django_assert_max_num_queries(8):
        assert len(names(page(client))) == 65


def test_a_wrong_name_gets_the_form_and_its_sentence(client: Client, school: School):
    Membership.objects.all().delete()
    answer = client.post(ADDRESS, {"username": "nobody", "password": ""})
    assert answer.status_code == 400
    assert "do not belong together" in answer.content.decode()


def test_two_of_one_name_are_told_apart(client: Client, school: School):
    services.add_learners(school.classroom, [("Juma Ally", "juma"), ("Juma Ally", "jumaa")])
    told = re.findall(r'<bdi>([^<]+)</bdi> <small class="quiet"><bdi>(\w+)</bdi></small>', page(client))
    assert told == [("Juma Ally", "juma"), ("Juma Ally", "jumaa")]
    # Also where they are found among all classes.
    services.add_learners(services.create_classroom(school.facility, "Grade 5"), [("Zed Zulu", "zed")])
    found = page(client, **{"with": "name", "class": "", "name": "juma"})
    told = re.findall(r'<bdi>([^<]+)</bdi> <small class="quiet"><bdi>(\w+)</bdi></small>', found)
    assert told == [("Juma Ally", "juma"), ("Juma Ally", "jumaa")]
