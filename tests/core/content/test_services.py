"""What screens ask of the content, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kolibri.core.content import importer
from kolibri.core.content import services
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile
from kolibri.errors import Conflict
from kolibri.errors import NotHere
from tests.core.content.conftest import stored
from tests.sticks import ARABIC_TITLE
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Any]


def test_channels_with_true_sizes(
    tmp_path: Path, bring: Bring, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stick = make_stick(tmp_path / "two", channels=2)
    bring(stick, all=True)
    with django_assert_num_queries(2):
        channels = services.list_channels()
    assert [channel.name for channel in channels] == ["Sample channel", "Sample channel 2"]
    assert [(channel.resources, channel.total_resources) for channel in channels] == [(RESOURCES, RESOURCES)] * 2
    own = stick.file("Number words").stat().st_size
    assert channels[0].freed == own
    assert channels[0].size == stick.storage_bytes() - own


def test_deleting_keeps_files_that_another_channel_uses(tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "two", channels=2)
    bring(stick, all=True)
    expected = services.list_channels()[0].freed
    freed = services.delete_channel(stick.channel_id)
    assert freed == {"name": "Sample channel", "bytes": expected}
    assert stick.file_names["Number words"] not in stored(home)
    assert stick.file_names["Water words"] in stored(home)
    other = ChannelMetadata.objects.get()
    assert other.on_device_resources == RESOURCES
    assert other.on_device_size == sum(size or 0 for size in LocalFile.objects.values_list("file_size", flat=True))
    services.delete_channel(other.pk)
    assert stored(home) == set()
    assert not LocalFile.objects.exists() and not ContentNode.objects.exists()
    assert not list((home / "content" / "databases").iterdir())


def test_a_file_that_is_in_use_on_windows_is_removed_with_the_next_channel(
    tmp_path: Path, bring: Bring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server keeps an app open for a while after somebody looked at it."""
    stick = make_stick(tmp_path / "two", channels=2)
    bring(stick, all=True)
    freed, size = services.list_channels()[0].freed, stick.file("Number words").stat().st_size
    held = stick.file_names["Number words"]
    unlink = Path.unlink

    def refuse(path: Path, **words: bool) -> None:
        if path.name == held:
            raise PermissionError(13, "used by another process")
        unlink(path, **words)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        result = bring(make_stick(tmp_path / "one", drop=["Number words"], version=2))
        assert (result["status"], held in stored(home)) == ("updated", True)
        bring(make_stick(tmp_path / "one", version=3))
        assert services.delete_channel(stick.channel_id) == {"name": "Sample channel", "bytes": freed - size}
    assert held in stored(home)
    services.delete_channel(stick.channel_ids[1])
    assert stored(home) == set()
    assert not LocalFile.objects.exists()


def test_deleting_waits_for_an_import(stick: Stick, bring: Bring) -> None:
    bring(stick)
    with importer.one_at_a_time, pytest.raises(Conflict):
        services.delete_channel(stick.channel_id)
    assert ChannelMetadata.objects.exists()


@pytest.mark.parametrize("channel_id", ["0" * 32, "", "../../x", "z" * 32, "\0", "x" * 5000])
def test_deleting_what_is_not_here(channel_id: str, home: Path, db: None) -> None:
    with pytest.raises(NotHere):
        services.delete_channel(channel_id)


def test_lesson_names_what_it_lost(
    stick: Stick, bring: Bring, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    bring(stick)
    ids = [stick.node_ids["The water cycle"], stick.node_ids["A steady tone"], "f" * 32, "no id"]
    before = services.resources_by_ids(ids)
    assert list(before) == ids
    assert [resource.missing for resource in before.values()] == [False, False, True, True]
    assert (before[ids[0]].duration, before[ids[0]].kind, before[ids[0]].available) == (8, "video", True)
    assert before[ids[0]].thumbnail_url.endswith(".png") and before[ids[0]].size > 30_000
    services.delete_channel(stick.channel_id)
    with django_assert_max_num_queries(4):
        after = services.resources_by_ids(ids)
    assert [resource.title for resource in after.values()] == ["The water cycle", "A steady tone", "", ""]
    assert all(resource.missing and not resource.available for resource in after.values())
    bring(stick)
    assert services.resources_by_ids(ids)[ids[0]] == before[ids[0]]


def test_place_that_is_gone_is_shown_by_a_copy_of_the_work(tmp_path: Path, bring: Bring) -> None:
    first = make_stick(tmp_path / "one")
    bring(first)
    place = ContentNode.objects.filter(title="Water words").order_by("lft").first()
    assert place is not None
    ContentNode.objects.filter(title="Water words").exclude(pk=place.pk).update(content_id="a" * 32)
    copy = ContentNode.objects.get(title="A steady tone")
    ContentNode.objects.filter(pk=copy.pk).update(content_id=place.content_id)
    bring_older = make_stick(tmp_path / "two", version=2, drop=["Water"])
    bring(bring_older)
    # The new version dropped the folder; the copy in another folder keeps the work.
    shown = services.resources_by_ids([place.pk])[place.pk]
    assert (shown.id, shown.missing, shown.available) == (place.pk, False, True)
    assert shown.shown_id != place.pk and ContentNode.objects.get(pk=shown.shown_id).content_id == place.content_id


def test_resources_take_the_same_queries_for_one_and_for_many(
    stick: Stick, bring: Bring, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bring(stick)
    ids = list(stick.node_ids.values())
    for some in (ids[:1], ids):
        with django_assert_num_queries(2):
            services.resources_by_ids(some)


def test_browsing_from_the_channel_down(
    stick: Stick, bring: Bring, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    bring(stick)
    with django_assert_num_queries(5):
        top = services.browse(stick.channel_id, coach=True)
    assert [(item.title, item.resources) for item in top.items] == [
        ("Water", 7),
        ("Numbers", 3),
        ("Sounds and stories", 3),
    ]
    with django_assert_num_queries(5):
        water = services.browse(top.items[0].id, coach=True)
    assert [place.title for place in water.path] == ["Sample channel", "Water"]
    assert [item.title for item in water.items][-1] == "Plants"
    arabic = services.browse(water.items[-1].id, coach=True).items[-1]
    assert (arabic.title, arabic.direction) == (ARABIC_TITLE, "rtl")


def test_learners_do_not_meet_what_is_for_coaches(stick: Stick, bring: Bring) -> None:
    bring(stick)
    notes = stick.node_ids["Notes for teachers"]
    water = services.browse(stick.node_ids["Water"], coach=False)
    assert notes not in [item.id for item in water.items]
    assert water.folder.resources == 6
    assert [item.resources for item in services.browse(stick.channel_id, coach=False).items] == [6, 3, 3]
    assert services.find("notes", coach=False) == []
    assert [item.id for item in services.find("notes", coach=True)] == [notes]
    with pytest.raises(NotHere):
        services.node_or_missing(notes, coach=False)


def test_folder_with_nothing_for_learners_is_not_shown_to_them(stick: Stick, bring: Bring) -> None:
    bring(stick)
    ContentNode.objects.filter(title="Numbers").update(coach_resources=3)
    assert [item.title for item in services.browse(stick.channel_id, coach=False).items] == [
        "Water",
        "Sounds and stories",
    ]


def test_unavailable_resources_are_left_out_unless_asked_for(tmp_path: Path, bring: Bring) -> None:
    stick = make_stick(tmp_path / "stick", fault="short-file")
    bring(stick)
    folder = stick.node_ids["Water"]
    assert "The water cycle" not in [item.title for item in services.browse(folder, coach=True).items]
    everything = services.browse(folder, coach=True, available=False).items
    assert [item.available for item in everything if item.title == "The water cycle"] == [False]


@pytest.mark.parametrize("folder", ["0" * 32, "", "x", "\0" * 32, "g" * 32])
def test_browsing_what_is_not_here(folder: str, home: Path, db: None) -> None:
    with pytest.raises(NotHere):
        services.browse(folder, coach=True)


def test_files_of_a_video(stick: Stick, bring: Bring, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bring(stick)
    video = services.node_or_missing(stick.node_ids["The water cycle"], coach=False)
    with django_assert_num_queries(1):
        files = services.viewer_files(video)
    name = stick.file_names["The water cycle"]
    assert files.main is not None
    assert files.main.url == f"/content/storage/{name[0]}/{name[1]}/{name}"
    assert files.main.size == stick.file("The water cycle").stat().st_size
    assert [(caption.language, caption.language_name) for caption in files.captions] == [
        ("en", "English"),
        ("es", "Español"),
    ]
    assert files.thumbnail_url.endswith(".png") and files.zip_path == ""


def test_files_of_an_app_and_of_one_that_is_not_here(tmp_path: Path, bring: Bring) -> None:
    stick = make_stick(tmp_path / "stick", fault="short-file")
    bring(stick)
    app = services.viewer_files(services.node_or_missing(stick.node_ids["Counting beads"], coach=False))
    assert app.zip_path == f"/zip/{stick.file_names['Counting beads']}/index.html"
    video = services.viewer_files(services.node_or_missing(stick.node_ids["The water cycle"], coach=False))
    assert video.main is None and len(video.captions) == 2


def test_folder_path(stick: Stick, bring: Bring, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    bring(stick)
    leaf = services.node_or_missing(stick.node_ids["A leaf in the wind"], coach=False)
    with django_assert_num_queries(1):
        path = services.folder_path(leaf)
    assert [place.title for place in path] == ["Sample channel", "Water", "Plants"]
