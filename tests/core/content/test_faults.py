"""Every way a stick is spoilt: the sentence a teacher reads, and the good part of the content."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sqlite3
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from kolibri.core.content import drives
from kolibri.core.content import problems
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.problems import StickGone
from tests.core.content.conftest import Watching
from tests.core.content.conftest import stored
from tests.sticks import FAULTS
from tests.sticks import RESOURCES
from tests.sticks import SHARING_THE_WORD_LIST
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Any]

WHOLE_CHANNEL = {
    "empty-db": "The channel's file is empty.",
    "garbage-db": "The channel's file is damaged.",
    "damaged-db": "The channel's file is damaged.",
    "future-schema": "Update the program, then import again.",
}
ONE_FILE = {
    # code, what the sentence says, resource named, resources lost
    "missing-file": ("missing", "its file is not on the stick", "Water words", SHARING_THE_WORD_LIST),
    "bad-checksum": ("bad_checksum", "its file is damaged on the stick", "Water words", SHARING_THE_WORD_LIST),
    "short-file": ("short", "its file is cut short on the stick", "The water cycle", 1),
    "zip-traversal": ("zip_escape", "tries to write outside its own folder", "Counting beads", 1),
    "zip-bomb": ("zip_bomb", "would fill the disk", "Counting beads", 1),
    "not-a-zip": ("not_a_zip", "not a whole zip file", "Counting beads", 1),
}


def changed(database: Path, sql: str, *values: object) -> None:
    with contextlib.closing(sqlite3.connect(database)) as db, db:
        db.execute(sql, values)


def test_every_fault_has_its_test() -> None:
    assert set(FAULTS) == {*WHOLE_CHANNEL, *ONE_FILE, "bad-filename", "no-manifest"}


@pytest.mark.parametrize("fault", WHOLE_CHANNEL)
def test_channel_that_cannot_be_read(fault: str, tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", fault=fault, channels=2)
    before = stick.state()
    spoilt, good = bring(stick, all=True)
    assert spoilt["status"] == "refused"
    assert WHOLE_CHANNEL[fault] in spoilt["sentence"]
    assert (good["status"], good["resources"]) == ("imported", RESOURCES)
    assert [channel.pk for channel in ChannelMetadata.objects.all()] == stick.channel_ids[1:]
    assert stick.state() == before


@pytest.mark.parametrize("fault", [fault for fault in WHOLE_CHANNEL if fault != "damaged-db"])
def test_channel_that_cannot_be_read_says_so_in_the_list(fault: str, tmp_path: Path, home: Path, db: None) -> None:
    stick = make_stick(tmp_path / "stick", fault=fault, channels=2)
    source = drives.look_at(stick.root)
    by_id = {channel.id: channel for channel in source.channels}
    assert WHOLE_CHANNEL[fault] in by_id[stick.channel_ids[0]].problem
    assert [channel.id for channel in source.importable] == stick.channel_ids[1:]


@pytest.mark.parametrize("fault", ONE_FILE)
def test_bad_file_is_named_and_the_rest_is_here(fault: str, tmp_path: Path, bring: Bring, home: Path) -> None:
    code, words, title, lost = ONE_FILE[fault]
    stick = make_stick(tmp_path / "stick", fault=fault)
    result = bring(stick)
    assert (result["resources"], result["of"]) == (RESOURCES - lost, RESOURCES)
    (problem,) = result["problems"]
    assert (problem["code"], problem["file"], problem["title"]) == (code, stick.file_names[title], title)
    assert words in problem["sentence"] and problem["file"] in problem["sentence"]
    assert problem["more"] == lost - 1
    assert stick.file_names[title] not in stored(home)
    assert ContentNode.objects.filter(title=title, available=False).exists()
    assert ChannelMetadata.objects.get().on_device_size == sum(
        path.stat().st_size for path in (home / "content" / "storage").rglob("*") if path.is_file()
    )


def test_name_with_path_tricks_writes_nothing_outside(tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", fault="bad-filename")
    result = bring(stick)
    assert result["resources"] == RESOURCES - SHARING_THE_WORD_LIST
    (problem,) = result["problems"]
    assert (problem["code"], problem["more"]) == ("bad_name", SHARING_THE_WORD_LIST - 1)
    assert problem["file"].endswith("../../evil") and "a name that is not safe" in problem["sentence"]
    assert not list(tmp_path.rglob("*evil*"))


def test_export_without_its_list_is_imported_whole(tmp_path: Path, bring: Bring) -> None:
    assert bring(make_stick(tmp_path / "stick", fault="no-manifest"))["resources"] == RESOURCES


@pytest.mark.parametrize("text", ["", "[]", "{", '{"channels": 5}', '{"channels": [{"id": 1}]}', "[" * 100_000])
def test_list_that_makes_no_sense_is_passed_over(text: str, stick: Stick, bring: Bring) -> None:
    (stick.content / "manifest.json").write_text(text)
    assert bring(stick)["resources"] == RESOURCES


def test_missing_picture_does_not_cost_the_resource(stick: Stick, bring: Bring) -> None:
    with sqlite3.connect(stick.database()) as db:
        rows = db.execute("SELECT local_file_id FROM content_file WHERE preset = 'html5_thumbnail'").fetchall()
    name = rows[0][0]
    db.close()
    (stick.content / "storage" / name[0] / name[1] / f"{name}.png").unlink()
    result = bring(stick)
    assert result["resources"] == RESOURCES
    (problem,) = result["problems"]
    assert problem["part"] and "without its picture" in problem["sentence"]


def test_bad_file_is_had_at_the_second_try(stick: Stick, bring: Bring) -> None:
    sheet = stick.file("Water words")
    body = sheet.read_bytes()
    sheet.write_bytes(b"x" + body[1:])
    assert bring(stick)["resources"] == RESOURCES - SHARING_THE_WORD_LIST
    sheet.write_bytes(body)
    again = bring(stick)
    assert (again["status"], again["resources"], again["problems"]) == ("completed", RESOURCES, [])


def test_file_that_cannot_be_read_is_named(stick: Stick, bring: Bring, monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.open

    def failing(self: Path, *args: Any, **kwargs: Any) -> Any:
        if self == stick.file("A steady tone"):
            raise OSError(errno.EIO, "Input/output error")
        return real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", failing)
    result = bring(stick)
    assert [problem["code"] for problem in result["problems"]] == ["unreadable"]
    assert result["resources"] == RESOURCES - 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes in folders")
def test_pipe_in_place_of_a_file_does_not_hang(stick: Stick, bring: Bring) -> None:
    stick.file("A steady tone").unlink()
    os.mkfifo(stick.file("A steady tone"))
    assert [problem["code"] for problem in bring(stick)["problems"]] == ["unreadable"]


def test_stick_taken_out_keeps_what_was_copied(tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", films=5)
    hidden = tmp_path / "pocket"

    def pull(done: float) -> None:
        if done > 2 * 2**20 and not hidden.exists():
            stick.root.rename(hidden)

    with pytest.raises(StickGone, match="Put it in again"):
        bring(stick, Watching(pull))
    kept = stored(home)
    assert kept and not ChannelMetadata.objects.exists()
    hidden.rename(stick.root)
    assert bring(stick)["resources"] == RESOURCES + 5
    assert kept < stored(home)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE content_contentnode SET parent_id = id WHERE parent_id IS NOT NULL",
        "UPDATE content_contentnode SET title = CAST(x'ff00fe' AS TEXT)",
        "UPDATE content_contentnode SET title = NULL, kind = NULL, content_id = 'x', sort_order = 'first'",
        "UPDATE content_contentnode SET lft = 9e99, rght = -1, level = 'deep'",
        "UPDATE content_contentnode SET options = '[[[['",
        "UPDATE content_contentnode SET description = replace(hex(zeroblob(30000)), '0', 'word ')",
        "UPDATE content_assessmentmetadata SET assessment_item_ids = '{\"a\": 1}', mastery_model = 'x'",
        "UPDATE content_localfile SET file_size = -5",
        "UPDATE content_file SET lang_id = 'no such language', priority = 'x'",
        "UPDATE content_channelmetadata SET thumbnail = 'javascript:alert(1)', name = '', last_updated = 'soon'",
        "UPDATE content_channelmetadata SET root_id = 'nowhere'",
        "DELETE FROM content_localfile",
        "DROP TABLE content_language",
        "CREATE TABLE unknown (id INTEGER)",
    ],
)
def test_odd_values_neither_stop_nor_spoil(damage: str, stick: Stick, bring: Bring, home: Path) -> None:
    db = sqlite3.connect(stick.database())
    db.execute(damage)
    db.commit()
    db.close()
    result = bring(stick)
    assert result["status"] == "imported"
    channel = ChannelMetadata.objects.get()
    assert channel.thumbnail == "" and channel.name
    assert all(len(node.title) <= 200 and node.title and "\0" not in node.title for node in ContentNode.objects.all())
    json.dumps(result)


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE content_contentnode",
        "DELETE FROM content_contentnode",
        "UPDATE content_channelmetadata SET id = '0123456789abcdef0123456789abcdef'",
        "UPDATE content_channelmetadata SET min_schema_version = '5; DROP'",
        "ALTER TABLE content_file RENAME TO f; CREATE VIEW content_file AS SELECT * FROM f",
        "ALTER TABLE content_channelmetadata DROP COLUMN min_schema_version",
    ],
)
def test_channel_without_sense_is_refused_with_a_sentence(damage: str, stick: Stick, bring: Bring) -> None:
    db = sqlite3.connect(stick.database())
    db.executescript(damage)
    db.close()
    result = bring(stick)
    assert result["status"] == "refused" and result["sentence"].endswith(".")
    assert not ChannelMetadata.objects.exists()


def test_channel_cannot_take_another_ones_places(tmp_path: Path, bring: Bring) -> None:
    stick = make_stick(tmp_path / "stick", channels=2)
    db = sqlite3.connect(stick.database(1))
    db.execute("UPDATE content_contentnode SET id = ? WHERE title = 'A steady tone'", [stick.node_ids["A steady tone"]])
    db.commit()
    db.close()
    first, second = bring(stick, all=True)
    assert first["status"] == "imported"
    assert second["status"] == "refused" and "belong to another channel" in second["sentence"]
    assert ContentNode.objects.get(pk=stick.node_ids["A steady tone"]).channel_id == stick.channel_id


def test_what_hangs_in_a_coaches_folder_is_for_coaches(stick: Stick, bring: Bring) -> None:
    db = sqlite3.connect(stick.database())
    db.execute("UPDATE content_contentnode SET coach_content = 1 WHERE title = 'Numbers'")
    db.commit()
    db.close()
    bring(stick)
    assert set(ContentNode.objects.filter(coach_content=True).values_list("title", flat=True)) == {
        "Notes for teachers",
        "Numbers",
        "Adding",
        "Counting beads",
        "Number words",
    }


def test_problem_is_put_into_words_when_it_is_read(tmp_path: Path, bring: Bring) -> None:
    (kept,) = bring(make_stick(tmp_path / "stick", fault="missing-file"))["problems"]
    with translation.override("en"):
        assert problems.from_json(kept).sentence() == kept["sentence"]
    assert "“Water words” and 3 more resources were left out" in kept["sentence"]


def test_a_channel_that_hangs_in_itself_is_read_once(stick: Stick, bring: Bring) -> None:
    child = stick.node_ids["Adding"]
    sql = "UPDATE content_contentnode SET parent_id = ? WHERE parent_id IS NULL"
    changed(stick.database(), sql, child)
    changed(stick.database(), "UPDATE content_contentnode SET kind = 'topic' WHERE id = ?", child)
    result = bring(stick)
    assert result["status"] == "imported"
    assert result["resources"] == RESOURCES - 1


@pytest.mark.parametrize("value", ["'{}'", "x'{}'"])
def test_a_small_file_that_reads_as_much_text_fills_no_memory(stick: Stick, home: Path, db: None, value: str) -> None:
    """A column that was added later has its default in each row, and the file holds that once."""
    with contextlib.closing(sqlite3.connect(stick.database())) as file, file:
        file.execute("ALTER TABLE content_contentnode RENAME COLUMN author TO writer")
        others = ", ".join(row[1] for row in file.execute("PRAGMA table_info(content_contentnode)") if row[1] != "id")
        file.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
            f" INSERT INTO content_contentnode (id, {others}) SELECT printf('%032x', i), {others}"
            " FROM n, (SELECT * FROM content_contentnode LIMIT 1)"
        )
        default = value.format("ab" * 200_000)
        file.execute(f"ALTER TABLE content_contentnode ADD COLUMN author DEFAULT {default}")
    assert stick.database().stat().st_size < 2_000_000
    tracemalloc.start()
    try:
        (found,) = drives.look_at(stick.root).channels
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert found.problem == "The channel is larger than this program can read."
    assert most < 100_000_000
