"""Setting a computer up with a school that comes on a stick; the other computer is a process of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DeviceSettings
from kolibri.core.tasks import engine
from tests.core.sync.parcel.computers import Computer
from tests.setup.conftest import answer

pytestmark = pytest.mark.desktop("a computer with a home of its own")

PAGE = "/setup/stick/"


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computer]:
    """A computer with a school, an admin and a person who is none."""
    folder = tmp_path_factory.mktemp("old")
    builder = Computer(folder / "template", "builder")
    builder.build()
    template = Path(builder.database())
    builder.end()
    made = Computer(folder / "home", "Old", template)
    made.make_run_school(name="Hill School", admin="head")
    made.edit(what="person", number=0, text="Ben")
    yield made
    made.end()


@pytest.fixture
def stick(tmp_path: Path, settings) -> Path:
    place = tmp_path / "BLUE STICK"
    place.mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = [place]
    return place


def html(window: Client) -> str:
    return window.get(PAGE).content.decode()


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page) or re.search(
        rf'name="{name}"[^>]* value="([^"]+)"', page
    )
    return found[1] if found else ""


def let_in(old: Computer, stick: Path, *, save: bool = True) -> None:
    """What the teacher at the school's computer does."""
    (request,) = (stick / "KOLIBRI_SYNC").glob("*.kolibri-request")
    dataset = old.datasets()[0]
    old.sign(path=str(request), dataset=dataset)
    if save:
        old.write(stick=str(stick), dataset=dataset)


def join(window: Client) -> str:
    page = html(window)
    fields = {name: field(page, name) for name in ("answer", "fingerprint", "changes")}
    answered = window.post(PAGE, {"go": "join", **fields})
    return answered.content.decode()


def test_a_school_comes_on_a_stick_and_its_admin_signs_in(window: Client, old: Computer, stick: Path):
    answer(window, upto="school")
    assert PAGE in window.get("/setup/bring/").content.decode()
    assert "BLUE STICK" in html(window)
    assert window.post(PAGE, {"go": "ask", "place": str(stick)})["Location"] == PAGE
    assert "This computer has asked" in html(window) and "No answer for this computer" in html(window)
    let_in(old, stick)
    page = html(window)
    assert "Hill School" in page and old.look_fingerprint(dataset=old.datasets()[0]) in page
    assert join(window) == ""
    assert "The school is coming from the stick." in html(window)
    assert not DeviceSettings.current().is_provisioned
    engine.run_queued()
    page = html(window)
    assert "Hill School" in page and 'name="password"' in page
    # The school is here; nobody is signed in before an admin of it has shown a password.
    for username, password, says in (("head", "wrong", "error"), ("ben", "chalk-slate", "error"), ("", "", "error")):
        refused = window.post(PAGE, {"username": username, "password": password})
        assert refused.status_code >= 400 and says in refused.content.decode()
    assert not DeviceSettings.current().is_provisioned and "_auth_user_id" not in window.session
    assert window.post(PAGE, {"username": "Head", "password": "chalk-slate"})["Location"] == "/coach/"
    assert DeviceSettings.objects.get().is_provisioned
    head = FacilityUser.objects.get(username="head")
    assert head.is_superuser and window.session["_auth_user_id"] == head.pk
    assert FacilityUser.objects.count() == 2
    assert window.get(PAGE)["Location"] == "/"


def test_who_is_no_admin_does_not_run_the_computer(window: Client, old: Computer, stick: Path):
    answer(window, upto="school")
    window.post(PAGE, {"go": "ask", "place": str(stick)})
    let_in(old, stick)
    join(window)
    engine.run_queued()
    ben = FacilityUser.objects.exclude(username="head").get()
    refused = window.post(PAGE, {"username": ben.username, "password": "chalk-slate"})
    assert refused.status_code == 400 and "Sign in as an admin." in refused.content.decode()
    assert not DeviceSettings.current().is_provisioned


def test_without_changes_on_the_stick_nothing_is_joined_yet(window: Client, old: Computer, stick: Path):
    answer(window, upto="school")
    window.post(PAGE, {"go": "ask", "place": str(stick)})
    let_in(old, stick, save=False)
    assert "Save them to it at the school’s computer, too." in join(window)
    old.write(stick=str(stick), dataset=old.datasets()[0])
    assert join(window) == ""


def test_a_damaged_file_is_said_and_another_one_goes_on(window: Client, old: Computer, stick: Path):
    answer(window, upto="school")
    window.post(PAGE, {"go": "ask", "place": str(stick)})
    let_in(old, stick)
    (changes,) = (stick / "KOLIBRI_SYNC").glob("*.kolibri-changes")
    whole = changes.read_bytes()
    changes.write_bytes(whole[:-200])
    join(window)
    engine.run_queued()
    page = html(window)
    assert 'value="bring"' in page and "attention" in page
    assert not FacilityUser.objects.exists()
    changes.write_bytes(whole)
    window.post(PAGE, {"go": "bring", "changes": str(changes)})
    engine.run_queued()
    assert FacilityUser.objects.count() == 2


def test_what_is_wrong_stands_beside_its_field(window: Client, stick: Path):
    answer(window, upto="school")
    assert 'id="error-folder"' in window.post(PAGE, {"go": "ask"}).content.decode()
    assert 'id="error-folder"' in window.post(PAGE, {"go": "ask", "folder": "/no/such/folder"}).content.decode()
    assert window.post(PAGE, {"go": "stop"})["Location"] == "/setup/school/"


def test_the_language_comes_first(window: Client):
    assert window.get(PAGE)["Location"] == "/setup/"
