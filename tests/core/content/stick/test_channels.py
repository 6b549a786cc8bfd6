"""Sticks that this program makes: importable, added to, and whole whatever happens in between."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest

from kolibri.core.content.importer import Import
from kolibri.core.content.importer import Result
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.problems import NoSpace
from kolibri.core.content.problems import StickGone
from kolibri.core.content.stick import target
from kolibri.core.content.stick.channels import Export
from kolibri.core.content.stick.target import UNFINISHED
from kolibri.core.content.stick.target import Target
from kolibri.core.tasks.job import JobCanceled
from kolibri.errors import BadInput
from tests.core.content.conftest import Watching
from tests.media import exfat_stick
from tests.sticks import LONG_TITLE
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Result]


def export(source: Path, root: Path, ids: list[str], watcher: Watching | None = None) -> Export:
    """Write these channels as the job does, and return the run."""
    root.mkdir(exist_ok=True)
    target = Target(root)
    target.check_writable()
    run = Export(source, target, watcher or Watching())
    target.check_space(run.plan(ids))
    run.run()
    return run


def files(root: Path) -> dict[str, bytes]:
    """Return what is on a stick, without times."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def version_on(made: Stick | Path, channel_id: str) -> int:
    """Return the version that the stick's database of the channel says."""
    root = made.root if isinstance(made, Stick) else made
    with sqlite3.connect(root / "KOLIBRI_DATA/content/databases" / f"{channel_id}.sqlite3") as db:
        return int(db.execute("SELECT version FROM content_channelmetadata").fetchone()[0])


def test_what_was_imported_goes_to_a_stick_from_which_a_fresh_home_has_it_all(
    stick: Stick, home: Path, tmp_path: Path, bring: Bring
) -> None:
    bring(stick)
    run = export(home / "content", tmp_path / "new", stick.channel_ids)

    assert run.results[0]["status"] == "written"
    assert (run.results[0]["resources"], run.results[0]["of"]) == (RESOURCES, RESOURCES)
    assert run.results[0]["sentences"] == []
    made = files(tmp_path / "new")
    assert {name for name in made if "storage" in name} == {name for name in files(stick.root) if "storage" in name}
    assert set(run.sums) == set(made)
    assert json.loads(made["KOLIBRI_DATA/content/manifest.json"]) == json.loads(
        (stick.content / "manifest.json").read_bytes()
    )

    ChannelMetadata.objects.all().delete()
    again = Import(tmp_path / "new/KOLIBRI_DATA/content", tmp_path / "fresh", Watching()).run(stick.channel_ids)
    assert (again[0]["status"], again[0]["resources"], again[0]["problems"]) == ("imported", RESOURCES, [])


def test_what_is_here_in_part_is_listed_in_part(tmp_path: Path, stick: Stick) -> None:
    stick.file(LONG_TITLE).unlink()
    run = export(stick.content, tmp_path / "new", stick.channel_ids)

    assert 0 < run.results[0]["resources"] < RESOURCES
    [entry] = json.loads((tmp_path / "new/KOLIBRI_DATA/content/manifest.json").read_bytes())["channels"]
    assert stick.channel_id not in entry["include_node_ids"] and entry["include_node_ids"]


def test_a_listed_part_is_imported_without_a_word_about_the_rest(
    tmp_path: Path, stick: Stick, home: Path, db: None
) -> None:
    stick.file(LONG_TITLE).unlink()
    run = export(stick.content, tmp_path / "new", stick.channel_ids)
    [result] = Import(tmp_path / "new/KOLIBRI_DATA/content", home, Watching()).run(stick.channel_ids)
    assert (result["resources"], result["problems"]) == (run.results[0]["resources"], [])


def test_other_channels_on_the_stick_stay_as_they_are(tmp_path: Path, stick: Stick) -> None:
    other = make_stick(tmp_path / "other", channels=2)
    (other.content / "manifest.json").unlink()
    mine = other.channel_ids.pop(0)
    other.database().with_name(f"{mine}.sqlite3").unlink()
    before = files(other.root)
    export(stick.content, other.root, stick.channel_ids)

    after = files(other.root)
    assert before == {name: after[name] for name in before}
    listed = json.loads(after["KOLIBRI_DATA/content/manifest.json"])["channels"]
    assert {entry["id"]: entry["include_node_ids"] for entry in listed} == {
        stick.channel_id: [stick.channel_id],
        other.channel_id: [other.channel_id],  # without a list it counted as whole, and still does
    }


def test_a_later_version_on_the_stick_is_never_replaced(tmp_path: Path, stick: Stick) -> None:
    later = make_stick(tmp_path / "later", version=2)
    before = files(later.root)
    run = export(stick.content, later.root, stick.channel_ids)
    assert run.results[0]["status"] == "later" and "later version" in run.results[0]["sentences"][0]
    assert files(later.root) == before


def test_an_older_version_on_the_stick_is_brought_up_to_date(tmp_path: Path, stick: Stick) -> None:
    old = make_stick(tmp_path / "old")
    newer = make_stick(tmp_path / "newer", version=2)
    export(newer.content, old.root, old.channel_ids)
    assert version_on(old, old.channel_id) == 2


def test_a_damaged_file_or_database_on_the_stick_is_written_anew(tmp_path: Path, stick: Stick) -> None:
    other = make_stick(tmp_path / "other", fault="bad-checksum")
    other.database().write_bytes(b"")
    export(stick.content, other.root, stick.channel_ids)
    assert files(other.root) == files(stick.root) | {
        "KOLIBRI_DATA/content/manifest.json": (other.content / "manifest.json").read_bytes()
    }


def test_a_channel_of_a_form_that_is_not_known_is_left_alone(tmp_path: Path, stick: Stick) -> None:
    future = make_stick(tmp_path / "future", fault="future-schema")
    before = files(future.root)
    run = export(stick.content, future.root, stick.channel_ids)
    assert run.results[0]["status"] == "refused" and run.results[0]["sentences"]
    assert files(future.root) == before


def test_a_file_that_is_damaged_here_is_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    bad = make_stick(tmp_path / "bad", fault="bad-checksum")
    run = export(bad.content, tmp_path / "new", bad.channel_ids)
    [sentence] = run.results[0]["sentences"]
    assert "is damaged on this computer" in sentence
    assert 0 < run.results[0]["resources"] < RESOURCES
    assert not (tmp_path / "new" / UNFINISHED).exists()


def test_a_file_over_4_gb_is_refused_by_name_and_the_rest_goes_on(tmp_path: Path, stick: Stick) -> None:
    name = stick.file(LONG_TITLE).name
    os.truncate(stick.file(LONG_TITLE), target.LARGEST + 1)  # sparse: takes no room
    run = export(stick.content, tmp_path / "new", stick.channel_ids)
    [sentence] = run.results[0]["sentences"]
    assert name in sentence and "over 4 GB" in sentence
    assert run.results[0]["resources"] > 0
    assert not list((tmp_path / "new").rglob(name))


def cancel_after(count: int) -> Watching:
    """Cancel at the `count`th time that it is asked, once something was written."""
    asked = iter(range(10_000))
    return Watching(lambda done: JobCanceled() if done and next(asked) >= count else None)


@pytest.mark.parametrize("count", [0, 3, 8])
def test_cancelled_anywhere_it_leaves_the_older_version_usable_and_goes_on_later(
    count: int, tmp_path: Path, home: Path, db: None
) -> None:
    old = make_stick(tmp_path / "old")
    newer = make_stick(tmp_path / "newer", version=2, padding=3)
    (old.content / "manifest.json").write_text(json.dumps({"channels": []}))
    whole = files(newer.root)
    with pytest.raises(JobCanceled):
        export(newer.content, old.root, old.channel_ids, cancel_after(count))

    assert not list(old.root.rglob("*.part"))
    now = files(old.root)
    assert all(now[name] == whole[name] for name in now if "storage" in name and name in whole)
    assert version_on(old, old.channel_id) == 1
    [result] = Import(old.content, home, Watching()).run(old.channel_ids)
    assert (result["resources"], result["problems"]) == (RESOURCES, [])

    export(newer.content, old.root, old.channel_ids)
    assert version_on(old, old.channel_id) == 2
    assert files(old.root).keys() >= whole.keys()


KILLED = """
import os, signal, sys
from pathlib import Path
import django
django.setup()
from kolibri.core.content.stick.channels import Export
from kolibri.core.content.stick.target import Target
class Watcher:
    def update_progress(self, *told, **more): pass
    def check_for_cancel(self):
        global left
        if (Path(sys.argv[2]) / "kolibri-unfinished").is_dir():
            left -= 1
            if left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
left = int(sys.argv[3])
run = Export(Path(sys.argv[1]), Target(Path(sys.argv[2])), Watcher())
run.plan(sys.argv[4:])
run.run()
"""


@pytest.mark.parametrize("left", [0, 6])
def test_killed_in_the_middle_nothing_half_has_a_final_name(left: int, tmp_path: Path, stick: Stick) -> None:
    root = tmp_path / "new"
    root.mkdir()
    words = [sys.executable, "-c", KILLED, str(stick.content), str(root), str(left), *stick.channel_ids]
    settings = {"DJANGO_SETTINGS_MODULE": os.environ["DJANGO_SETTINGS_MODULE"], "KOLIBRI_HOME": str(tmp_path / "h")}
    ended = subprocess.run(words, env={**os.environ, **settings}, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert list((root / UNFINISHED).iterdir())
    whole = files(stick.root)
    assert all(made == whole[name] for name, made in files(root).items() if not name.startswith(UNFINISHED))

    export(stick.content, root, stick.channel_ids)
    assert files(root).keys() == whole.keys()


def test_a_stick_that_is_gone_is_not_taken_for_the_folder_left_behind(tmp_path: Path, stick: Stick) -> None:
    root = tmp_path / "new"

    def pull(done: float) -> None:
        if done:
            shutil.rmtree(root, ignore_errors=True)

    with pytest.raises(StickGone, match="taken out"):
        export(stick.content, root, stick.channel_ids, Watching(pull))
    assert not root.exists()


def test_too_little_room_is_said_before_anything_is_written(
    tmp_path: Path, stick: Stick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target, "SPARE", 2**62)
    with pytest.raises(NoSpace, match="free on the stick"):
        export(stick.content, tmp_path / "new", stick.channel_ids)
    assert files(tmp_path / "new") == {}


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A stick of one megabyte, really."""
    place = tmp_path / "small"
    place.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False, capture_output=True
        ).returncode
    ):
        pytest.skip("a small disk can only be made by root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_stick_that_fills_up_in_the_middle_says_so(small: Path, tmp_path: Path) -> None:
    large = make_stick(tmp_path / "large", films=0)
    target = Target(small)
    target.check_writable()
    (small / "other").write_bytes(b"x" * 900_000)
    run = Export(large.content, target, Watching())
    with pytest.raises(NoSpace):
        target.check_space(run.plan(large.channel_ids))
    with pytest.raises(NoSpace, match="The stick is full"):
        run.run()
    assert not list(small.rglob("*.part"))
    whole = files(large.root)
    assert all(made == whole[name] for name, made in files(small).items() if "storage" in name)
    assert not list(small.rglob("*.sqlite3"))


def test_a_locked_stick_is_noticed_first(small: Path) -> None:
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    with pytest.raises(BadInput, match="Nothing can be written here") as refused:
        Target(small).check_writable()
    assert refused.value.field == "folder"


def test_what_is_read_back_wrong_gets_no_name(tmp_path: Path, stick: Stick, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target, "digests", lambda path, tick: ("", "something else"))
    with pytest.raises(StickGone, match="not what was written|cannot be written"):
        export(stick.content, tmp_path / "new", stick.channel_ids)
    assert files(tmp_path / "new") == {}


def test_nothing_but_half_made_files_is_cleared(tmp_path: Path) -> None:
    (tmp_path / UNFINISHED).mkdir()
    (tmp_path / UNFINISHED / "mine.txt").write_text("kept")
    (tmp_path / UNFINISHED / "half.part").write_text("gone")
    Target(tmp_path).check_writable()
    assert (tmp_path / UNFINISHED / "half.part").exists()  # of a run that may be going on
    Target(tmp_path).clear()
    assert files(tmp_path) == {f"{UNFINISHED}/mine.txt": b"kept"}


@pytest.mark.parametrize("root", ["relative", "/no/such/folder", "/dev/null"])
def test_what_is_no_folder_is_refused(root: str) -> None:
    with pytest.raises(BadInput, match="no such folder"):
        Target(Path(root))


@pytest.fixture
def exfat(tmp_path: Path) -> Iterator[Path]:
    """A stick with the system that sticks have, where this computer can make one."""
    with exfat_stick(tmp_path) as made:
        yield made.put_in()
        made.eject()


def test_a_stick_with_exfat_takes_it_all(exfat: Path, stick: Stick) -> None:
    export(stick.content, exfat, stick.channel_ids)
    assert files(exfat).keys() == files(stick.root).keys()
    for name, size in files(exfat).items():
        if "storage" in name:
            assert size == (stick.root / name).read_bytes()
