"""Who meets the wizard, and when."""

import pytest
from django.test import Client

from kolibri.core.auth.models import Facility
from kolibri.core.device.models import DeviceSettings
from tests.schools import make_superuser
from tests.setup.conftest import SCHOOL
from tests.setup.conftest import answer

GETS = [
    "",
    "language/",
    "school/",
    "class/",
    "content/",
    "content/found/",
    "finish/",
    "code/",
    "recover/",
    "bring/",
    "bring/around/",
]
POSTS = ["language/", "school/", "school/draft/", "school/password/", "class/", "class/draft/", "content/"]
POSTS += ["content/folder/", "code/new/", "code/written-down/", "recover/"]


@pytest.mark.parametrize("listener", ["window", "class", ""])
@pytest.mark.parametrize("address", [*(f"/setup/{page}" for page in GETS), "/", "/learn/", "/coach/"])
def test_without_the_key_the_computer_is_only_said_not_to_be_set_up(db, listener, address):
    client = Client()
    client.defaults["kolibri.listener"] = listener
    response = client.get(address)
    assert response.status_code == 403
    assert "not set up yet" in response.content.decode()


@pytest.mark.parametrize("address", POSTS)
def test_without_the_key_nothing_can_be_told(db, address):
    client = Client()
    client.defaults["kolibri.listener"] = "class"
    assert client.post(f"/setup/{address}", {**SCHOOL, "language": "en", "go": "later"}).status_code == 403
    assert not Facility.objects.exists() and not DeviceSettings.objects.exists()


def test_the_mark_of_the_window_is_nothing_on_the_classs_listener(window):
    answer(window)
    window.defaults["kolibri.listener"] = "class"
    assert window.get("/setup/content/").status_code == 403
    assert window.post("/setup/content/", {"go": "later"}).status_code == 403
    assert not Facility.objects.exists()


@pytest.mark.parametrize("address", ["/", "/learn/", "/setup/recover/", "/setup/code/", "/setup/finish/"])
def test_the_window_is_led_to_the_wizard_from_everywhere(window, address):
    assert window.get(address)["Location"] == "/setup/"


def test_fragments_lead_there_too(window):
    response = window.get("/learn/", headers={"HX-Request": "true"})
    assert response["HX-Redirect"] == "/setup/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_api_refuses_strangers_in_its_own_form(window, method):
    response = getattr(window, method)("/api/lesson/")
    assert response.status_code == 403
    (error,) = response.json()["errors"]
    assert error["code"] == "not_authenticated" and error["message"]


@pytest.mark.parametrize("address", ["", "language/", "school/", "class/", "content/", "content/found/"])
def test_after_the_wizard_nobody_meets_it_again(window, address):
    answer(window)
    window.post("/setup/content/", {"go": "later"})
    window.get("/setup/finish/")
    for client in (window, Client()):
        assert client.get(f"/setup/{address}")["Location"] in ("/", "/setup/finish/")
    window.logout()
    assert window.get(f"/setup/{address}")["Location"] == "/"


def test_posting_to_the_wizard_after_it_changes_nothing(window):
    answer(window)
    window.post("/setup/content/", {"go": "later"})
    for address in POSTS:
        window.post(f"/setup/{address}", {**SCHOOL, "school_name": "Other", "language": "en"})
    assert Facility.objects.get().name == SCHOOL["school_name"]


def test_whoever_is_signed_in_is_let_through(school):
    DeviceSettings.objects.all().delete()
    DeviceSettings.forget()
    client = Client()
    client.force_login(make_superuser(school.admin))
    assert client.get("/setup/code/").status_code == 200


@pytest.mark.parametrize("address", GETS)
def test_pages_refuse_the_wrong_method(window, address):
    answer(window)
    assert window.delete(f"/setup/{address}").status_code in (405, 302)
