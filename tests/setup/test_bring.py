"""Setting a computer up with a school that is there already, on another one."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

import pytest
from django.test import Client
from morango.models import InstanceIDModel

from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DeviceSettings
from kolibri.core.sync.network import nearby
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.nearby import Found
from kolibri.core.tasks import engine
from kolibri.setup import bringing
from tests.core.sync.network.servers import Office
from tests.schools import PASSWORD
from tests.schools import make_school
from tests.setup.conftest import answer

pytestmark = pytest.mark.desktop("a server with a home of its own")

PAGE = "/setup/bring/"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    made.start()
    yield made
    made.stop()


def asked(window: Client, office: Office, **changes: str) -> str:
    fields = {"address": office.address, "username": "Head", "password": PASSWORD, **changes}
    response = window.post(PAGE, fields)
    return response.content.decode() or response["Location"]


def test_a_school_is_brought_in_and_its_admin_signed_in(window: Client, office: Office):
    answer(window, upto="school")
    assert PAGE in window.get("/setup/school/").content.decode()
    assert asked(window, office) == PAGE
    html = window.get(PAGE).content.decode()
    assert 'id="bringing"' in html and PASSWORD not in html
    assert not DeviceSettings.current().is_provisioned
    engine.run_queued()
    assert window.get(PAGE)["Location"] == "/coach/"
    settings = DeviceSettings.objects.get()
    assert settings.is_provisioned and settings.default_facility is not None
    assert settings.default_facility.name == "Hill School"
    head = FacilityUser.objects.get(username="head")
    assert head.is_superuser
    assert window.session["_auth_user_id"] == head.pk
    assert window.get("/coach/", follow=True).status_code == 200
    # The wizard is over, for everybody.
    assert window.get(PAGE)["Location"] == "/"


def test_what_is_wrong_stands_beside_its_field_and_the_rest_stays_typed(window: Client, office: Office):
    answer(window, upto="school")
    html = asked(window, office, password="wrong")
    assert 'id="error-password"' in html and 'value="Head"' in html and "wrong" not in html
    assert 'id="error-username"' in asked(window, office, username="")
    assert 'id="error-address"' in asked(window, office, address="127.0.0.1:1")
    assert 'id="error-address"' in asked(window, office, address="")
    assert not FacilityUser.objects.exists()


def test_a_computer_that_is_found_is_chosen_instead_of_typed(
    window: Client, office: Office, monkeypatch: pytest.MonkeyPatch
):
    own = InstanceIDModel.get_or_create_current_instance()[0].id
    around = [
        Found(office.address, "ab" * 16, "The <gym>", "kolibri-desktop 0.1.0"),
        Found("http://127.0.0.1:1/", own, "This one", "kolibri-desktop 0.1.0"),
    ]
    monkeypatch.setattr(nearby.search, "found", lambda: around)
    assert window.get(f"{PAGE}around/")["Location"] == "/setup/"
    answer(window, upto="school")
    html = window.get(PAGE).content.decode()
    assert "The &lt;gym&gt;" in html and "This one" not in html
    assert f'hx-get="{PAGE}around/"' in html
    assert '" checked>' not in window.get(f"{PAGE}around/").content.decode()
    assert '" checked>' in window.get(f"{PAGE}around/", {"found": office.address}).content.decode()
    # The choice stays when something else was wrong.
    assert '" checked>' in asked(window, office, address="", found=office.address, password="wrong")
    assert asked(window, office, address="", found=office.address) == PAGE
    assert 'id="bringing"' in window.get(PAGE).content.decode()


def test_one_can_change_ones_mind(window: Client, office: Office):
    answer(window, upto="school")
    asked(window, office)
    assert window.post(f"{PAGE}stop/")["Location"] == "/setup/school/"
    engine.run_queued()
    assert 'id="bringing"' not in window.get(PAGE).content.decode()
    assert not FacilityUser.objects.exists()


@pytest.mark.parametrize("password", ["", "wrong"])
def test_a_second_try_asks_for_the_password_as_the_first(window: Client, office: Office, password: str):
    """Who was named there is signed in at the end: a computer that has joined must not take anybody's word for it."""
    answer(window, upto="school")
    assert asked(window, office) == PAGE
    window.post(f"{PAGE}stop/")
    html = asked(window, office, username="head", password=password)
    assert 'id="error-password"' in html or 'id="error-username"' in html
    engine.run_queued()
    assert window.get(PAGE).status_code == 200 and not FacilityUser.objects.exists()
    assert asked(window, office) == PAGE
    engine.run_queued()
    assert window.get(PAGE)["Location"] == "/coach/"


def test_the_language_comes_first(window: Client):
    assert window.get(PAGE)["Location"] == "/setup/"


@pytest.mark.parametrize("typed", ["head", "HEAD", "Head"])
def test_of_two_people_of_one_name_the_admin_becomes_the_keeper(db: None, typed: str):
    """As syncs can bring them: the other computer has let an admin in, never the learner."""
    school = make_school()
    assert school.admin.username == "head"
    early = school.admin.date_joined - datetime.timedelta(days=9)
    learner = FacilityUser(username="HEAD", facility=school.facility, dataset_id=school.facility.dataset_id)
    learner.date_joined = early
    learner.save()
    partner = Partner.objects.create(dataset_id=school.facility.dataset_id, address="http://192.168.1.7/")
    assert bringing.adopt(bringing.Bringing(partner, typed, None), "en") == school.admin
    assert [one.username for one in FacilityUser.objects.all() if one.is_superuser] == ["head"]
