"""Files become resources of this computer's own channel: all of it, or nothing."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connections

from kolibri.core.auth import services as auth
from kolibri.core.content import importer
from kolibri.core.content import paths
from kolibri.core.content import services
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile
from kolibri.core.content.models import OwnChannel
from kolibri.core.content.own import adding
from kolibri.core.content.own.adding import Added
from kolibri.core.content.own.receiving import folder
from kolibri.core.content.problems import NoSpace
from kolibri.core.content.stick.channels import Export
from kolibri.core.content.stick.target import Target
from kolibri.errors import Conflict
from kolibri.errors import KolibriError
from tests.core.content.conftest import Watching
from tests.core.content.conftest import stored
from tests.own_files import NAME
from tests.own_files import PDF
from tests.own_files import PICTURE
from tests.own_files import Give
from tests.own_files import arrive
from tests.own_files import nothing
from tests.sticks import Stick
from tests.sticks import files


def database(home: Path) -> Path:
    return paths.database_path(home / "content", OwnChannel.objects.get().channel_id)


def test_files_become_one_channel_with_all_that_a_channel_has(give: Give, home: Path) -> None:
    added, left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    assert left == []
    film, _left = give(("A film.mp4", files.media("leaf.mp4")))
    (channel,) = services.list_channels()
    assert (channel.name, channel.version, channel.resources, channel.total_resources) == (NAME, 2, 3, 3)
    opened = services.browse(channel.id, coach=False)
    assert [one.title for one in opened.items] == ["Rain", "Leaf", "A film"]
    assert [one.kind for one in opened.items] == ["document", "html5", "video"]
    assert [one.id for one in opened.items] == [one.id for one in (*added, *film)]
    assert channel.size == sum(
        (home / "content" / "storage").rglob(name).__next__().stat().st_size for name in stored(home)
    )
    assert {one.author for one in ContentNode.objects.resources()} == {"Class Coach"}
    assert len(set(ContentNode.objects.values_list("content_id", flat=True))) == 4
    assert services.find("rain", coach=False)[0].id == added[0].id
    for node in ContentNode.objects.resources():
        assert services.viewer_files(node).main is not None
    with ChannelFile(database(home)) as file:
        file.check_whole()
        assert (file.schema, file.version(), file.facts().resources) == ("5", 2, 3)
    assert list(folder(home).iterdir()) == []


def test_the_channel_is_as_the_format_wants_it(give: Give, home: Path) -> None:
    give(("Rain.pdf", PDF), ("Film.mp4", files.media("leaf.mp4")))
    db = sqlite3.connect(database(home))
    db.row_factory = sqlite3.Row
    (facts,) = db.execute("SELECT * FROM content_channelmetadata").fetchall()
    root, first, second = db.execute("SELECT * FROM content_contentnode ORDER BY lft").fetchall()
    assert facts["id"] == facts["root_id"] == root["id"] == root["content_id"] == root["channel_id"]
    assert (root["lft"], root["rght"], root["level"], root["parent_id"]) == (1, 6, 0, None)
    assert [(one["lft"], one["rght"], one["sort_order"]) for one in (first, second)] == [(2, 3, 1.0), (4, 5, 2.0)]
    assert (first["lang_id"], first["license_name"], first["learning_activities"]) == (None, None, "wA01urpi")
    assert json.loads(first["options"])
    uses = db.execute("SELECT preset, priority, supplementary FROM content_file").fetchall()
    assert sorted(tuple(use) for use in uses) == [("document", 1, 0), ("high_res_video", 1, 0)]
    db.close()


def test_the_same_bytes_are_one_resource(give: Give, home: Path) -> None:
    (first,), _left = give(("Rain.pdf", PDF))
    (again,), _left = give(("Another name.pdf", PDF))
    assert again == first
    (leaf, same), _left = give(("Leaf.png", PICTURE), ("Rain.pdf", PDF))
    assert same == first
    (once,), _left = give(("Tree.png", PICTURE), ("Leaf again.png", PICTURE))
    assert once == leaf
    assert ChannelMetadata.objects.get().version == 2
    assert len(stored(home)) == 2


def test_titles_are_distinct(give: Give) -> None:
    added, _left = give(("Rain.pdf", PDF), ("Rain.pdf", files.pdf("Another")))
    assert [one.title for one in added] == ["Rain", "Rain (2)"]


def test_what_cannot_be_added_leaves_the_others(give: Give, home: Path) -> None:
    added, left = give(("letter.docx", files.archive({"[Content_Types].xml": ""})), ("Rain.pdf", PDF), ("x.exe", b"MZ"))
    assert [one.title for one in added] == ["Rain"]
    assert [one.name for one in left] == ["letter.docx", "x.exe"]
    assert "PDF" in left[0].sentence
    assert give(("x.exe", b"MZ"))[0] == []
    assert ChannelMetadata.objects.get().version == 1


def test_nothing_is_made_when_nothing_can_be(give: Give, home: Path) -> None:
    assert give(("x.exe", b"MZ"))[0] == []
    assert not ChannelMetadata.objects.exists()
    assert not OwnChannel.objects.exists()
    assert stored(home) == set()


def facts(home: Path) -> tuple[object, ...]:
    content = home / "content"
    databases = {path.name: path.read_bytes() for path in content.glob("databases/*")}
    rows = [sorted(model.objects.values_list("pk", flat=True)) for model in (ContentNode, LocalFile, ChannelMetadata)]
    return stored(home), databases, rows, sorted(OwnChannel.objects.values_list("channel_id", flat=True))


@pytest.mark.parametrize("has_one", [False, True])
@pytest.mark.parametrize("place", [1, 2])
def test_a_failure_in_the_middle_leaves_all_as_it_was(
    give: Give, home: Path, monkeypatch: pytest.MonkeyPatch, has_one: bool, place: int
) -> None:
    if has_one:
        give(("Before.pdf", files.pdf("Before")))
    before = facts(home)
    calls = []

    def broken(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) == place:  # 1: into the storage, 2: the channel's file
            raise OSError(28, "No space left on device")
        shutil.move(str(source), str(target))

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", broken)
        with pytest.raises(NoSpace, match="disk is full"):
            give(("Rain.pdf", PDF))
    assert len(calls) == place
    assert facts(home) == before
    assert list(folder(home).iterdir()) == []
    assert [one.title for one in give(("Rain.pdf", PDF))[0]] == ["Rain"]


def test_a_lesson_that_cannot_take_it_undoes_all(give: Give, home: Path) -> None:
    before = facts(home)

    def refuse(added: list[Added]) -> None:
        raise Conflict("This lesson was deleted in the meantime.", code="deleted")

    with pytest.raises(Conflict):
        give(("Rain.pdf", PDF), then=refuse)
    assert facts(home) == before


def test_a_file_whose_end_never_came_is_left(give: Give, home: Path) -> None:
    cut = arrive(home, "Rain.pdf", PDF)
    cut.md5 = ""
    added, left = adding.add([cut], author="", name=NAME, then=nothing)
    assert added == [] and [one.sentence for one in left] == ["Only a part of this file arrived. Add it again."]
    assert not LocalFile.objects.exists()


def test_what_has_no_place_in_the_storage_is_not_noted(give: Give, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = facts(home)
    nameless = arrive(home, "Rain.pdf", PDF)
    nameless.md5 = "../rain"
    with monkeypatch.context() as patch:
        # Nothing to clear up: the power may have gone before that.
        patch.setattr("kolibri.core.content.removal.forget_unused", lambda home, names: 0)
        with pytest.raises(KolibriError):
            adding.add([nameless], author="", name=NAME, then=nothing)
    nameless.path.unlink()
    assert facts(home) == before


def test_a_row_that_names_no_file_does_not_keep_the_others_here(give: Give, home: Path) -> None:
    """Computers have such rows since uploads were taken whose line broke."""
    LocalFile.objects.create(id="", extension="pdf", file_size=600_000)
    (added,), _left = give(("Rain.pdf", PDF))
    assert services.delete_channel(added.channel_id)["bytes"] == len(PDF)
    assert stored(home) == set()
    assert not LocalFile.objects.exists()


def test_a_disk_that_takes_no_database_is_said(give: Give, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = facts(home)

    def full(shelf: object, target: Path) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("kolibri.core.content.own.channel.write", full)
    with pytest.raises(KolibriError) as said:
        give(("Rain.pdf", PDF))
    assert said.value.code == "not_kept"
    assert facts(home) == before


def test_a_file_ahead_of_the_tables_heals(give: Give, home: Path) -> None:
    """The power went between the channel's file and the commit."""
    give(("Rain.pdf", PDF))
    kept = database(home)
    db = sqlite3.connect(kept)
    db.execute("UPDATE content_channelmetadata SET version = 7")
    db.commit()
    db.close()
    give(("Sun.pdf", files.pdf("Sun")))
    assert ChannelMetadata.objects.get().version == 8
    kept.unlink()
    give(("Wind.pdf", files.pdf("Wind")))
    with ChannelFile(kept) as file:
        assert (file.version(), file.facts().resources) == (9, 3)


def test_while_channels_are_brought_in_it_is_said(give: Give, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "WAIT", 0.2)
    monkeypatch.setattr(adding, "BRIEFLY", 0.2)
    with importer.one_at_a_time:
        with pytest.raises(Conflict) as said:
            adding.check_free()
        assert said.value.code == "importing"
        with pytest.raises(Conflict):
            give(("Rain.pdf", PDF))
    adding.check_free()
    assert len(give(("Rain.pdf", PDF))[0]) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_once_lose_nothing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A disk that others keep busy is slow; here nobody is to be sent away.
    monkeypatch.setattr(adding, "WAIT", 120.0)
    made: list[str] = []
    faults: list[BaseException] = []

    def one(number: int) -> None:
        try:
            file = arrive(home, f"Page {number}.pdf", files.pdf(f"Page {number}"))
            added, _left = adding.add([file], author="", name=NAME, then=nothing)
            made.extend(one.title for one in added)
        except BaseException as error:
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(150)
    assert faults == []
    channel = ChannelMetadata.objects.get()
    titles = set(ContentNode.objects.resources().values_list("title", flat=True))
    assert titles == set(made) == {f"Page {number}" for number in range(6)}
    assert (channel.version, channel.on_device_resources) == (6, 6)
    with ChannelFile(database(home)) as file:
        assert (file.version(), file.facts().resources) == (6, 6)


def test_a_deleted_channel_makes_way_for_a_fresh_one(give: Give, home: Path) -> None:
    (first,), _left = give(("Rain.pdf", PDF))
    services.delete_channel(first.channel_id)
    assert stored(home) == set()
    (again,), _left = give(("Rain.pdf", PDF))
    assert again.channel_id != first.channel_id
    assert again.id != first.id
    assert services.resources_by_ids([first.id])[first.id].missing
    assert [channel.version for channel in services.list_channels()] == [1]


def test_a_file_that_a_channel_waits_for_is_there_for_it_too(
    give: Give, bring: Callable[..., object], stick: Stick
) -> None:
    path = stick.file("Palabras del agua")
    body = path.read_bytes()
    path.unlink()
    bring(stick)
    node = stick.node_ids["Palabras del agua"]
    assert not ContentNode.objects.get(pk=node).available
    give(("Agua.pdf", body))
    assert ContentNode.objects.get(pk=node).available
    own = OwnChannel.objects.get().channel_id
    services.delete_channel(own)
    assert ContentNode.objects.get(pk=node).available


@pytest.mark.django_db
def test_only_where_there_is_one_school() -> None:
    auth.create_facility("Hill School")
    assert adding.is_offered()
    auth.create_facility("Valley School")
    assert not adding.is_offered()


# Sticks


def export(home: Path, root: Path) -> Path:
    """Write the own channel to a stick and return its `content` folder."""
    root.mkdir()
    run = Export(home / "content", Target(root), Watching())
    run.plan([OwnChannel.objects.get().channel_id])
    run.run()
    return root / "KOLIBRI_DATA" / "content"


def bring_from(content: Path, home: Path) -> dict[str, object]:
    (result,) = importer.Import(content, home, Watching()).run(
        [path.stem for path in (content / "databases").iterdir()]
    )
    return result


def test_another_computer_imports_it_from_a_stick(give: Give, home: Path, tmp_path: Path, settings: object) -> None:
    given, _left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    content = export(home, tmp_path / "stick")
    # The other computer: nothing of this one's is known there.
    services.delete_channel(given[0].channel_id)
    OwnChannel.objects.all().delete()
    settings.KOLIBRI_HOME = other = tmp_path / "other"  # type: ignore[attr-defined]
    result = bring_from(content, other)
    assert (result["status"], result["resources"], result["problems"]) == ("imported", 2, [])
    assert [one.title for one in services.browse(given[0].channel_id, coach=False).items] == ["Rain", "Leaf"]
    # Its own files have a channel of their own.
    file = arrive(other, "Sun.pdf", files.pdf("Sun"))
    added, _left = adding.add([file], author="", name=NAME, then=nothing)
    assert added[0].channel_id != given[0].channel_id
    assert len(services.list_channels()) == 2


def test_the_own_stick_coming_back_takes_nothing_away(give: Give, home: Path, tmp_path: Path) -> None:
    give(("Rain.pdf", PDF))
    content = export(home, tmp_path / "stick")
    assert bring_from(content, home)["status"] == "already"
    give(("Sun.pdf", files.pdf("Sun")))
    older = bring_from(content, home)
    assert older["status"] == "older"
    assert [one.title for one in services.browse(OwnChannel.objects.get().channel_id, coach=False).items] == [
        "Rain",
        "Sun",
    ]
    give(("Wind.pdf", files.pdf("Wind")))
    assert ChannelMetadata.objects.get().version == 3


def test_a_later_version_that_lacks_a_file_of_here_is_refused(give: Give, home: Path, tmp_path: Path) -> None:
    """After a backup was brought back, the stick may be ahead and yet not know what was added since."""
    give(("Rain.pdf", PDF))
    content = export(home, tmp_path / "stick")
    (path,) = (content / "databases").iterdir()
    db = sqlite3.connect(path)
    db.execute("UPDATE content_channelmetadata SET version = 9")
    db.commit()
    db.close()
    give(("Sun.pdf", files.pdf("Sun")))
    refused = bring_from(content, home)
    assert refused["status"] == "refused"
    assert "holds files that the stick does not have" in str(refused["sentence"])
    assert ContentNode.objects.resources().available().count() == 2


def test_a_later_version_with_all_of_it_is_taken_and_gone_on_with(give: Give, home: Path, tmp_path: Path) -> None:
    give(("Rain.pdf", PDF))
    give(("Sun.pdf", files.pdf("Sun")))
    content = export(home, tmp_path / "stick")
    (path,) = (content / "databases").iterdir()
    db = sqlite3.connect(path)
    db.execute("UPDATE content_channelmetadata SET version = 9")
    db.commit()
    db.close()
    assert bring_from(content, home)["status"] == "updated"
    give(("Wind.pdf", files.pdf("Wind")))
    channel = ChannelMetadata.objects.get()
    assert (channel.version, channel.on_device_resources) == (10, 3)
