"""The picker beside a lesson, and the preview of a resource."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from kolibri.core.content import services as content
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile
from kolibri.core.device.models import DevicePermissions
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


def test_a_search_finds_by_kind_and_channel(client: Client, lesson: Lesson, tmp_path: Path, computer: Path) -> None:
    address = reverse("kolibri:coach:pick", args=[lesson.pk])
    assert 'name="channel"' not in picker(page(client, lesson, q="water"))
    bring(make_stick(tmp_path / "second", channels=2), computer)
    first, second = content.list_channels()

    def found(**query: str) -> list[str]:
        answer = client.get(address, {"q": "water", **query}, headers=HTMX)
        assert answer["HX-Replace-Url"].endswith(f"?{urlencode({'q': 'water', **query})}")
        return sorted(re.findall(r'name="add" value="(\w+)"', answer.content.decode()))

    both = found()
    nodes = dict(ContentNode.objects.filter(pk__in=both).values_list("pk", "kind"))
    films = sorted(pk for pk, kind in nodes.items() if kind == "video")
    assert 0 < len(films) < len(both)
    assert found(kind="video") == films
    ours, theirs = found(channel=first.id), found(channel=second.id)
    assert sorted([*ours, *theirs]) == both and ours and theirs
    assert found(kind="video", channel=first.id) == sorted(set(films) & set(ours))
    assert found(kind="nonsense") == found(channel="nonsense") == []
    # The way back from a look, and an addition without scripts, keep the narrowed search.
    html = page(client, lesson, q="water", kind="video")
    assert '<input type="hidden" name="kind" value="video">' in html
    assert "?q=water&amp;kind=video" in html


def test_a_search_says_that_there_is_more_and_shows_it(
    client: Client, lesson: Lesson, channel: Stick, monkeypatch
) -> None:
    monkeypatch.setattr("kolibri.core.content.services.FOUND", 10)

    def found(**query: str) -> tuple[int, str]:
        html = picker(page(client, lesson, q="big book", **query))
        return html.count('name="add"'), html

    count, html = found(most="10")
    assert count == 10
    assert "The closest 10 are shown." in html and "More than 10 resources found" in html
    assert "?q=big+book&amp;most=20" in html
    assert found(most="20")[0] == 20
    count, html = found(most="30")
    assert count == PAGES and "Show more" not in html and "30 resources found" in html
    for odd in ("-1", "1e3", "x", "9" * 40, "²", ""):
        assert found(most=odd)[0] in (10, PAGES)


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


def test_what_is_gone_names_its_channel_and_the_way_to_mend_it(
    client: Client, lesson: Lesson, channel: Stick, tmp_path: Path, computer: Path, school: School
) -> None:
    assert "cannot be opened here" not in chosen(page(client, lesson))
    node = ContentNode.objects.get(pk=channel.node_ids["A steady tone"])
    LocalFile.objects.filter(files__contentnode=node).update(available=False)
    ContentNode.objects.filter(pk=node.pk).update(available=False)
    html = " ".join(chosen(page(client, lesson)).split())
    assert "1 resource of this lesson cannot be opened here. From the channel <bdi>Sample channel</bdi>." in html
    content.delete_channel(channel.channel_id)
    html = " ".join(chosen(page(client, lesson)).split())
    assert "3 resources of this lesson cannot be opened here. From the channel <bdi>Sample channel</bdi>." in html
    assert "Ask whoever runs this computer" in html and "To the content" not in html
    owner = Client()
    owner.force_login(school.admin)
    DevicePermissions.objects.create(user=school.admin, is_superuser=True)
    assert reverse("kolibri:computer:content") in chosen(page(owner, lesson))
    # Brought in again, two are back, and only what is still gone is taken out, with a way back.
    bring(make_stick(tmp_path / "again"), computer)
    entry = {"contentnode_id": "e" * 32, "content_id": "e" * 32, "channel_id": "e" * 32}
    Lesson.objects.filter(pk=lesson.pk).update(resources=[*lesson.resources, entry])
    html = chosen(page(client, lesson))
    assert "1 resource of this lesson cannot be opened here." in html and "From the channel" not in html
    form = html[html.index("<form") : html.index("</form>")]
    answer = client.post(reverse("kolibri:coach:resources", args=[lesson.pk]), {"remove": re.findall(r'"(e+)"', form)})
    assert "Undo: 1 resource removed" in client.get(answer["Location"]).content.decode()
    before = lesson.resources
    lesson.refresh_from_db()
    assert lesson.resources == before


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


def test_a_search_for_what_no_database_can_hold_finds_nothing(client: Client, lesson: Lesson) -> None:
    page = reverse("kolibri:coach:lesson", args=[lesson.pk])
    for name in ("q", "kind", "channel", "topic"):
        assert client.get(page, {"q": "rain", name: "\x00"}).status_code == 200
