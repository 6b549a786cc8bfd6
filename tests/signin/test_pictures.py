"""Learners say who they are and press three pictures; nobody with rights ever does."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from kolibri.core.auth import pictures
from kolibri.core.auth import school_settings
from kolibri.core.auth import services
from kolibri.core.auth.constants import role_kinds
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.ways import Way
from kolibri.errors import BadInput
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_superuser


def use(school: School, way: Way) -> None:
    facility = Facility.objects.select_related("dataset").get(pk=school.facility.pk)
    school_settings.write(facility, replace(school_settings.read(facility), way=way))


def fresh(person: FacilityUser) -> FacilityUser:
    found: FacilityUser = FacilityUser.all_objects.get(pk=person.pk)
    return found


def code_of(person: FacilityUser) -> str:
    return str(fresh(person).picture_password)


def address(person: FacilityUser) -> str:
    return f"/sign-in/pictures/{person.pk}/"


def press(client: Client, person: FacilityUser, code: str, **more: str):
    """Send what the page's script sends at the third press."""
    so_far, _dot, last = code.rpartition(".")
    return client.post(address(person), {"so_far": so_far, "picture": last, **more})


def wrong_for(person: FacilityUser) -> str:
    return ".".join(reversed(code_of(person).split(".")))


@pytest.fixture
def pictured(school: School) -> School:
    use(school, Way.PICTURES)
    return school


def test_who_turns_it_on_gives_each_learner_three_pictures_of_their_own(client: Client, school: School):
    client.force_login(school.admin)
    sent = {"name": "Hill School", "way": "pictures", "may_edit_password": "on"}
    assert client.post("/school/settings/", sent).status_code == 302
    codes = [code_of(learner) for learner in school.learners]
    assert len(set(codes)) == 5
    assert all(len(pictures.read(code)) == 3 for code in codes)
    assert fresh(school.coach).picture_password is None
    assert fresh(school.admin).picture_password is None
    dataset = FacilityDataset.objects.get(pk=school.facility.dataset_id)
    assert dataset.picture_password_settings == {"icon_style": "colorful", "show_icon_text": True}
    assert not dataset.learner_can_edit_password
    assert not dataset.learner_can_login_with_no_password


def test_it_is_undone_and_the_pictures_are_the_same_afterwards(client: Client, school: School):
    client.force_login(school.admin)
    client.post("/school/settings/", {"name": "Hill School", "way": "pictures"})
    before = code_of(school.learner)
    client.post("/school/settings/undo/")
    assert FacilityDataset.objects.get(pk=school.facility.dataset_id).way_in is Way.NAME
    assert Client().get(address(school.learner)).headers["Location"].startswith("/sign-in/")
    use(school, Way.PICTURES)
    assert code_of(school.learner) == before


def test_three_pictures_sign_in(client: Client, pictured: School):
    answer = press(client, pictured.learner, code_of(pictured.learner), next="/learn/")
    assert answer.headers["Location"] == "/learn/"
    assert client.session["_auth_user_id"] == pictured.learner.pk


def test_the_name_leads_to_the_pictures(client: Client, pictured: School):
    html = client.get("/sign-in/").content.decode()
    assert address(pictured.learners[1]) in html
    assert 'name="username" value=' not in html
    typed = client.post("/sign-in/", {"username": "BEN", "password": "", "next": "/learn/"})
    assert typed.headers["Location"] == f"{address(pictured.learners[1])}?next=%2Flearn%2F"


def test_each_press_can_be_sent_by_itself(client: Client, pictured: School):
    so_far = ""
    numbers = code_of(pictured.learner).split(".")
    for place, number in enumerate(numbers, start=1):
        answer = client.post(address(pictured.learner), {"so_far": so_far, "picture": number})
        if place < 3:
            so_far = re.search(r'name="so_far" value="([\d.]*)"', answer.content.decode())[1]  # type: ignore[index]
            assert so_far == ".".join(numbers[:place])
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == pictured.learner.pk


@pytest.mark.parametrize("sent", [{}, {"so_far": "1.2", "picture": "13"}, {"so_far": "..", "picture": "x"}])
def test_nonsense_begins_anew(client: Client, pictured: School, sent):
    answer = client.post(address(pictured.learner), sent)
    assert answer.status_code == 200
    assert 'name="so_far" value=""' in answer.content.decode()


def test_wrong_pictures_are_refused_with_a_sentence(client: Client, pictured: School):
    answer = press(client, pictured.learner, wrong_for(pictured.learner))
    assert answer.status_code == 400
    assert "These are not your pictures." in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_pictures_of_another_learner_are_refused(client: Client, pictured: School):
    assert press(client, pictured.learner, code_of(pictured.learners[1])).status_code == 400


def test_guessing_has_to_wait(client: Client, pictured: School, clock):
    client.get(address(pictured.learner))
    told = [press(client, pictured.learner, wrong_for(pictured.learner)).status_code for _try in range(9)]
    assert told == [400] * 8 + [429]
    waits = press(client, pictured.learner, code_of(pictured.learner))
    assert waits.status_code == 429
    assert int(waits.headers["Retry-After"]) > 0
    clock.pass_(60)
    assert press(client, pictured.learner, code_of(pictured.learner)).status_code == 302


@pytest.mark.parametrize("who", ["coach", "superuser", "removed", "other school"])
def test_nobody_else_enters_by_pictures(client: Client, pictured: School, other_school: School, who):
    person = {"coach": pictured.coach, "other school": other_school.learner}.get(who, pictured.learner)
    code = code_of(pictured.learner) if who != "other school" else "1.2.3"
    if who in ("coach", "other school"):
        FacilityUser.objects.filter(pk=pictured.learner.pk).update(picture_password=None)
        FacilityUser.objects.filter(pk=person.pk).update(picture_password=code)
    elif who == "superuser":
        make_superuser(person)
    else:
        FacilityUser.objects.filter(pk=person.pk).update(date_deleted="2026-01-01T00:00:00Z")
    for answer in (client.get(address(person)), press(client, person, code)):
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/sign-in/")
    assert "_auth_user_id" not in client.session


def test_a_learner_with_a_password_may_type_it(client: Client, pictured: School):
    services.set_password(learner := fresh(pictured.learner), PASSWORD)
    learner.save()
    answer = client.post("/sign-in/", {"username": "amina", "password": PASSWORD})
    assert answer.headers["Location"] == "/"


def test_who_is_given_rights_loses_pictures_and_session(client: Client, pictured: School):
    press(client, pictured.learner, code_of(pictured.learner))
    assert client.get("/me/").status_code == 200
    services.give_role(fresh(pictured.learner), pictured.facility, role_kinds.COACH)
    assert fresh(pictured.learner).picture_password is None
    assert client.get("/me/").status_code == 302


def test_the_session_ends_when_the_school_asks_for_passwords(client: Client, pictured: School):
    press(client, pictured.learner, code_of(pictured.learner))
    use(pictured, Way.PASSWORD)
    assert client.get("/me/").status_code == 302


def test_new_learners_get_pictures_however_they_come(client: Client, pictured: School):
    facility = Facility.objects.select_related("dataset").get(pk=pictured.facility.pk)
    made = services.create_person(facility, username="one", full_name="One")
    (added,) = services.add_learners(pictured.classroom, [("Two", "two")])
    FacilityDataset.objects.filter(pk=facility.dataset_id).update(learner_can_sign_up=True)
    answer = client.post("/join/", {"full_name": "Three", "classroom": pictured.classroom.pk}, follow=True)
    joined = FacilityUser.objects.get(full_name="Three")
    assert len({code_of(person) for person in (made, added, joined)} - {"None"}) == 3
    html = answer.content.decode()
    shown = re.findall(r"pictures\.\w*\.?svg#(\w+)", html)
    assert shown == [picture.drawing for picture in pictures.read(joined.picture_password)]


def test_who_came_from_elsewhere_is_given_pictures_by_the_coach(client: Client, pictured: School):
    FacilityUser.objects.filter(pk=pictured.learner.pk).update(picture_password=None)
    assert "You have no pictures yet." in client.get(address(pictured.learner)).content.decode()
    client.force_login(pictured.coach)
    cards = f"/coach/class/{pictured.classroom.pk}/cards/"
    assert "1 learner has no pictures yet." in client.get(cards).content.decode()
    assert client.post(f"/coach/class/{pictured.classroom.pk}/pictures/").status_code == 302
    assert code_of(pictured.learner) != "None"
    html = client.get(cards).content.decode()
    assert "no pictures yet" not in html
    assert html.count("pictures.svg#") + len(re.findall(r"pictures\.\w+\.svg#", html)) == 15


def test_cards_take_as_many_queries_for_any_class(client: Client, pictured: School, django_assert_max_num_queries):
    client.force_login(pictured.coach)
    services.add_learners(pictured.classroom, [(f"More {n}", "") for n in range(40)])
    client.get(f"/coach/class/{pictured.classroom.pk}/cards/")
    with django_assert_max_num_queries(12):
        client.get(f"/coach/class/{pictured.classroom.pk}/cards/")


def test_an_admin_gives_other_pictures(client: Client, pictured: School):
    client.force_login(pictured.admin)
    before = code_of(pictured.learner)
    client.post(f"/school/person/{pictured.learner.pk}/pictures/")
    now = code_of(pictured.learner)
    assert now not in (before, "None")
    assert client.post(f"/school/person/{pictured.coach.pk}/pictures/").status_code == 400
    assert press(Client(), pictured.learner, before).status_code == 400
    assert press(Client(), pictured.learner, now).status_code == 302


def test_more_learners_than_pictures_change_nothing(client: Client, school: School, monkeypatch):
    monkeypatch.setattr(pictures, "_CODES", pictures._CODES[:4])
    client.force_login(school.admin)
    answer = client.post("/school/settings/", {"name": "Another name", "way": "pictures"})
    assert answer.status_code == 400
    html = answer.content.decode()
    assert "There are pictures for 4 learners only" in html
    assert 'id="way-error"' in html
    school.facility.refresh_from_db()
    assert school.facility.name == "Hill School"
    assert FacilityDataset.objects.get(pk=school.facility.dataset_id).way_in is Way.NAME
    assert not FacilityUser.objects.exclude(picture_password=None).exists()


def test_the_pictures_of_who_left_are_free_again_when_they_are_needed(pictured: School, monkeypatch):
    monkeypatch.setattr(pictures, "_CODES", tuple(code_of(learner) for learner in pictured.learners))
    FacilityUser.objects.filter(pk=pictured.learner.pk).update(date_deleted="2026-01-01T00:00:00Z")
    (new,) = services.add_learners(pictured.classroom, [("New", "new")])
    assert code_of(new) == "None"
    assert services.give_pictures(pictured.facility) == 1
    assert code_of(new) != "None"
    with pytest.raises(BadInput):
        services.add_learners(pictured.classroom, [("Newer", "newer")])
        services.give_pictures(pictured.facility)
