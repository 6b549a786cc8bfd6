"""The library: what a learner finds in it, what stays hidden, and who may close it."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.device import services as device
from kolibri.core.device.models import DevicePermissions
from kolibri.core.logger.models import ContentSummaryLog
from tests.screens import bring
from tests.sticks import make_stick

LIBRARY = "/learn/library/"


def titles(answer: HttpResponse) -> list[str]:
    return re.findall(r"<strong><bdi>(.*?)</bdi>", answer.content.decode())


def shown(client: Client, **query: str) -> list[str]:
    answer = client.get(LIBRARY, query)
    assert answer.status_code == 200
    return titles(answer)


def open_to_learners(channel: str):
    return ContentNode.objects.filter(channel_id=channel).available().for_learners()


def test_the_only_channel_is_open_and_every_resource_can_be_reached(client, channel):
    wanted = set(open_to_learners(channel).resources().values_list("pk", flat=True))
    found: set[str] = set()
    ways = [LIBRARY]
    seen = set()
    while ways:
        page = client.get(ways.pop()).content.decode()
        found |= set(re.findall(r'href="/learn/library/([0-9a-f]{32})/"', page))
        further = {f"{LIBRARY}?topic={topic}" for topic in re.findall(r"\?topic=([0-9a-f]{32})", page)} - seen
        seen |= further
        ways += further
    assert found == wanted and wanted
    for node in wanted:
        page = client.get(f"{LIBRARY}{node}/").content.decode()
        assert ContentNode.objects.get(pk=node).title in page


def test_several_channels_are_listed_with_what_is_in_them(client, computer, channel, tmp_path):
    bring(make_stick(tmp_path / "two", channels=2), computer)
    names = list(ChannelMetadata.objects.values_list("name", flat=True))
    assert shown(client) == names and len(names) == 2
    root = ChannelMetadata.objects.get(pk=channel).root_id
    assert shown(client, topic=channel) == shown(client, topic=root) != []


def test_a_search_finds_by_any_word(client, channel):
    assert "The water cycle" in shown(client, q="WATER")
    answer = client.get(LIBRARY, {"q": "giraffe"})
    assert titles(answer) == [] and "giraffe" in answer.content.decode()


def test_what_is_for_teachers_only_is_not_there(client, channel):
    node = open_to_learners(channel).resources().get(title="The water cycle")
    ContentNode.objects.filter(content_id=node.content_id).update(coach_content=True)
    assert "The water cycle" not in shown(client, q="water")
    assert node.parent is not None
    assert "The water cycle" not in shown(client, topic=node.parent.pk)
    assert client.get(f"{LIBRARY}{node.pk}/").status_code == 404


@pytest.mark.parametrize("address", ["?topic=" + "0" * 32, "?topic=nothing", "?topic=%00", "0" * 32 + "/"])
def test_what_is_not_here_is_said(client, channel, address):
    assert client.get(LIBRARY + address).status_code == 404


def test_a_folder_named_as_a_resource_is_opened_as_a_folder(client, channel):
    folder = ContentNode.objects.filter(channel_id=channel, kind="topic").exclude(parent=None).available().first()
    answer = client.get(f"{LIBRARY}{folder.pk}/")
    assert answer["Location"] == f"{LIBRARY}?topic={folder.pk}"


def test_a_visit_from_the_library_is_kept_and_shown(client, channel, school):
    node = open_to_learners(channel).resources().get(title="The water cycle")
    page = client.get(f"{LIBRARY}{node.pk}/").content.decode()
    tells = re.search(r'data-visit="([^"]*)"', page)
    assert tells
    body = {"contentnode_id": node.pk, "seconds": 40, "progress": 1}
    assert client.put(f"{tells[1]}{'1' * 32}/", body, content_type="application/json").status_code == 200
    assert ContentSummaryLog.objects.get(user=school.learner).content_id == node.content_id
    listed = client.get(LIBRARY, {"topic": node.parent_id}).content.decode()
    assert "Finished" in listed


def test_a_long_folder_takes_no_more_queries_than_a_short_one(client, channel):
    short = ContentNode.objects.filter(channel_id=channel, kind="topic").exclude(parent=None).available().first()
    shown(client, topic=short.pk)
    with CaptureQueriesContext(connection) as few:
        client.get(LIBRARY, {"topic": short.pk})
    first = open_to_learners(channel).resources().filter(parent=short).first() or open_to_learners(channel).first()
    for number in range(60):
        ContentNode.objects.create(
            id=f"{number:032x}",
            content_id=f"{number:032x}",
            channel_id=channel,
            parent=short,
            kind="video",
            title=f"Film {number}",
            available=True,
            tree_id=first.tree_id,
            lft=first.lft,
            rght=first.rght,
            level=first.level,
        )
    with CaptureQueriesContext(connection) as many:
        assert len(shown(client, topic=short.pk)) >= 60
    assert len(many) == len(few)


def test_closed_it_is_not_there_and_lessons_are(client, channel, school):
    node = open_to_learners(channel).resources().first()
    assert LIBRARY in client.get("/learn/").content.decode()
    assert "Look in the library" in client.get("/learn/").content.decode()
    device.open_library(False)
    assert LIBRARY not in client.get("/learn/").content.decode()
    for address in (LIBRARY, f"{LIBRARY}{node.pk}/"):
        answer = client.get(address)
        assert answer.status_code == 403
        assert "Your lessons are open as before." in answer.content.decode()
    # Whoever teaches may look before it is opened again.
    coach = Client()
    coach.force_login(school.coach)
    assert coach.get(LIBRARY).status_code == 200


def test_who_runs_this_computer_opens_and_closes_it(client, channel, school):
    DevicePermissions.objects.create(user=school.admin, is_superuser=True)
    keeper = Client()
    keeper.force_login(school.admin)
    address = reverse("kolibri:computer:library")
    assert client.post(address).status_code == 403
    assert client.get(LIBRARY).status_code == 200
    page = keeper.post(address, follow=True).content.decode()
    assert "Learners see their lessons only" in page
    assert client.get(LIBRARY).status_code == 403
    page = keeper.post(address, {"open": "on"}, follow=True).content.decode()
    assert "Learners have a library" in page and re.search(r'name="open"[^>]* checked', page)
    assert client.get(LIBRARY).status_code == 200


def test_without_content_the_library_says_who_can_bring_some(client):
    answer = client.get(LIBRARY)
    assert answer.status_code == 200 and "There is nothing in the library yet." in answer.content.decode()


def test_what_cannot_be_shown_yet_is_said_before_it_is_opened(client, channel):
    answer = client.get(LIBRARY, {"q": "Adding"}).content.decode()
    assert "Exercise · not shown yet" in answer
    assert "not shown yet" not in client.get(LIBRARY, {"q": "The water cycle"}).content.decode()


def test_a_book_that_is_none_can_still_be_saved(client, computer, channel):
    node = ContentNode.objects.get(title="How a plant grows")
    address = f"{LIBRARY}{node.pk}/"
    assert "data-book" not in client.get(address).content.decode()
    client.defaults["kolibri.content_origin"] = "http://127.0.0.1:4321"
    assert "data-book" in client.get(address).content.decode()
    (path,) = (computer / "content" / "storage").rglob("*.epub")
    path.write_bytes(b"no book")
    page = client.get(address).content.decode()
    assert "data-book" not in page and "cannot be shown yet" in page and "Save the file" in page
