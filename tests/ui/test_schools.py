"""Signing in on a district's server: the school is chosen, and a name means somebody of that school alone."""

import pytest
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DeviceSettings
from tests.schools import PASSWORD
from tests.schools import School
from tests.schools import make_school


@pytest.fixture
def hill(db: None) -> School:
    return make_school("Hill School")


@pytest.fixture
def valley(hill: School) -> School:
    """Another school on the same server, with people of the same names; neither is the computer's own."""
    DeviceSettings(is_provisioned=True, language="en").save()
    return make_school("Valley School")


def sign_in(client: Client, username: str, school: School | None, password: str = "") -> int:
    chosen = {"school": school.facility.pk} if school else {}
    return client.post("/sign-in/", {"username": username, "password": password, **chosen}).status_code


def signed_in(client: Client) -> FacilityUser | None:
    key = client.session.get("_auth_user_id")
    return FacilityUser.objects.get(pk=key) if key else None


def test_a_name_means_somebody_of_the_chosen_school(hill: School, valley: School) -> None:
    for school in (valley, hill):
        client = Client()
        assert sign_in(client, "amina", school) == 302
        assert signed_in(client) == school.learner
        assert sign_in(client, "coach", school, PASSWORD) == 302
        assert signed_in(client) == school.coach


def test_nobody_gets_in_before_a_school_is_chosen(hill: School, valley: School) -> None:
    client = Client()
    page = client.get("/sign-in/").content.decode()
    assert page.count("Choose your school.") == 1
    for school in (None, School(hill.classroom, hill.classroom, hill.admin, hill.coach)):
        answer = client.post("/sign-in/", {"username": "amina", "school": school.facility.pk if school else ""})
        assert answer.status_code == 400
        assert 'role="alert">Choose your school.' in answer.content.decode()
        assert signed_in(client) is None


def test_the_school_is_proposed_on_the_device_from_then_on(hill: School, valley: School) -> None:
    client = Client()
    assert sign_in(client, "amina", valley, "wrong") == 400
    assert f'value="{valley.facility.pk}" selected' not in client.get("/sign-in/").content.decode()
    assert sign_in(client, "amina", valley) == 302
    assert "Valley School" in client.get("/learn/").content.decode()
    client.post("/sign-out/")
    page = client.get("/sign-in/").content.decode()
    assert f'value="{valley.facility.pk}" selected' in page
    assert "Choose your school." not in page
    # An address that a teacher hands out wins.
    page = client.get(f"/sign-in/?school={hill.facility.pk}").content.decode()
    assert f'value="{hill.facility.pk}" selected' in page


def test_other_peoples_names_are_not_among_the_choices(hill: School, valley: School) -> None:
    page = Client().get("/sign-in/").content.decode()
    assert "Hill School" in page and "Valley School" in page
    assert "Grade 4" not in page and "amina" not in page.lower()


def test_one_school_is_not_asked_for(hill: School) -> None:
    DeviceSettings(is_provisioned=True, language="en").save()
    client = Client()
    assert "<select" not in client.get("/sign-in/").content.decode().split("<main")[1]
    assert sign_in(client, "amina", None) == 302
    assert signed_in(client) == hill.learner


def test_a_computer_of_one_school_lets_nobody_else_in(school: School, other_school: School) -> None:
    client = Client()
    client.get("/sign-in/")
    page = client.get("/sign-in/").content.decode()
    assert 'name="school"' not in page
    assert sign_in(client, "v_amina", other_school) == 400
    assert sign_in(client, "amina", other_school) == 302
    assert signed_in(client) == school.learner
