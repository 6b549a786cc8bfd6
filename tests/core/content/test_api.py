"""The content API: read only, signed in, without what is for coaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from tests.schools import School
from tests.schools import make_superuser
from tests.sticks import RESOURCES
from tests.sticks import Stick

Bring = Callable[..., Any]
CHANNELS = "kolibri:core:channel-list"
NODES = "kolibri:core:contentnode-list"


@pytest.fixture
def content(stick: Stick, bring: Bring) -> Stick:
    bring(stick)
    return stick


def signed_in(user: Any) -> APIClient:
    client = APIClient()
    client.force_authenticate(user=user)
    return client


@pytest.mark.parametrize("name", [CHANNELS, NODES])
def test_signing_in_is_needed(name: str, content: Stick) -> None:
    assert APIClient().get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", [CHANNELS, NODES])
@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_is_written(name: str, method: str, content: Stick, school: School) -> None:
    client = signed_in(make_superuser(school.admin))
    assert getattr(client, method)(reverse(name), {"title": "x"}).status_code == 405
    detail = reverse(name.replace("-list", "-detail"), args=[content.channel_id])
    assert getattr(client, method)(detail, {"title": "x"}).status_code == 405


def test_channels(content: Stick, school: School, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    client = signed_in(school.learner)
    with django_assert_max_num_queries(4):  # settings, counters, rights, rows
        (channel,) = client.get(reverse(CHANNELS)).json()
    assert (channel["name"], channel["resources"], channel["total_resources"]) == (
        "Sample channel",
        RESOURCES,
        RESOURCES,
    )
    assert channel["size"] == content.storage_bytes()
    assert client.get(reverse("kolibri:core:channel-detail", args=[content.channel_id])).json()["id"] == channel["id"]


def test_folder_in_its_order(content: Stick, school: School) -> None:
    answer = signed_in(school.coach).get(reverse(NODES), {"parent": content.channel_id}).json()
    assert [node["title"] for node in answer["results"]] == ["Water", "Numbers", "Sounds and stories"]


def test_resource_with_its_files(content: Stick, school: School) -> None:
    address = reverse("kolibri:core:contentnode-detail", args=[content.node_ids["The water cycle"]])
    node = signed_in(school.learner).get(address).json()
    assert (node["kind"], node["duration"], node["activities"]) == ("video", 8, ["watch"])
    assert {file["preset"] for file in node["files"]} == {"high_res_video", "video_subtitle", "video_thumbnail"}
    assert all(file["url"].startswith("/content/storage/") for file in node["files"])


def test_coach_content_is_kept_from_learners(content: Stick, school: School) -> None:
    notes = content.node_ids["Notes for teachers"]
    address = reverse("kolibri:core:contentnode-detail", args=[notes])
    for user, code in ((school.learner, 404), (school.coach, 200), (school.admin, 200)):
        assert signed_in(user).get(address).status_code == code
        for query in ({"ids": notes}, {"search": "notes"}, {"parent": content.node_ids["Water"]}):
            found = [node["id"] for node in signed_in(user).get(reverse(NODES), query).json()["results"]]
            assert (notes in found) is (code == 200)


def test_search(content: Stick, school: School) -> None:
    answer = signed_in(school.coach).get(reverse(NODES), {"search": "water w"}).json()
    assert [node["title"] for node in answer["results"]][:2] == ["Water words", "Water words"]
    assert answer["count"] == 3


def test_number_of_queries_does_not_grow(
    content: Stick, school: School, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(school.coach)
    client.get(reverse(NODES))  # the computer's settings are kept from then on
    for size in (1, 100):
        with django_assert_max_num_queries(6):
            assert client.get(reverse(NODES), {"page_size": size}).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("parent", "x"),
        ("parent", "\0"),
        ("channel_id", "../etc"),
        ("content_id", "G" * 32),
        ("ids", "1,2"),
        ("ids", ",".join(["0" * 32] * 201)),
        ("search", "x" * 101),
        ("search", "\0"),
        ("kind", "\0"),
    ],
)
def test_bad_filters_are_named(field: str, value: str, content: Stick, school: School) -> None:
    answer = signed_in(school.coach).get(reverse(NODES), {field: value})
    assert answer.status_code == 400
    assert field in str(answer.json())


@pytest.mark.parametrize("pk", ["0" * 32, "x", "%00", "A" * 300])
def test_what_is_not_here(pk: str, content: Stick, school: School) -> None:
    address = reverse(NODES) + f"{pk}/"
    assert signed_in(school.coach).get(address).status_code == 404
