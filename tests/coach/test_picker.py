"""The picker beside a lesson, and the preview of a resource."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.content import services as content
from kolibri.core.lessons.models import Lesson
from kolibri.core.lessons.services import create_lesson
from tests.coach.conftest import PAGES
from tests.coach.conftest import entries
from tests.schools import School
from tests.screens import bring
from tests.sticks import Stick
from tests.sticks import make_stick

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(school: School) -> Client:
    client = Client()
    client.force_login(school.coach)
    return client


@pytest.fixture
def lesson(school: School, channel: Stick) -> Lesson:
    resources = entries(*(channel.node_ids[title] for title in ("The water cycle", "Adding", "A steady tone")))
    return create_lesson(school.coach, collection=school.classroom, title="Rain", resources=resources)


def page(client: Client, lesson: Lesson, **query: str) -> str:
    return client.get(reverse("kolibri:coach:lesson", args=[lesson.pk]), query).content.decode()


def picker(html: str) -> str:
    return re.sub(r"\s+", " ", html[html.index('id="picker"') :])


def chosen(html: str) -> str:
    return html[html.index('id="chosen"') : html.index('id="picker-place"')]


def test_one_channel_is_opened_several_are_listed(client: Client, lesson: Lesson, tmp_path: Path, computer: Path):
    assert "Numbers" in picker(page(client, lesson))
    assert "Sample channel" not in picker(page(client, lesson))
    bring(make_stick(tmp_path / "second", channels=3), computer)
    listed = picker(page(client, lesson))
    names = ["Sample channel", "Sample channel 2", "Sample channel 3"]
    assert re.findall("Sample channel(?: [23])?", listed) == names
    assert "Numbers" not in listed
    second = content.list_channels()[1].root_id
    assert "Numbers" in picker(page(client, lesson, topic=second))
    assert 'aria-current="page"><bdi>Sample channel 2' in picker(page(client, lesson, topic=second))


def test_the_fragment_remembers_its_place_in_the_address(client: Client, lesson: Lesson, channel: Stick) -> None:
    address = reverse("kolibri:coach:pick", args=[lesson.pk])
    place = {"topic": channel.node_ids["The big book"]}
    answer = client.get(address, place, headers=HTMX)
    assert answer.content.count(b'name="add"') == PAGES
    assert answer["HX-Replace-Url"] == reverse("kolibri:coach:lesson", args=[lesson.pk]) + f"?topic={place['topic']}"
    assert client.get(address, place)["Location"] == answer["HX-Replace-Url"]
    found = client.get(address, {"q": "a & b"}, headers=HTMX)
    assert found["HX-Replace-Url"].endswith("?q=a+%26+b")


def test_what_is_not_a_resource_is_not_added(client: Client, lesson: Lesson, channel: Stick) -> None:
    address = reverse("kolibri:coach:resources", args=[lesson.pk])
    before = lesson.resources
    for bad in (channel.node_ids["Water"], "f" * 32, "nonsense", "\x00", ""):
        assert client.post(address, {"add": bad, "order": bad, "remove": bad}, headers=HTMX).status_code == 200
    lesson.refresh_from_db()
    assert lesson.resources == before


def test_more_than_a_lesson_holds_is_refused_at_the_list(client: Client, lesson: Lesson) -> None:
    entry = {"contentnode_id": "", "content_id": "f" * 32, "channel_id": "f" * 32}
    many = [{**entry, "contentnode_id": f"{number:032x}"} for number in range(501)]
    Lesson.objects.filter(pk=lesson.pk).update(resources=many)
    address = reverse("kolibri:coach:resources", args=[lesson.pk])
    refused = client.post(address, {"show": "list"}, headers=HTMX)
    assert refused.status_code == 422
    assert re.search(r'class="error" role="alert">[^<]+<', refused.content.decode())
    assert client.post(address, {"remove": "x"}).status_code == 400


def test_a_resource_that_is_gone_is_named(client: Client, lesson: Lesson, channel: Stick) -> None:
    content.delete_channel(channel.channel_id)
    html = chosen(page(client, lesson))
    for title in ("The water cycle", "Adding", "A steady tone"):
        assert title in html
        assert f"Remove “{title}”" in html
    assert html.count("gone from this computer") == 3
    assert "There is no content on this computer yet." in page(client, lesson)
    listed = client.get(reverse("kolibri:coach:class", args=[lesson.collection_id])).content.decode()
    assert "3 resources are gone" in listed
    preview = client.get(reverse("kolibri:coach:preview", args=[lesson.pk, channel.node_ids["Adding"]]))
    assert preview.status_code == 200
    assert b"Remove from the lesson" in preview.content
    address = reverse("kolibri:coach:resources", args=[lesson.pk])
    client.post(address, {"remove": channel.node_ids["Adding"]})
    lesson.refresh_from_db()
    assert len(lesson.resources) == 2


@pytest.mark.parametrize(
    ("title", "sign"),
    [
        ("The water cycle", "<video"),
        ("A steady tone", "<audio"),
        ("Water words", 'class="pdf'),
        ("Notes for teachers", 'class="pdf'),
    ],
)
def test_the_preview_is_what_learners_see(client: Client, lesson: Lesson, channel: Stick, title: str, sign: str):
    address = reverse("kolibri:coach:preview", args=[lesson.pk, channel.node_ids[title]])
    html = client.get(address, {"q": "water"}).content.decode()
    assert sign in html
    assert reverse("kolibri:coach:lesson", args=[lesson.pk]) + "?q=water" in html


def test_no_preview_of_folders_and_strangers(client: Client, lesson: Lesson, channel: Stick) -> None:
    for node in (channel.node_ids["Water"], "f" * 32):
        assert client.get(reverse("kolibri:coach:preview", args=[lesson.pk, node])).status_code == 404


def test_the_number_of_queries_does_not_grow(
    client: Client, lesson: Lesson, channel: Stick, django_assert_max_num_queries
) -> None:
    client.get(reverse("kolibri:coach:lesson", args=[lesson.pk]))
    pages = channel.node_ids["The big book"]
    with django_assert_max_num_queries(8):
        client.get(reverse("kolibri:coach:preview", args=[lesson.pk, channel.node_ids["The water cycle"]]))
    for query in ({}, {"topic": pages}, {"q": "page"}):
        with django_assert_max_num_queries(20):
            assert client.get(reverse("kolibri:coach:lesson", args=[lesson.pk]), query).status_code == 200
        with django_assert_max_num_queries(11):
            client.get(reverse("kolibri:coach:pick", args=[lesson.pk]), query, headers=HTMX)
    book = [node for title, node in channel.node_ids.items() if title.startswith("Page ")]
    address = reverse("kolibri:coach:resources", args=[lesson.pk])
    with django_assert_max_num_queries(21):
        client.post(address, {"add": book, "show": "list"}, headers=HTMX)
    lesson.refresh_from_db()
    assert len(lesson.resources) == 3 + PAGES
    with django_assert_max_num_queries(20):
        client.get(reverse("kolibri:coach:lesson", args=[lesson.pk]))
