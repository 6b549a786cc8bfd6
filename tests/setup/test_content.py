"""The last page, and the end of the wizard."""

import re
import threading
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import Facility
from kolibri.core.auth.models import FacilityUser
from kolibri.core.content.drives import Source
from kolibri.core.content.drives import SourceChannel
from kolibri.core.device import host
from kolibri.core.device import services
from kolibri.core.device.models import DeviceSettings
from kolibri.core.tasks.models import JobRow
from kolibri.errors import BadInput
from tests.setup.conftest import SCHOOL
from tests.setup.conftest import answer
from tests.setup.conftest import at_window

CHANNELS = (
    SourceChannel(id="a" * 32, name="Science", resources=4, size=2_000_000),
    SourceChannel(id="b" * 32, name="Mathematics", resources=4, size=1_000_000),
    SourceChannel(id="c" * 32, name="Broken", problem="This channel is damaged."),
)
STICK = Source("5" * 32, Path("/media/STICK"), Path("/media/STICK/KOLIBRI_DATA/content"), "STICK", 10**9, CHANNELS)


@pytest.fixture
def attached(monkeypatch):
    """The drives that are attached: a list to change."""
    found = []
    monkeypatch.setattr("kolibri.core.content.drives.find_sources", lambda: list(found))
    return found


def jobs():
    return list(JobRow.objects.filter(task__endswith="ImportChannels").values_list("arguments", flat=True))


def signed_in_as(client):
    return FacilityUser.objects.get(pk=client.session["_auth_user_id"]).username


def test_a_stick_is_offered_with_one_button(window, attached):
    attached.append(STICK)
    answer(window)
    html = window.get("/setup/content/").content.decode()
    assert re.findall(r'name="source" value="(\w+)"', html) == [STICK.id]
    assert "Bring in 2 channels from STICK" in re.sub(r"\s+", " ", html)
    assert "This channel is damaged." in html


def test_a_stick_that_comes_later_appears_without_a_reload(window, attached):
    answer(window)
    html = window.get("/setup/content/").content.decode()
    (address,) = re.findall(r'hx-get="([^"]*found[^"]*)" hx-trigger="every 2s"', html)
    assert window.get(address).status_code == 204
    attached.append(STICK)
    response = window.get(address)
    assert response.status_code == 200 and 'name="source"' in response.content.decode()
    (address,) = re.findall(r'hx-get="([^"]*found[^"]*)"', response.content.decode())
    assert window.get(address).status_code == 204
    attached.clear()
    assert 'name="source"' not in window.get(address).content.decode()


def test_one_press_imports_and_ends_in_the_class_signed_in(window, attached):
    attached.append(STICK)
    answer(window)
    response = window.post("/setup/content/", {"source": STICK.id})
    response = window.get(response["Location"])
    classroom = Classroom.objects.get()
    assert response["Location"] == f"/coach/class/{classroom.pk}/"
    assert signed_in_as(window) == "amina"
    assert [job["folder"] for job in jobs()] == ["/media/STICK"]
    assert [job["channels"] for job in jobs()] == [["a" * 32, "b" * 32]]
    assert classroom.membership.count() == 2
    assert DeviceSettings.current().is_provisioned


def test_later_ends_without_an_import(window, attached):
    answer(window)
    assert window.post("/setup/content/", {"go": "later"})["Location"] == "/setup/finish/"
    assert jobs() == []
    assert Facility.objects.get().name == SCHOOL["school_name"]


def test_a_stick_that_is_gone_is_told_and_nothing_is_made(window, attached):
    answer(window)
    response = window.post("/setup/content/", {"source": STICK.id})
    assert response.status_code == 400 and "not there any more" in response.content.decode()
    assert not Facility.objects.exists()


@pytest.mark.parametrize("source", ["\x00", "../..", "x" * 5_000])
def test_an_odd_source_is_no_source(window, attached, source):
    answer(window)
    assert window.post("/setup/content/", {"source": source}).status_code == 400
    assert not Facility.objects.exists()


def test_a_chosen_folder_is_offered_like_a_stick(window, attached, monkeypatch):
    answer(window)
    monkeypatch.setattr("kolibri.core.content.drives.look_at", lambda folder: STICK)
    assert window.post("/setup/content/folder/", {"folder": "/media/STICK"})["Location"] == "/setup/content/"
    assert f'value="{STICK.id}"' in window.get("/setup/content/").content.decode()
    window.post("/setup/content/", {"source": STICK.id})
    assert len(jobs()) == 1


@pytest.mark.parametrize("folder", ["", "relative", "/no/such/folder", "/a\x00b", "x" * 9_000, "/" + "x" * 4_000])
def test_a_bad_folder_is_named(window, attached, folder):
    answer(window)
    response = window.post("/setup/content/folder/", {"folder": folder})
    assert response.status_code == 400
    assert 'id="error-folder"' in response.content.decode()
    assert window.get("/setup/content/").status_code == 200


def test_a_folder_without_channels_says_which_to_choose(window, attached, tmp_path):
    answer(window)
    response = window.post("/setup/content/folder/", {"folder": str(tmp_path)})
    assert response.status_code == 400 and "KOLIBRI_DATA" in response.content.decode()


def test_in_our_own_window_a_dialog_asks_for_the_folder(window, attached, monkeypatch):
    chosen = [None, Path("/media/STICK")]

    class Desktop(host.NoHost):
        is_desktop = True

        def choose_folder(self):
            return chosen.pop(0)

    def look_at(folder):
        if folder != Path("/media/STICK"):
            raise BadInput("no", field="folder")
        return STICK

    monkeypatch.setattr("kolibri.core.content.drives.look_at", look_at)
    answer(window)
    host.register(Desktop())
    try:
        assert 'name="folder"' not in window.get("/setup/content/").content.decode()
        assert window.post("/setup/content/folder/")["Location"] == "/setup/content/"
        assert STICK.id not in window.get("/setup/content/").content.decode()
        window.post("/setup/content/folder/")
    finally:
        host.register(None)
    assert STICK.id in window.get("/setup/content/").content.decode()


def test_back_goes_to_the_class(window, attached):
    answer(window)
    assert window.post("/setup/content/", {"go": "back"})["Location"] == "/setup/class/"
    assert not Facility.objects.exists()


def test_a_second_press_gets_the_first_ones_result(window, attached):
    attached.append(STICK)
    answer(window)
    for _press in range(2):
        assert window.post("/setup/content/", {"source": STICK.id})["Location"] == "/setup/finish/"
    window.get("/setup/finish/")
    assert window.get("/setup/finish/")["Location"] == f"/coach/class/{Classroom.objects.get().pk}/"
    assert Facility.objects.count() == 1 and len(jobs()) == 1


def test_nobody_else_is_signed_in_by_the_finish_page(window, attached):
    answer(window)
    other = at_window(Client())
    other.get("/setup/content/")
    window.post("/setup/content/", {"go": "later"})
    for client in (other, at_window(Client()), Client()):
        assert "/coach/" not in client.get("/setup/finish/").get("Location", "")
        assert "_auth_user_id" not in client.session
    assert other.post("/setup/content/", {"go": "later"})["Location"] == "/"
    assert Facility.objects.count() == 1


def test_a_failure_leaves_no_school_and_no_job(window, attached, monkeypatch):
    attached.append(STICK)
    answer(window)

    def broken(*args, **kwargs):
        raise RuntimeError("power cut")

    monkeypatch.setattr("kolibri.setup.finishing.ImportChannels.enqueue", broken)
    window.raise_request_exception = False
    assert window.post("/setup/content/", {"source": STICK.id}).status_code == 500
    assert not Facility.objects.exists() and jobs() == []
    assert not services.is_provisioned()
    assert window.get("/setup/")["Location"] == "/setup/content/"


@pytest.mark.django_db(transaction=True)
def test_pressing_twice_at_once_makes_one_school(attached):
    attached.append(STICK)
    window = at_window(Client())
    answer(window)
    results, ready = [], threading.Barrier(2)

    def press():
        client = Client()
        client.defaults.update(window.defaults)
        client.cookies.update(window.cookies)
        ready.wait()
        try:
            results.append(client.post("/setup/content/", {"source": STICK.id})["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["/setup/finish/", "/setup/finish/"]
    assert Facility.objects.count() == 1 and Classroom.objects.count() == 1 and len(jobs()) == 1
    assert window.get("/setup/finish/")["Location"].startswith("/coach/class/")
    assert signed_in_as(window) == "amina"
