"""A file of somebody's own is deleted from its channel's page, which says first what lessons lose."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from django.test import Client

from kolibri.core.content import importer
from kolibri.core.content import services as content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.own import removing
from kolibri.core.content.own.adding import Added
from kolibri.core.lessons.services import create_lesson
from tests import own_files
from tests.own_files import PDF
from tests.own_files import PICTURE
from tests.own_files import Give
from tests.own_files import entry
from tests.schools import School
from tests.schools import make_superuser
from tests.screens import bring
from tests.sticks import make_stick


@pytest.fixture
def give(computer: Path, db: None) -> Give:
    return partial(own_files.add, computer)


@pytest.fixture
def keeper(school: School, computer: Path) -> Client:
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


def address(added: Added) -> str:
    return f"/computer/content/own-file/{added.id}/delete/"


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_it_goes_from_the_channel_the_lessons_and_the_library(keeper: Client, school: School, give: Give) -> None:
    (rain, leaf), _left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    create_lesson(school.coach, collection=school.classroom, title="Clouds", resources=[entry(rain), entry(leaf)])
    create_lesson(school.coach, collection=school.classroom, title="Leaves", resources=[entry(leaf)])
    channel_page = f"/computer/content/channel/{rain.channel_id}/"
    assert f'href="{address(rain)}" aria-label="Delete “Rain”"' in keeper.get(channel_page).content.decode()
    said = text(keeper.get(address(rain)))
    assert "Delete “Rain”?" in said and "1 lesson loses resources" in said
    assert "Clouds" in said and "1 of 2 resources" in said and "Leaves" not in said
    assert keeper.get("/learn/library/?q=rain").content.decode().count(rain.id)
    answer = keeper.post(address(rain))
    assert answer.status_code == 302 and answer["Location"] == channel_page
    assert address(rain) not in keeper.get(channel_page).content.decode()
    assert not keeper.get("/learn/library/?q=rain").content.decode().count(rain.id)
    assert keeper.get(address(rain)).status_code == keeper.post(address(rain)).status_code == 404
    assert "No lesson uses it." not in text(keeper.get(address(leaf)))


def test_the_last_one_takes_the_channel_along(keeper: Client, give: Give) -> None:
    (rain,), _left = give(("Rain.pdf", PDF))
    assert "No lesson uses it." in text(keeper.get(address(rain)))
    assert keeper.post(address(rain))["Location"] == "/computer/content/"
    assert not ChannelMetadata.objects.exists()


def test_a_channel_from_a_stick_offers_no_such_thing(
    keeper: Client, give: Give, tmp_path: Path, computer: Path
) -> None:
    give(("Rain.pdf", PDF))
    stick = make_stick(tmp_path / "STICK")
    bring(stick, computer)
    assert "/own-file/" not in keeper.get(f"/computer/content/channel/{stick.channel_id}/").content.decode()
    for method in (keeper.get, keeper.post):
        assert method(f"/computer/content/own-file/{stick.node_ids['Adding']}/delete/").status_code == 404
    assert content.resources_by_ids([stick.node_ids["Adding"]])[stick.node_ids["Adding"]].available


def test_what_hinders_it_is_said_on_its_page(keeper: Client, give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    (rain,), _left = give(("Rain.pdf", PDF))
    monkeypatch.setattr(removing, "WAIT", 0.1)
    with importer.one_at_a_time:
        answer = keeper.post(address(rain))
    assert answer.status_code == 409
    assert "Try again when that is done." in text(answer) and "Delete the file" in text(answer)
    assert content.resources_by_ids([rain.id])[rain.id].available


def test_a_coach_is_refused(school: School, give: Give) -> None:
    (rain,), _left = give(("Rain.pdf", PDF))
    client = Client()
    client.force_login(school.coach)
    assert client.get(address(rain)).status_code == client.post(address(rain)).status_code == 403
    assert content.resources_by_ids([rain.id])[rain.id].available
