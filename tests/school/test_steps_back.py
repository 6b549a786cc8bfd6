"""What an admin changed is taken back: added people, a person's name, number, classes and rights."""

import pytest
from django.test import Client

from kolibri.core.auth import people
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import LearnerGroup
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.models import Membership
from tests.school.test_classes import address
from tests.school.test_classes import members
from tests.school.test_classes import signed_in
from tests.school.test_classes import text
from tests.school.test_many_people import take_back
from tests.school.test_people import NEW
from tests.school.test_people import at
from tests.school.test_people import roles

NAMES = "Fatou Sow\nGoran Hadžić\nHana Ito"


@pytest.fixture
def client(school):
    return signed_in(school.admin)


def test_added_learners_are_gone_again(school, client):
    before = set(FacilityUser.all_objects.values_list("pk", flat=True))
    answer = client.post(address(school.classroom), {"names": NAMES})
    told = text(take_back(client, answer))
    assert "Undone: 3 learners were added." in told
    # Not only removed: nobody misses who was never here, and their usernames are free.
    assert set(FacilityUser.all_objects.values_list("pk", flat=True)) == before
    assert members(school.classroom) == {"amina", "ben", "carla", "david", "esi"}


def test_who_has_been_here_since_stays(school, client):
    answer = client.post(address(school.classroom), {"names": NAMES})
    assert Client().post("/sign-in/", {"username": "hana"})["Location"] == "/"
    told = text(take_back(client, answer))
    assert "Kept, because they have worked or were changed since: Hana Ito." in told
    assert members(school.classroom) == {"amina", "ben", "carla", "david", "esi", "hana"}


def test_added_learners_are_a_list_that_can_be_undone_for_30_days(school, client):
    client.post(address(school.classroom), {"names": NAMES})
    made = ListImport.objects.get()
    assert "3 people were added." in text(client.get("/school/people/list/"))
    client.post(f"/school/people/list/{made.pk}/undo/")
    assert "fatou" not in members(school.classroom)


def test_cards_for_who_was_added_are_one_press_away(school, client):
    answer = client.post(address(school.classroom), {"names": NAMES})
    html = client.get(answer["Location"]).content.decode()
    cards = f"/coach/class/{school.classroom.pk}/cards/"
    link = html.partition(f'href="{cards}?')[2].partition('"')[0].replace("&amp;", "&")
    shown = client.get(f"{cards}?{link}").content.decode()
    assert shown.count('class="login-card"') == 3 and "Fatou Sow" in shown
    # Of many the whole class's, which an address can name; and always in the head of the page.
    many = "\n".join(f"Learner {number}" for number in range(61))
    html = client.get(client.post(address(school.classroom), {"names": many})["Location"]).content.decode()
    assert html.count(f'href="{cards}"') == 2


def test_an_empty_class_has_no_cards(school, client):
    empty = services.create_classroom(school.facility, "Grade 5")
    assert "/cards/" not in client.get(address(empty)).content.decode()


def test_a_name_and_a_number_are_taken_back(school, client):
    ben = school.learners[1]
    answer = client.post(at(ben), {"full_name": "Benjamin", "username": "benjamin", "id_number": "117"})
    assert "Benjamin was changed." in text(client.get(answer["Location"]))
    # What was changed since stays.
    FacilityUser.objects.filter(pk=ben.pk).update(id_number="118")
    take_back(client, answer)
    ben.refresh_from_db()
    assert (ben.full_name, ben.username, ben.id_number) == ("Ben Carter", "ben", "118")


def test_a_username_that_is_taken_meanwhile_is_not_given_back(school, client):
    ben = school.learners[1]
    answer = client.post(at(ben), {"full_name": "Benjamin", "username": "benjamin"})
    services.create_person(school.facility, username="ben")
    assert take_back(client, answer).status_code == 400
    ben.refresh_from_db()
    assert (ben.full_name, ben.username) == ("Benjamin", "benjamin")


def test_nothing_changed_offers_nothing(school, client):
    ben = school.learners[1]
    answer = client.post(at(ben), {"full_name": ben.full_name, "username": ben.username})
    page = text(client.get(answer["Location"]))
    assert answer["Location"] == at(ben) and "Saved." in page and "Undo" not in page


def test_rights_are_taken_back(school, client):
    answer = client.post(at(school.coach, "rights"), {"rights": "admin"})
    assert roles(school.coach) == {(role_kinds.ADMIN, school.facility.pk)}
    take_back(client, answer)
    assert (role_kinds.COACH, school.classroom.pk) in roles(school.coach)
    assert (role_kinds.ADMIN, school.facility.pk) not in roles(school.coach)


def test_rights_that_somebody_has_given_or_taken_since_stay(school, client):
    client.post(at(school.coach, "rights"), {"rights": "admin"})
    answer = client.post(at(school.coach, "rights"), {"rights": "coach"})
    client.post(at(school.coach, "rights"), {"rights": "learner"})
    assert take_back(client, answer).status_code == 404
    assert roles(school.coach) == set()


def test_a_class_s_name_that_somebody_has_changed_since_stays(school, client):
    rename = f"{address(school.classroom)}rename/"
    answer = client.post(rename, {"name": "Five"})
    client.post(rename, {"name": "Six"})
    assert take_back(client, answer).status_code == 404
    school.classroom.refresh_from_db()
    assert school.classroom.name == "Six"
    take_back(client, client.post(rename, {"name": "Seven"}))
    school.classroom.refresh_from_db()
    assert school.classroom.name == "Six"


def test_rights_over_a_class_that_is_gone_are_none(school, client):
    answer = client.post(at(school.coach, "rights"), {"rights": "admin"})
    school.classroom.delete()
    take_back(client, answer)
    assert roles(school.coach) == set()


def test_classes_are_chosen_and_taken_back_with_the_groups(school, client):
    fifth = services.create_classroom(school.facility, "Grade 5")
    before = set(Membership.objects.values_list("user_id", "collection_id"))
    answer = client.post(at(school.learner, "classes"), {"classes": [fifth.pk]})
    assert set(Membership.objects.filter(user=school.learner).values_list("collection_id", flat=True)) == {fifth.pk}
    assert "amina" not in members(LearnerGroup.objects.get())
    take_back(client, answer)
    assert set(Membership.objects.values_list("user_id", "collection_id")) == before


def test_another_school_s_steps_are_refused(school, other_school, client):
    answer = client.post(at(school.coach, "rights"), {"rights": "admin"})
    kept = answer["Location"].partition("undo=")[2]
    stranger = signed_in(other_school.admin)
    assert stranger.post("/school/people/undo/", {"undo": kept}).status_code == 404
    assert signed_in(school.learner).post("/school/people/undo/", {"undo": kept}).status_code == 403


class TestNewPerson:
    def test_a_learner_comes_with_class_number_year_and_gender(self, school, client):
        form = {
            "full_name": "Zoe Zulu",
            "username": "zoe",
            "id_number": "117",
            "birth_year": "٢٠١٤",
            "gender": "FEMALE",
        }
        answer = client.post("/school/people/new/", {**form, "rights": "learner", "classes": [school.classroom.pk]})
        zoe = FacilityUser.objects.get(username="zoe")
        assert (zoe.id_number, zoe.birth_year, zoe.gender) == ("117", "2014", "FEMALE")
        assert "zoe" in members(school.classroom)
        page = client.get(answer["Location"])
        assert "Zoe Zulu was added." in text(page)
        assert all(shown in page.content.decode() for shown in ('value="2014"', 'value="117"', '"FEMALE" selected'))
        take_back(client, answer)
        assert not FacilityUser.all_objects.filter(username="zoe").exists()

    def test_a_teacher_comes_with_rights(self, school, client):
        form = {"full_name": "Zoe Zulu", "username": "zoe", "password": NEW, "rights": "class_coach"}
        client.post("/school/people/new/", {**form, "classes": [school.classroom.pk]})
        zoe = FacilityUser.objects.get(username="zoe")
        assert (role_kinds.COACH, school.classroom.pk) in roles(zoe)
        assert "zoe" not in members(school.classroom)
        assert Client().login(username="zoe", password=NEW)

    def test_another_one_of_the_kind_follows(self, school, client):
        form = {"full_name": "Zoe Zulu", "username": "zoe", "classes": [school.classroom.pk], "another": "yes"}
        answer = client.post("/school/people/new/", form)
        assert answer["Location"].startswith("/school/people/new/?")
        html = client.get(answer["Location"]).content.decode()
        assert "Zoe Zulu was added." in text(client.get(answer["Location"]))
        assert f'name="classes" value="{school.classroom.pk}" checked' in html and "Zoe Zulu</" not in html
        assert "Undone" in text(take_back(client, answer))

    @pytest.mark.parametrize(
        ("wrong", "field", "said"),
        [
            ({"rights": "coach"}, "password", "Write a password: who teaches needs one."),
            ({"rights": "admin", "password": "1234"}, "password", ""),
            ({"rights": "class_coach", "password": NEW}, "classes", "Choose the classes that this person teaches."),
            ({"rights": "emperor"}, "rights", ""),
            ({"birth_year": "14"}, "birth_year", "Write the year in four digits, for example 2014."),
            ({"gender": "X"}, "gender", "Choose one of the list."),
            ({"id_number": "9" * 65}, "id_number", ""),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nobody_is_made(self, school, client, wrong, field, said):
        form = {"full_name": "Zoe Zulu", "username": "zoe", **wrong}
        answer = client.post("/school/people/new/", form)
        html = answer.content.decode()
        assert answer.status_code == 400 and said in html
        assert html.count("has-error") == 1 and 'class="error"' in html
        assert not FacilityUser.all_objects.filter(username="zoe").exists() and not ListImport.objects.exists()

    def test_another_school_s_class_is_no_choice(self, school, other_school, client):
        form = {"full_name": "Zoe Zulu", "username": "zoe", "classes": [other_school.classroom.pk]}
        client.post("/school/people/new/", form)
        assert not Membership.objects.filter(user__username="zoe").exists()


def test_a_peer_s_words_that_the_form_does_not_show_stay(school, client):
    ben = school.learners[1]
    FacilityUser.objects.filter(pk=ben.pk).update(birth_year="NOT_SPECIFIED", gender="DEFERRED")
    html = client.get(at(ben)).content.decode()
    assert "NOT_SPECIFIED" not in html.partition('id="id-birth_year"')[2].partition(">")[0]
    form = {"full_name": "Benjamin", "username": "ben", "id_number": "", "birth_year": "", "gender": ""}
    client.post(at(ben), form)
    ben.refresh_from_db()
    assert (ben.full_name, ben.birth_year, ben.gender) == ("Benjamin", "NOT_SPECIFIED", "DEFERRED")
    client.post(at(ben), {**form, "birth_year": "2013", "gender": "MALE"})
    client.post(at(ben), form)
    ben.refresh_from_db()
    assert (ben.birth_year, ben.gender) == ("", "")


def test_removed_people_stay_removed(school, client):
    """A step back over somebody who was removed meanwhile names nobody."""
    ben = school.learners[1]
    answer = client.post(at(ben), {"full_name": "Benjamin", "username": "ben"})
    people.remove(ben, school.admin)
    kept = answer["Location"].partition("undo=")[2]
    assert client.post("/school/people/undo/", {"undo": kept}).status_code == 404
