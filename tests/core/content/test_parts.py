"""Parts of a channel: what is brought in and what is not, what an update keeps, and imports that end early."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import DjangoAssertNumQueries

from kolibri.core.content import parts
from kolibri.core.content import services
from kolibri.core.content.choice import Asked
from kolibri.core.content.drives import SourceChannel
from kolibri.core.content.drives import look_at
from kolibri.core.content.importer import Import
from kolibri.core.content.importer import Result
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File
from kolibri.core.content.models import LocalFile
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.tasks import engine
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.job import JobCanceled
from kolibri.core.tasks.job import JobInterrupted
from kolibri.core.tasks.models import State
from tests.core.content.conftest import Watching
from tests.core.content.conftest import stored
from tests.core.content.test_resume import REPOSITORY
from tests.core.content.test_resume import _files
from tests.core.content.test_resume import _wait_for
from tests.core.content.test_resume import after
from tests.sticks import ARABIC_TITLE
from tests.sticks import LONG_TITLE
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

Choose = Callable[..., Result]
PLANTS = {"How a plant grows", "A leaf in the wind", ARABIC_TITLE}
NUMBERS = {"Adding", "Counting beads", "Number words"}


@pytest.fixture
def choose(home: Path, db: None) -> Choose:
    """Bring in the parts with these titles of a stick's first channel."""

    def choose(stick: Stick, *titles: str, version: int = 1, watcher: Watching | None = None) -> Result:
        asked = Asked(frozenset(stick.node_ids[title] for title in titles), version)
        run = Import(stick.content, home, watcher or Watching(), parts={stick.channel_id: asked})
        return run.run([stick.channel_id])[0]

    return choose


def available(channel_id: str | None = None) -> set[str]:
    nodes = ContentNode.objects.resources().available()
    return set((nodes.filter(channel_id=channel_id) if channel_id else nodes).values_list("title", flat=True))


def files_of(*titles: str) -> set[str]:
    """Return the names of all files of the places with these titles."""
    uses = File.objects.filter(contentnode__title__in=titles).select_related("local_file")
    return {str(use.local_file) for use in uses}


def offered(stick: Stick) -> SourceChannel:
    return look_at(stick.root).channels[0]


def bytes_here() -> int:
    return sum(file.file_size or 0 for file in LocalFile.objects.filter(available=True))


def node(title: str) -> ContentNode:
    return ContentNode.objects.get(title=title)


def test_only_what_was_chosen_is_copied_and_can_be_opened(stick: Stick, choose: Choose, home: Path) -> None:
    result = choose(stick, "Plants")
    assert (result["status"], result["resources"], result["of"], result["problems"]) == ("imported", 3, 3, [])
    # The word list is also that of three resources elsewhere, which were not chosen.
    assert available() == PLANTS
    # With the pictures of the folders on the way down.
    assert stored(home) == files_of(*PLANTS, "Plants", "Water")
    assert [node(title).available for title in ("Water", "Plants", "Numbers")] == [True, True, False]


def test_counts_and_sizes_are_those_of_the_chosen(stick: Stick, choose: Choose, home: Path) -> None:
    result = choose(stick, "Plants")
    channel = ChannelMetadata.objects.select_related("root").get()
    on_disk = sum(path.stat().st_size for path in _files(home / "content" / "storage"))
    assert result["bytes"] == channel.on_device_size == channel.root.on_device_size == on_disk
    assert (channel.on_device_resources, channel.total_resource_count) == (3, RESOURCES)
    water = node("Water")
    assert (water.on_device_resources, water.coach_resources) == (3, 0)
    assert (node(LONG_TITLE).on_device_resources, node(LONG_TITLE).on_device_size) == (0, 0)
    (listed,) = services.list_channels()
    assert (listed.resources, listed.size, listed.freed) == (3, on_disk, on_disk)
    assert channel.chosen == [stick.node_ids["Plants"]]


def test_more_of_it_comes_beside_what_is_here(stick: Stick, choose: Choose, home: Path) -> None:
    choose(stick, "Plants")
    before = {path: path.stat().st_mtime_ns for path in _files(home / "content" / "storage")}
    watcher = Watching()
    result = choose(stick, "Numbers", "Sounds and stories", watcher=watcher)
    assert (result["status"], result["resources"]) == ("completed", 9)
    assert available() == PLANTS | NUMBERS | {"A steady tone", "Water words", LONG_TITLE}
    assert all(path.stat().st_mtime_ns == changed for path, changed in before.items())
    # Neither the word list nor a picture was copied again.
    new = sum(path.stat().st_size for path in _files(home / "content" / "storage") if path not in before)
    assert watcher.told[-1][1] == new
    assert ContentNode.objects.filter(title="Water words", available=True).count() == 1


def test_what_is_here_for_another_channel_is_not_copied_again(tmp_path: Path, choose: Choose, home: Path) -> None:
    both = make_stick(tmp_path / "both", channels=2)
    Import(both.content, home, Watching()).run(both.channel_ids[1:])
    watcher = Watching()
    assert choose(both, "Sounds and stories", watcher=watcher)["resources"] == 3
    assert watcher.told[-1][1] == 1, "there was nothing to copy"
    assert available(both.channel_id) == {"A steady tone", "Water words", LONG_TITLE}


def test_files_that_another_channel_brings_open_only_what_was_chosen(
    tmp_path: Path, choose: Choose, home: Path
) -> None:
    both = make_stick(tmp_path / "both", channels=2)
    choose(both, "Numbers")
    Import(both.content, home, Watching()).run(both.channel_ids[1:])
    assert available(both.channel_id) == NUMBERS
    # Where one of the chosen was missing, it is found.
    assert ChannelMetadata.objects.get(pk=both.channel_id).on_device_resources == 3


def test_deleting_another_channel_leaves_no_file_for_what_was_not_chosen(
    tmp_path: Path, choose: Choose, home: Path
) -> None:
    both = make_stick(tmp_path / "both", channels=2)
    choose(both, "Numbers")
    alone = stored(home)
    Import(both.content, home, Watching()).run(both.channel_ids[1:])
    freed = {channel.id: channel.freed for channel in services.list_channels()}[both.channel_ids[1]]
    assert services.delete_channel(both.channel_ids[1])["bytes"] == freed > 0
    assert stored(home) == alone
    assert available() == NUMBERS
    assert choose(both, "Water")["resources"] == 10


def test_all_of_it_is_a_choice_as_well(stick: Stick, choose: Choose) -> None:
    choose(stick, "Plants")
    result = choose(stick, "Sample channel", "Numbers")
    assert (result["status"], result["resources"]) == ("completed", RESOURCES)
    assert ChannelMetadata.objects.get().chosen is None
    assert not ContentNode.objects.filter(left_out=True).exists()


def test_parts_that_are_here_are_here_already(stick: Stick, choose: Choose) -> None:
    choose(stick, "Plants")
    imported_at = ChannelMetadata.objects.get().imported_at
    assert choose(stick, "Plants", "A leaf in the wind")["status"] == "already"
    assert ChannelMetadata.objects.get().imported_at == imported_at


def test_parts_whose_files_are_all_here_still_become_available(stick: Stick, choose: Choose) -> None:
    choose(stick, "Plants")
    assert choose(stick, LONG_TITLE)["status"] == "completed"
    assert available() == PLANTS | {LONG_TITLE}


def test_a_bad_file_is_named_for_the_chosen_only(tmp_path: Path, choose: Choose) -> None:
    stick = make_stick(tmp_path / "stick", fault="bad-checksum")
    (problem,) = choose(stick, "Plants")["problems"]
    assert (problem["title"], problem["more"]) == (ARABIC_TITLE, 0)
    assert choose(make_stick(tmp_path / "whole"), "Plants")["resources"] == 3


def test_parts_of_an_export_that_has_only_parts(tmp_path: Path, choose: Choose) -> None:
    stick = make_stick(tmp_path / "part", only=["Numbers", "Plants"])
    result = choose(stick, "Water", "Adding")
    assert (result["resources"], result["of"], result["problems"]) == (5, 5, [])
    # The word list of Water is the file of one of its plants, and so on the stick as well.
    assert available() == PLANTS | {"Adding", "Water words"}
    assert ContentNode.objects.filter(title="Water words", available=True).count() == 1


def test_the_first_choice_keeps_what_an_export_of_parts_had_brought(
    tmp_path: Path, choose: Choose, bring: Choose
) -> None:
    bring(make_stick(tmp_path / "part", only=["Numbers"]))
    result = choose(make_stick(tmp_path / "whole"), "Plants")
    assert (result["status"], result["resources"]) == ("completed", 6)
    assert available() == PLANTS | NUMBERS


def test_an_update_keeps_the_choice_and_pulls_no_more(
    tmp_path: Path, choose: Choose, bring: Choose, home: Path
) -> None:
    first = make_stick(tmp_path / "one", drop=["Adding"])
    choose(first, "Numbers", "A steady tone")
    assert available() == {"Counting beads", "Number words", "A steady tone"}
    second = make_stick(tmp_path / "two", version=2, films=2)
    offer = offered(second)
    result = bring(second)
    assert (result["status"], result["resources"], result["of"]) == ("updated", 4, 4)
    # What a later version puts into a chosen folder comes with it; a new folder beside does not.
    assert available() == NUMBERS | {"A steady tone"}
    assert stored(home) == files_of(*available())
    assert (offer.resources, offer.more) == (4, RESOURCES + 2 - 4)
    # The pictures of folders on the way are not the choice's own.
    assert offer.size == result["bytes"]


def test_an_update_names_as_gone_only_what_was_here(tmp_path: Path, choose: Choose, bring: Choose) -> None:
    choose(make_stick(tmp_path / "one"), "Numbers")
    result = bring(make_stick(tmp_path / "two", version=2, drop=["Adding", "A steady tone"]))
    assert result["gone"] == ["Adding"]
    assert available() == NUMBERS - {"Adding"}


def test_an_update_takes_away_files_that_only_the_rest_has_still(
    tmp_path: Path, choose: Choose, bring: Choose, home: Path
) -> None:
    choose(make_stick(tmp_path / "one"), "Plants")
    assert bring(make_stick(tmp_path / "two", version=2, drop=[ARABIC_TITLE]))["resources"] == 2
    # The word list is that of resources which were not chosen as well.
    assert stored(home) == files_of("How a plant grows", "A leaf in the wind", "Plants", "Water")


def test_many_resources_of_a_part_are_looked_at_anew_in_few_queries(
    tmp_path: Path, choose: Choose, home: Path, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    both = make_stick(tmp_path / "both", channels=2, padding=500)
    choose(both, "Numbers")
    with django_assert_max_num_queries(80):
        Import(both.content, home, Watching()).run(both.channel_ids[1:])
    assert available(both.channel_id) == NUMBERS


def test_an_update_keeps_a_resource_that_moved(tmp_path: Path, choose: Choose, bring: Choose) -> None:
    first = make_stick(tmp_path / "one")
    choose(first, "Numbers")
    second = make_stick(tmp_path / "two", version=2)
    _move(second, "Counting beads", "Sounds and stories")
    assert bring(second)["resources"] == 3
    assert available() == NUMBERS
    assert node("Counting beads").parent_id == second.node_ids["Sounds and stories"]


def _move(stick: Stick, title: str, folder: str) -> None:
    db = sqlite3.connect(stick.database())
    places = (stick.node_ids[folder], stick.node_ids[title])
    db.execute("UPDATE content_contentnode SET parent_id = ? WHERE id = ?", places)
    db.commit()
    db.close()


def test_parts_of_a_newer_version_come_with_what_is_here(tmp_path: Path, choose: Choose, bring: Choose) -> None:
    bring(make_stick(tmp_path / "one"))
    second = make_stick(tmp_path / "two", version=2, films=2)
    result = choose(second, "Long film 1", version=2)
    assert (result["status"], result["resources"]) == ("updated", RESOURCES + 1)
    assert "Long film 0" not in available()


def test_the_same_version_brought_in_once_more_pulls_nothing(stick: Stick, choose: Choose, bring: Choose) -> None:
    """As an update does that was cut off after its last step, and began anew."""
    choose(stick, "Numbers")
    assert bring(stick)["status"] == "already"
    assert available() == NUMBERS
    assert offered(stick).is_here and offered(stick).more == RESOURCES - 3


@pytest.mark.parametrize(("ids", "version"), [({"0" * 32}, 1), ({"", "x"}, 1), (set(), 2)])
def test_a_choice_of_something_else_is_refused(ids: set[str], version: int, stick: Stick, home: Path, db: None) -> None:
    asked = Asked(frozenset(ids | {stick.node_ids["Numbers"]}), version)
    (result,) = Import(stick.content, home, Watching(), parts={stick.channel_id: asked}).run(stick.channel_ids)
    assert (result["status"], result["resources"]) == ("refused", 0)
    assert result["sentence"].endswith("Choose the parts again.")
    assert stored(home) == set() and not ChannelMetadata.objects.exists()


def test_cancel_leaves_what_was_here_and_nothing_more(tmp_path: Path, choose: Choose, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", films=4)
    choose(stick, "Numbers")
    before = stored(home)
    with pytest.raises(JobCanceled):
        choose(stick, "Films", watcher=Watching(after(2 * 2**20, JobCanceled())))
    assert stored(home) == before
    assert available() == NUMBERS
    assert choose(stick, "Films")["resources"] == 7


def test_closing_the_program_keeps_what_is_copied(tmp_path: Path, choose: Choose, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", films=4)
    with pytest.raises(JobInterrupted):
        choose(stick, "Films", watcher=Watching(after(2 * 2**20, JobInterrupted())))
    kept = sum(path.stat().st_size for path in _files(home / "content" / "storage"))
    assert kept
    watcher = Watching()
    assert choose(stick, "Films", watcher=watcher)["resources"] == 4
    assert watcher.told[-1][1] == 4 * 2**20 - kept


def test_kill_in_the_middle_then_the_rest(tmp_path: Path) -> None:
    stick, home = make_stick(tmp_path / "stick", films=12), tmp_path / "home"
    home.mkdir()
    storage = home / "content" / "storage"
    command = [sys.executable, "-m", "tests.core.content.import_once", str(stick.root), str(home)]
    films = [stick.node_ids[f"Long film {number}"] for number in range(8)]
    process = subprocess.Popen([*command, "0.02", *films], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
    _wait_for(lambda: sum(file.stat().st_size >= 2**20 for file in _files(storage)) >= 3, process)
    process.send_signal(signal.SIGKILL)
    process.wait()
    whole = {path: path.stat().st_mtime_ns for path in _files(storage)}
    last = subprocess.run([*command, "0", *films], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    (result,) = json.loads(last.stdout)
    assert (result["resources"], result["of"], result["problems"]) == (8, 8, [])
    assert all(path.stat().st_mtime_ns == changed for path, changed in whole.items())
    assert len(_files(storage)) == 8


@pytest.mark.django_db(transaction=True)
def test_a_job_that_was_cancelled_is_done_again_with_its_choice(stick: Stick, home: Path) -> None:
    asked = ImportChannels.enqueue(str(stick.root), stick.channel_ids, [stick.node_ids["Plants"]], 1)
    asked.cancel()
    Job.get(asked.job_id).restart()
    engine.run_queued()
    job = Job.get(asked.job_id)
    assert job.state == State.COMPLETED, job.traceback
    assert job.result["channels"][0]["resources"] == 3
    assert available() == PLANTS
    assert job.progress == job.total_progress == bytes_here()


# What the page shows


def test_the_tree_tells_sizes_and_what_is_here(stick: Stick, choose: Choose) -> None:
    fresh = parts.look(stick.content, stick.channel_id)
    assert [part.title for part in fresh.whole.parts] == ["Water", "Numbers", "Sounds and stories"]
    assert (fresh.whole.resources, fresh.whole.here, fresh.whole.size) == (RESOURCES, 0, stick.storage_bytes())
    assert fresh.size([fresh.whole.id]) == stick.storage_bytes()
    for titles in (["Plants"], ["Numbers"], ["Plants", "Numbers"], ["Water", "Plants"], [LONG_TITLE], []):
        told = parts.look(stick.content, stick.channel_id)
        expected = told.size({stick.node_ids[title] for title in titles})
        if titles:
            before = bytes_here()
            choose(stick, *titles)
            assert expected == bytes_here() - before, titles
        else:
            assert expected == 0
    now = parts.look(stick.content, stick.channel_id).by_id
    assert now[stick.node_ids["Water"]].is_here and now[stick.node_ids["Plants"]].here == 3
    assert now[stick.node_ids["Sounds and stories"]].is_in_part
    assert not now[stick.channel_id].is_here


def test_the_tree_of_an_export_of_parts_has_only_these(tmp_path: Path, home: Path, db: None) -> None:
    stick = make_stick(tmp_path / "part", only=["Plants", "Numbers"])
    told = parts.look(stick.content, stick.channel_id)
    assert [part.title for part in told.whole.parts] == ["Water", "Numbers"]
    assert {part.title for part in told.whole.parts[0].parts} == {"Plants"}
    assert told.size([told.whole.id]) == stick.storage_bytes()


def test_an_update_adds_what_is_kept_to_any_choice(tmp_path: Path, choose: Choose) -> None:
    choose(make_stick(tmp_path / "one", drop=["Adding"]), "Numbers")
    second = make_stick(tmp_path / "two", version=2)
    told = parts.look(second.content, second.channel_id)
    assert told.is_newer and told.always == second.file("Adding").stat().st_size
    assert told.size([second.node_ids["Numbers"]]) == told.always, "what comes by itself is not added twice"
    before = bytes_here()
    expected = told.size([second.node_ids["Plants"]])
    choose(second, "Plants", version=2)
    assert bytes_here() - before == expected
    assert available() == NUMBERS | PLANTS


def test_many_resources_are_told_by_their_folders_in_as_many_queries(
    tmp_path: Path, home: Path, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stick = make_stick(tmp_path / "big", padding=3000)
    with django_assert_num_queries(2):
        told = parts.look(stick.content, stick.channel_id)
    (book,) = [part for part in told.whole.parts if part.title == "The big book"]
    assert (book.resources, book.parts) == (3000, [])
    assert {part.title for part in told.whole.parts[0].parts} >= {"Plants", "Water words"}
    assert len(told.by_id) < parts.MOST_ROWS


def test_uppermost_leaves_out_what_is_inside(stick: Stick, home: Path, db: None) -> None:
    told = parts.look(stick.content, stick.channel_id)
    ids = [stick.node_ids[title] for title in ("Adding", ARABIC_TITLE, "Plants", "Water")]
    assert parts.uppermost(told, ids) == [stick.node_ids["Water"], stick.node_ids["Adding"]]
    assert parts.uppermost(told, [*ids, told.whole.id]) == [told.whole.id]
