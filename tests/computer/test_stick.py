"""The page that makes a stick for another school."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from django.conf import settings as current
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.content.importer import Import
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.tasks import MakeStick
from kolibri.core.device import host
from kolibri.core.device import window_key
from kolibri.core.tasks import engine
from tests.core.content.conftest import Watching
from tests.media import memory_disk
from tests.schools import make_superuser
from tests.screens import bring
from tests.sticks import RESOURCES
from tests.sticks import make_stick


@pytest.fixture
def client(school, computer):
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


@pytest.fixture
def channel(client, tmp_path):
    bring(make_stick(tmp_path / "source"), Path(current.KOLIBRI_HOME))
    return ChannelMetadata.objects.get()


@pytest.fixture
def drive(tmp_path, settings):
    """An empty stick in the computer."""
    root = tmp_path / "EMPTY STICK"
    root.mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = [root]
    return root


@pytest.fixture
def program(client) -> Path:
    """A program for Windows in the home's folder, as it is copied there from another stick."""
    folder = Path(current.KOLIBRI_HOME) / "installers" / "windows-portable"
    (folder / "_internal").mkdir(parents=True)
    (folder / "_internal" / "base_library.zip").write_bytes(b"PK" * 500_000)
    (folder / "kolibri-desktop.exe").write_bytes(b"MZ")
    return folder


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_a_stick_is_made_and_another_computer_imports_from_it(client, channel, drive, tmp_path):
    page = client.get("/computer/stick/")
    assert "EMPTY STICK" in text(page) and channel.name in text(page)
    assert "the stick gets channels only" in text(page) and str(Path(current.KOLIBRI_HOME) / "installers") in text(page)
    answer = client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk]})
    assert (answer.status_code, answer["Location"]) == (302, "/computer/stick/")
    assert "is being made" in text(client.get("/computer/stick/"))

    engine.run_queued()
    said = text(client.get("/computer/stick/"))
    assert "The stick EMPTY STICK is made" in said and f"{RESOURCES} of {RESOURCES} resources" in said
    ChannelMetadata.objects.all().delete()
    [result] = Import(drive / "KOLIBRI_DATA/content", tmp_path / "fresh", Watching()).run([channel.pk])
    assert (result["resources"], result["problems"]) == (RESOURCES, [])


def test_installers_of_the_home_come_with_it(client, channel, drive):
    folder = Path(current.KOLIBRI_HOME) / "installers"
    folder.mkdir(parents=True)
    (folder / "kolibri-desktop_1.0_amd64.deb").write_bytes(b"installer")
    assert "kolibri-desktop_1.0_amd64.deb" in text(client.get("/computer/stick/"))
    client.post("/computer/stick/make/", {"place": str(drive)})  # installers alone will do
    engine.run_queued()
    assert (drive / "linux/kolibri-desktop_1.0_amd64.deb").read_bytes() == b"installer"
    assert not (drive / "KOLIBRI_DATA").exists()


def test_a_program_that_runs_from_the_stick_comes_with_it(client, channel, drive, program):
    page = client.get("/computer/stick/")
    assert "Also a program that runs from the stick" in text(page)
    assert re.search(r"It needs 33\.0\sMB on the stick\.", text(page)) and "not at hand" not in text(page)
    assert "checked" not in page.content.decode().partition('name="portable"')[2].partition(">")[0]
    client.post("/computer/stick/make/", {"place": str(drive), "portable": "on"})  # it alone will do
    engine.run_queued()
    assert (drive / "windows-portable/kolibri-desktop.exe").read_bytes() == b"MZ"
    assert (drive / "windows-portable/portable.ini").is_file() and not (drive / "KOLIBRI_DATA").exists()
    said = text(client.get("/computer/stick/"))
    assert "The stick EMPTY STICK is made" in said and "in its folder: windows-portable" in said


def test_without_the_tick_it_stays_away(client, channel, drive, program):
    client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk]})
    engine.run_queued()
    assert (drive / "KOLIBRI_DATA").is_dir() and not (drive / "windows-portable").exists()
    assert "in its folder" not in text(client.get("/computer/stick/"))


def test_a_program_that_is_not_at_hand_is_said_with_where_to_get_it(client, channel, drive):
    said = text(client.get("/computer/stick/"))
    assert f"copy that folder from it to: {current.KOLIBRI_HOME}/installers/windows-portable" in said
    page = client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk], "portable": "on"})
    assert page.status_code == 400
    assert "The program for Windows is not at hand. Put in a stick that has it" in text(page)
    kept = page.content.decode().partition('name="portable"')[2].partition(">")[0]
    assert "checked" in kept and "error-portable" in kept and 'aria-invalid="true"' in kept
    assert MakeStick.find() == [] and list(drive.iterdir()) == []


def test_a_stick_without_room_for_the_program_is_said_before_anything_is_written(client, channel, program, tmp_path):
    with memory_disk(tmp_path / "small", "size=30m") as small:
        page = client.post("/computer/stick/make/", {"folder": str(small), "portable": "on"})
        assert page.status_code == 400
        assert re.search(r"This needs 41(\.\d)?\sMB, but only [\d.]+\sMB are free on the stick\.", text(page))
        assert MakeStick.find() == [] and list(small.iterdir()) == []


def test_a_program_that_is_gone_when_its_turn_comes_is_said_and_it_goes_on(client, channel, drive, program):
    client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk], "portable": "on"})
    away = program.rename(program.with_name("away"))
    engine.run_queued()
    said = text(client.get("/computer/stick/"))
    assert "is not finished" in said and "The program for Windows is not at hand." in said
    away.rename(program)
    client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk], "portable": "on"})
    engine.run_queued()
    assert (drive / "windows-portable/kolibri-desktop.exe").is_file()


def test_the_program_that_runs_now_is_taken_and_never_put_over_itself(
    client, channel, drive, program, tmp_path, monkeypatch
):
    """As on Windows, where the program that shows this page is the one."""
    own = tmp_path / "Kolibri Desktop"
    (own / "_internal").mkdir(parents=True)
    (own / "kolibri-desktop.exe").write_bytes(b"MZ of its own")
    (own / "uninstall.exe").write_bytes(b"MZ")
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(own / "kolibri-desktop.exe"))
    client.post("/computer/stick/make/", {"place": str(drive), "portable": "on"})
    engine.run_queued()
    made = drive / "windows-portable"
    assert (made / "kolibri-desktop.exe").read_bytes() == b"MZ of its own"
    assert not (made / "uninstall.exe").exists()
    monkeypatch.setattr(sys, "executable", str(made / "kolibri-desktop.exe"))
    page = client.post("/computer/stick/make/", {"place": str(drive), "portable": "on"})
    assert page.status_code == 400 and "Kolibri runs from this stick now and is on it already." in text(page)


def test_everything_wrong_is_marked_at_once(client, channel, drive):
    page = client.post("/computer/stick/make/", {"folder": "/no/such/place"})
    assert page.status_code == 400
    assert "There is no such folder on this computer." in text(page) and "Tick the channels" in text(page)
    assert 'value="/no/such/place"' in page.content.decode()
    assert "checked" not in page.content.decode().partition('name="channel"')[2].partition("</ul>")[0]
    page = client.post("/computer/stick/make/", {"channel": ["0" * 32]})
    assert "Put in a stick, or choose a folder." in text(page) and "any more" in text(page)
    assert MakeStick.find() == []


def test_a_stick_that_failed_says_why_and_how_to_go_on(client, channel, drive):
    client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk]})
    drive.rmdir()
    engine.run_queued()
    said = text(client.get("/computer/stick/"))
    assert "is not finished" in said and "no such folder" in said and "what was copied is kept" in said


def test_the_home_is_no_stick(client, channel):
    client.post("/computer/stick/make/", {"folder": str(current.KOLIBRI_HOME), "channel": [channel.pk]})
    engine.run_queued()
    assert "Choose another one." in text(client.get("/computer/stick/"))


def test_in_our_own_window_a_dialog_asks_for_the_folder(school, computer, tmp_path):
    chosen = [None, tmp_path]

    class Desktop(host.NoHost):
        is_desktop = True

        def choose_folder(self) -> Path | None:
            return chosen.pop(0)

    client = Client()
    client.force_login(school.coach)
    client.defaults["kolibri.listener"] = "window"
    client.get("/window/enter", {"key": window_key.issue(), "next": "/"})
    host.register(Desktop())
    try:
        assert 'name="folder"' not in client.get("/computer/stick/").content.decode()
        assert client.post("/computer/stick/folder/").status_code == 302
        assert str(tmp_path) not in client.get("/computer/stick/").content.decode().replace(str(computer), "")
        client.post("/computer/stick/folder/")
        page = client.get("/computer/stick/").content.decode()
        assert f'value="{tmp_path}" checked' in page
    finally:
        host.register(None)


def test_the_same_stick_is_asked_for_once(client, channel, drive):
    for _time in range(2):
        client.post("/computer/stick/make/", {"place": str(drive), "channel": [channel.pk]})
    assert len(MakeStick.find()) == 1


def test_the_page_asks_a_fixed_number_of_questions(client, channel, drive, tmp_path):
    client.get("/computer/stick/")
    with CaptureQueriesContext(connection) as one:
        client.get("/computer/stick/")
    bring(make_stick(tmp_path / "more", channels=4), Path(current.KOLIBRI_HOME))
    with CaptureQueriesContext(connection) as five:
        client.get("/computer/stick/")
    assert len(one) == len(five)
