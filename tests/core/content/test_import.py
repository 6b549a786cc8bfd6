"""A whole stick of every schema, the figures told, and what is on the disk afterwards."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kolibri.core.content import disk
from kolibri.core.content.models import AssessmentMetadata
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File
from kolibri.core.content.models import LocalFile
from kolibri.core.content.problems import NoSpace
from tests.core.content.conftest import Watching
from tests.core.content.conftest import stored
from tests.sticks import AGES
from tests.sticks import ARABIC_TITLE
from tests.sticks import LONG_TITLE
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Any]


def test_whole_channel_is_imported(stick: Stick, bring: Bring, home: Path) -> None:
    result = bring(stick)
    assert result["status"] == "imported"
    assert (result["resources"], result["of"]) == (RESOURCES, RESOURCES)
    assert result["problems"] == []
    on_stick = {path.name for path in (stick.content / "storage").rglob("*") if path.is_file()}
    assert stored(home) == on_stick
    assert (home / "content" / "databases" / f"{stick.channel_id}.sqlite3").is_file()
    assert not disk.incoming(home).exists()


def test_size_is_what_lies_on_the_disk(stick: Stick, bring: Bring, home: Path) -> None:
    result = bring(stick)
    on_disk = sum(path.stat().st_size for path in (home / "content" / "storage").rglob("*") if path.is_file())
    channel = ChannelMetadata.objects.get()
    assert result["bytes"] == channel.on_device_size == channel.root.on_device_size == on_disk == stick.storage_bytes()


def test_tree_keeps_order_and_facts(stick: Stick, bring: Bring) -> None:
    bring(stick)
    root = ChannelMetadata.objects.get().root
    assert root.pk == stick.channel_id
    assert [node.title for node in root.children.order_by("lft")] == ["Water", "Numbers", "Sounds and stories"]
    numbers = [(node.lft, node.rght) for node in ContentNode.objects.all()]
    assert sorted(edge for pair in numbers for edge in pair) == list(range(1, 2 * len(numbers) + 1))
    video = ContentNode.objects.get(title="The water cycle")
    assert (video.duration, video.activities, video.level) == (8, ["watch"], 2)
    assert [tag.tag_name for tag in video.tags.all()] == ["weather"]
    assert ContentNode.objects.filter(title=LONG_TITLE).exists()
    arabic = ContentNode.objects.select_related("lang").get(title=ARABIC_TITLE)
    assert arabic.lang is not None and arabic.lang.lang_direction == "rtl"
    assert AssessmentMetadata.objects.get().number_of_assessments == 3
    assert [node.title for node in ContentNode.objects.get(title="Adding").has_prerequisite.all()] == ["Counting beads"]
    copies = ContentNode.objects.filter(title="Water words")
    assert len(copies) == 2 and copies[0].content_id == copies[1].content_id


def test_counts_go_up_the_tree(stick: Stick, bring: Bring) -> None:
    bring(stick)
    water = ContentNode.objects.get(title="Water")
    assert (water.on_device_resources, water.coach_resources) == (7, 1)
    files = File.objects.filter(contentnode__in=[water, *ContentNode.objects.below(water)])
    each_once = dict(files.values_list("local_file_id", "local_file__file_size"))
    assert water.on_device_size == sum(each_once.values())


@pytest.mark.parametrize("schema", AGES)
def test_every_schema(schema: int | str, tmp_path: Path, bring: Bring) -> None:
    result = bring(make_stick(tmp_path / "old", schema=schema))
    assert (result["status"], result["resources"], result["problems"]) == ("imported", RESOURCES, [])
    channel = ChannelMetadata.objects.get()
    assert channel.min_schema_version == str(schema)
    coaches = list(ContentNode.objects.filter(coach_content=True).values_list("title", flat=True))
    assert coaches == (["Notes for teachers"] if schema in (2, 3, 4, 5) else [])
    video = ContentNode.objects.get(title="The water cycle")
    assert (video.license_name, video.activities) == ("CC BY", ["watch"])
    assert video.duration == (8 if schema == 5 else None)


@pytest.mark.parametrize("protect", [False, True])
def test_nothing_is_written_to_the_stick(protect: bool, stick: Stick, bring: Bring) -> None:
    if protect:
        for path in [stick.root, *stick.root.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
    before = stick.state()
    try:
        assert bring(stick)["resources"] == RESOURCES
        assert bring(stick)["status"] == "already"
        assert stick.state() == before
    finally:
        for path in [stick.root, *stick.root.rglob("*")]:
            path.chmod(0o755)


def test_progress_counts_bytes_to_the_end(stick: Stick, bring: Bring) -> None:
    watcher = Watching()
    bring(stick, watcher)
    done = [progress for progress, _total, _extra in watcher.told]
    assert done == sorted(done)
    assert watcher.told[-1][:2] == (stick.storage_bytes(), stick.storage_bytes())


def test_remaining_time_is_told(tmp_path: Path, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(1_000_000))
    monkeypatch.setattr("kolibri.core.content.importer.time.monotonic", lambda: float(next(clock)))
    watcher = Watching()
    bring(make_stick(tmp_path / "long", films=5), watcher)
    left = [extra["seconds_left"] for _done, _total, extra in watcher.told if extra]
    assert any(seconds for seconds in left) and left[-1] == 0


def test_several_channels_at_once(tmp_path: Path, bring: Bring, home: Path) -> None:
    results = bring(make_stick(tmp_path / "three", channels=3), all=True)
    assert [result["resources"] for result in results] == [RESOURCES] * 3
    assert ChannelMetadata.objects.count() == 3
    assert len(set(ContentNode.objects.values_list("tree_id", flat=True))) == 3


def test_same_version_says_so_and_changes_nothing(stick: Stick, bring: Bring) -> None:
    bring(stick)
    imported_at = ChannelMetadata.objects.get().imported_at
    result = bring(stick)
    assert (result["status"], result["resources"], result["of"]) == ("already", RESOURCES, RESOURCES)
    assert "already on this computer" in result["sentence"]
    assert ChannelMetadata.objects.get().imported_at == imported_at


def test_newer_version_takes_the_place_of_the_older(tmp_path: Path, bring: Bring, home: Path) -> None:
    first = make_stick(tmp_path / "one", version=1)
    bring(first)
    result = bring(make_stick(tmp_path / "two", version=2, drop=["A steady tone"]))
    assert (result["status"], result["version"], result["gone"]) == ("updated", 2, ["A steady tone"])
    assert (result["resources"], result["of"]) == (RESOURCES - 1, RESOURCES - 1)
    assert ChannelMetadata.objects.get().version == 2
    assert first.file_names["A steady tone"] not in stored(home)
    assert ContentNode.objects.get(title="Adding").pk == first.node_ids["Adding"]


def test_older_version_is_refused(tmp_path: Path, bring: Bring) -> None:
    bring(make_stick(tmp_path / "two", version=2))
    result = bring(make_stick(tmp_path / "one", version=1))
    assert result["status"] == "older"
    assert "later version" in result["sentence"]
    assert ChannelMetadata.objects.get().version == 2


def test_partial_export_brings_what_it_names(tmp_path: Path, bring: Bring) -> None:
    result = bring(make_stick(tmp_path / "part", only=["Numbers"]))
    assert (result["resources"], result["of"], result["problems"]) == (3, 3, [])
    assert ContentNode.objects.get(title="Water").available is False
    assert ContentNode.objects.get(title="Numbers").available is True
    whole = bring(make_stick(tmp_path / "whole"))
    assert (whole["status"], whole["resources"]) == ("completed", RESOURCES)


def test_shared_file_that_arrives_later_completes_the_other_channel(tmp_path: Path, bring: Bring) -> None:
    both = make_stick(tmp_path / "both", channels=2)
    sheet = both.file("Water words")
    body = sheet.read_bytes()
    sheet.unlink()
    first = both.channel_ids.pop()
    assert bring(both)["resources"] == RESOURCES - 4
    sheet.write_bytes(body)
    both.channel_ids[:] = [first]
    bring(both)
    assert [channel.on_device_resources for channel in ChannelMetadata.objects.all()] == [RESOURCES] * 2
    assert all(ContentNode.objects.resources().values_list("available", flat=True))


def test_no_room_is_said_before_anything_is_copied(
    stick: Stick, bring: Bring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearly_full = shutil._ntuple_diskusage(10**9, 10**9 - 1000, disk.SPARE + 1000)  # type: ignore[attr-defined]
    monkeypatch.setattr("shutil.disk_usage", lambda path: nearly_full)
    with pytest.raises(NoSpace, match="Make room"):
        bring(stick)
    assert stored(home) == set()
    assert not ChannelMetadata.objects.exists()


def test_disk_that_fills_up_leaves_nothing_half(
    stick: Stick, bring: Bring, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[int] = []
    check = disk.check_zip

    def full(path: Path) -> None:
        copied.append(1)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("kolibri.core.content.disk.check_zip", full)
    with pytest.raises(NoSpace, match="disk is full"):
        bring(stick)
    assert copied
    assert stored(home) == set()
    assert not LocalFile.objects.exists()
    assert not disk.incoming(home).exists()
    monkeypatch.setattr("kolibri.core.content.disk.check_zip", check)
    assert bring(stick)["resources"] == RESOURCES


def test_local_copy_of_the_database_is_whole(stick: Stick, bring: Bring, home: Path) -> None:
    bring(stick)
    db = sqlite3.connect(home / "content" / "databases" / f"{stick.channel_id}.sqlite3")
    try:
        assert db.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    finally:
        db.close()
