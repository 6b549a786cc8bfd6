"""One of the own files goes off the computer; the others, and who else has the same bytes, stay."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from kolibri.core.content import importer
from kolibri.core.content import services
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile
from kolibri.core.content.own import channel
from kolibri.core.content.own import removing
from kolibri.errors import Conflict
from kolibri.errors import KolibriError
from kolibri.errors import NotHere
from tests.core.content.conftest import stored
from tests.core.content.own.test_adding import bring_from
from tests.core.content.own.test_adding import database
from tests.core.content.own.test_adding import export
from tests.core.content.own.test_adding import facts
from tests.own_files import PDF
from tests.own_files import PICTURE
from tests.own_files import Give
from tests.sticks import Stick


def test_one_file_goes_and_the_others_stay(give: Give, home: Path) -> None:
    (rain, leaf), _left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    before = stored(home)
    assert removing.remove(rain.id) == len(PDF)
    opened = services.browse(rain.channel_id, coach=True)
    assert [one.title for one in opened.items] == ["Leaf"]
    assert services.resources_by_ids([rain.id])[rain.id].missing
    assert services.resources_by_ids([rain.id])[rain.id].title == "Rain", "lessons name what is gone"
    assert not services.find("rain", coach=True)
    (row,) = services.list_channels()
    assert (row.version, row.resources, row.total_resources) == (2, 1, 1)
    assert len(stored(home)) == len(before) - 1 == LocalFile.objects.count()
    with ChannelFile(database(home)) as file:
        file.check_whole()
        assert (file.version(), file.facts().resources) == (2, 1)
        assert [row["id"] for row in file.rows("content_localfile")] == [LocalFile.objects.get().pk]
    # What comes next is beside what stayed, and the same bytes are a new resource.
    (again,), _left = give(("Rain.pdf", PDF))
    assert again.id != rain.id
    assert [one.id for one in services.browse(rain.channel_id, coach=True).items] == [leaf.id, again.id]


def test_the_channel_goes_with_its_last_file(give: Give, home: Path) -> None:
    (rain,), _left = give(("Rain.pdf", PDF))
    kept = database(home)
    assert removing.remove(rain.id) == len(PDF)
    assert services.list_channels() == [] and stored(home) == set()
    assert not kept.exists()
    (again,), _left = give(("Rain.pdf", PDF))
    assert again.channel_id != rain.channel_id


def test_a_file_that_another_channel_has_stays_for_that(
    give: Give, home: Path, bring: Callable[..., object], stick: Stick
) -> None:
    bring(stick)
    body = stick.file("Palabras del agua").read_bytes()
    (agua, _rain), _left = give(("Agua.pdf", body), ("Rain.pdf", PDF))
    assert removing.remove(agua.id) == 0
    assert ContentNode.objects.get(pk=stick.node_ids["Palabras del agua"]).available
    assert services.viewer_files(ContentNode.objects.get(pk=stick.node_ids["Palabras del agua"])).main is not None


def test_only_own_files_go(give: Give, bring: Callable[..., object], stick: Stick) -> None:
    bring(stick)
    foreign = stick.node_ids["Palabras del agua"]
    with pytest.raises(NotHere):
        removing.remove(foreign)
    (rain, _leaf), _left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    for node in (foreign, rain.channel_id, "0" * 32):
        with pytest.raises(NotHere):
            removing.remove(node)
        with pytest.raises(NotHere):
            removing.find(node)
    removing.remove(rain.id)
    with pytest.raises(NotHere):
        removing.remove(rain.id)
    assert ContentNode.objects.filter(pk=foreign).exists()


def test_while_channels_come_in_it_says_so(give: Give, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (rain,), _left = give(("Rain.pdf", PDF))
    monkeypatch.setattr(removing, "WAIT", 0.1)
    with importer.one_at_a_time, pytest.raises(Conflict, match="Try again when that is done"):
        removing.remove(rain.id)
    assert removing.remove(rain.id) == len(PDF)


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), sqlite3.OperationalError("disk is full")])
def test_a_disk_that_refuses_leaves_all_as_it_was(
    give: Give, home: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    (rain, _leaf), _left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    before = facts(home)

    def refuse(*_words: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(channel, "write", refuse)
        with pytest.raises(KolibriError, match="could not delete this file"):
            removing.remove(rain.id)
    assert facts(home) == before
    assert removing.remove(rain.id) == len(PDF)


def test_an_older_stick_does_not_bring_it_back(give: Give, home: Path, tmp_path: Path) -> None:
    (rain, leaf), _left = give(("Rain.pdf", PDF), ("Leaf.png", PICTURE))
    content = export(home, tmp_path / "stick")
    removing.remove(rain.id)
    assert bring_from(content, home)["status"] == "older"
    assert [one.id for one in services.browse(leaf.channel_id, coach=True).items] == [leaf.id]
    assert ChannelMetadata.objects.get().version == 2
