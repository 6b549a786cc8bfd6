"""What an admin lets learners do is what they can do, and nothing else."""

import pytest
from django.test import Client

from kolibri.core.auth import school_settings
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityDataset
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import Membership
from kolibri.core.auth.signing_in_limits import Pace
from kolibri.core.auth.ways import Way
from tests.schools import PASSWORD
from tests.schools import School

ADDRESS = "/school/settings/"


@pytest.fixture
def admin(client: Client, school: School) -> Client:
    client.force_login(school.admin)
    return client


def signed_in(person: FacilityUser) -> Client:
    client = Client()
    client.force_login(FacilityUser.objects.get(pk=person.pk))
    return client


def choose(school: School, **wanted: bool) -> None:
    dataset = FacilityDataset.objects.get(pk=school.facility.dataset_id)
    for name, value in wanted.items():
        setattr(dataset, name, value)
    dataset.save()


def test_all_settings_are_saved_and_undone(admin, school):
    before = school_settings.read(school.facility)
    sent = {"name": "Hill Top School", "way": "password", "may_sign_up": "on", "may_edit_password": "on"}
    page = admin.post(ADDRESS, sent, follow=True).content.decode()
    school.facility.refresh_from_db()
    now = school_settings.read(type(school.facility).objects.get(pk=school.facility.pk))
    assert school.facility.name == "Hill Top School"
    assert now == school_settings.Settings(
        way=Way.PASSWORD,
        shows_names=False,
        may_sign_up=True,
        may_edit_name=False,
        may_edit_username=False,
        may_edit_password=True,
    )
    assert "The settings were changed." in page
    admin.post("/school/settings/undo/")
    school.facility.refresh_from_db()
    assert school.facility.name == "Hill School"
    assert school_settings.read(type(school.facility).objects.get(pk=school.facility.pk)) == before
    assert admin.post("/school/settings/undo/").status_code == 404


def test_what_somebody_changed_since_stays(admin, school):
    """Who presses Undo an hour later does not open what a colleague has closed meanwhile."""
    ticked = {name: "on" for name, value in school_settings.read(school.facility).as_json().items() if value is True}
    admin.post(ADDRESS, {"name": "Hill Top School", "way": "name", **ticked, "may_edit_name": "on"})
    colleague = Client()
    colleague.force_login(school.admin)
    colleague.post(ADDRESS, {"name": "Hill Top School", "way": "password"})
    now = school_settings.read(Facility.objects.get(pk=school.facility.pk))
    page = admin.post("/school/settings/undo/", follow=True).content.decode()
    assert "Undone. What somebody has changed since then stays." in page
    found = Facility.objects.get(pk=school.facility.pk)
    assert (found.name, school_settings.read(found)) == ("Hill School", now)
    # Nothing is left as it was written: nothing to undo.
    admin.post(ADDRESS, {"name": "Hill Top School", "way": "password"})
    colleague.post(ADDRESS, {"name": "Valley School", "way": "password"})
    assert admin.post("/school/settings/undo/").status_code == 404
    assert Facility.objects.get(pk=school.facility.pk).name == "Valley School"


def test_a_name_alone_is_undone(admin, school):
    before = school_settings.read(school.facility)
    sent = {name: "on" for name, value in before.as_json().items() if value is True}
    page = admin.post(ADDRESS, {"name": "Hill Top School", "way": before.way, **sent}, follow=True).content.decode()
    assert "The settings were changed." in page
    admin.post("/school/settings/undo/")
    school.facility.refresh_from_db()
    assert school.facility.name == "Hill School"


def test_a_school_without_a_name_is_not_saved(admin, school):
    before = school_settings.read(school.facility)
    answer = admin.post(ADDRESS, {"name": " ", "way": "password"})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    assert school_settings.read(type(school.facility).objects.get(pk=school.facility.pk)) == before


def test_without_passwords_there_is_none_to_change(admin, school):
    admin.post(ADDRESS, {"name": "Hill School", "way": "name", "may_edit_password": "on"})
    assert not FacilityDataset.objects.get(pk=school.facility.dataset_id).learner_can_edit_password


@pytest.mark.parametrize("field", ["full_name", "username"])
@pytest.mark.parametrize("is_allowed", [True, False])
def test_learners_change_what_they_may(school, field, is_allowed):
    choose(school, learner_can_edit_name=False, learner_can_edit_username=False)
    choose(school, **{"learner_can_edit_name" if field == "full_name" else "learner_can_edit_username": is_allowed})
    answer = signed_in(school.learner).post("/me/", {field: "another"})
    assert answer.status_code == (302 if is_allowed else 403)
    assert (getattr(FacilityUser.objects.get(pk=school.learner.pk), field) == "another") is is_allowed


def test_nobody_takes_a_username_that_is_taken(school):
    choose(school, learner_can_edit_username=True)
    answer = signed_in(school.learner).post("/me/", {"username": "COACH"})
    assert answer.status_code == 400
    assert "Somebody already has this username" in answer.content.decode()


def test_a_learner_without_passwords_sets_none(school):
    assert signed_in(school.learner).post("/me/password/", {"password": "something"}).status_code == 403
    assert not FacilityUser.objects.get(pk=school.learner.pk).has_own_password


def test_a_password_is_changed_by_who_knows_the_old_one(school):
    client = signed_in(school.coach)
    other = signed_in(school.coach)
    wrong = client.post("/me/password/", {"old_password": "guess", "password": "weak"})
    assert wrong.status_code == 400
    assert "This is not your password." in wrong.content.decode()
    assert wrong.content.decode().count('aria-invalid="true"') == 2
    answer = client.post("/me/password/", {"old_password": PASSWORD, "password": "seven green boats"}, follow=True)
    assert "You have a new password." in answer.content.decode()
    assert client.get("/me/").status_code == 200
    assert other.get("/me/").status_code == 302
    assert Client().post("/sign-in/", {"username": "coach", "password": "seven green boats"}).status_code == 302


def test_nobody_adds_himself_where_it_is_off(client, school):
    sent = {"full_name": "New Boy", "classroom": school.classroom.pk}
    assert client.get("/join/").status_code == 403
    assert client.post("/join/", sent).status_code == 403
    assert "I am new here" not in client.get("/sign-in/").content.decode()
    assert FacilityUser.objects.filter(full_name="New Boy").count() == 0


def test_a_learner_adds_himself(client, school):
    choose(school, learner_can_sign_up=True)
    assert "I am new here" in client.get("/sign-in/").content.decode()
    answer = client.post("/join/", {"full_name": "New Boy", "username": "", "classroom": school.classroom.pk})
    made = FacilityUser.objects.get(full_name="New Boy")
    assert answer.headers["Location"] == "/me/"
    assert client.session["_auth_user_id"] == made.pk
    assert Membership.objects.filter(user=made, collection=school.classroom).exists()
    assert not made.roles_held


def test_a_school_with_passwords_asks_for_one(client, school):
    choose(school, learner_can_sign_up=True, learner_can_login_with_no_password=False)
    answer = client.post("/join/", {"full_name": "", "username": "a b", "classroom": "nonsense"})
    assert answer.status_code == 400
    assert answer.content.decode().count('aria-invalid="true"') == 4
    assert not client.session.get("_auth_user_id")
    sent = {"full_name": "New Boy", "username": "boy", "password": "tree", "classroom": school.classroom.pk}
    assert client.post("/join/", sent).status_code == 302
    assert Client().post("/sign-in/", {"username": "boy", "password": "tree"}).status_code == 302


def test_a_class_of_another_school_is_not_joined(client, school, other_school):
    choose(school, learner_can_sign_up=True)
    answer = client.post("/join/", {"full_name": "New Boy", "classroom": other_school.classroom.pk})
    assert answer.status_code == 400
    assert not FacilityUser.objects.filter(full_name="New Boy").exists()


def test_a_program_cannot_fill_the_school(client, school, monkeypatch):
    choose(school, learner_can_sign_up=True)
    monkeypatch.setattr("kolibri.ui.views.join.NEW", Pace(free=3, first=15.0, forgets=60.0))
    told = [
        Client().post("/join/", {"full_name": f"Boy {number}", "classroom": school.classroom.pk}).status_code
        for number in range(4)
    ]
    assert told == [302, 302, 302, 400]


def test_an_admin_finds_the_sync_with_other_computers_there(admin):
    assert 'href="/computer/sync/"' in admin.get(ADDRESS).content.decode()
