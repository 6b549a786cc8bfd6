"""Imports that end early: cancelled, closed with the program, killed."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from kolibri.core.content import disk
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import LocalFile
from kolibri.core.content.tasks import DeleteChannel
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.tasks import engine
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.job import JobCanceled
from kolibri.core.tasks.job import JobInterrupted
from kolibri.core.tasks.models import State
from tests.core.content.conftest import Watching
from tests.core.content.conftest import stored
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Any]
REPOSITORY = Path(__file__).resolve().parents[3]


def after(count: int, error: BaseException) -> Callable[[float], BaseException | None]:
    return lambda done: error if done >= count else None


def test_cancel_leaves_nothing_of_the_channel(tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", films=4)
    with pytest.raises(JobCanceled):
        bring(stick, Watching(after(2 * 2**20, JobCanceled())))
    assert stored(home) == set()
    assert not LocalFile.objects.exists() and not ChannelMetadata.objects.exists()
    assert not disk.incoming(home).exists()


def test_cancel_keeps_channels_that_are_done_and_files_they_share(tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", channels=1)
    bring(stick)
    before = stored(home)
    more = make_stick(tmp_path / "more", channels=2, films=2)
    more.channel_ids.reverse()
    with pytest.raises(JobCanceled):
        bring(more, Watching(after(2**20, JobCanceled())))
    assert stored(home) == before
    assert ChannelMetadata.objects.get().on_device_resources == RESOURCES


def test_closing_the_program_keeps_what_is_copied(tmp_path: Path, bring: Bring, home: Path) -> None:
    stick = make_stick(tmp_path / "stick", films=4)
    with pytest.raises(JobInterrupted):
        bring(stick, Watching(after(2 * 2**20, JobInterrupted())))
    kept = {path: path.stat().st_mtime_ns for path in (home / "content" / "storage").rglob("*.*")}
    assert kept
    watcher = Watching()
    assert bring(stick, watcher)["resources"] == RESOURCES + 4
    assert all(path.stat().st_mtime_ns == changed for path, changed in kept.items())
    copied = watcher.told[-1][1]
    assert copied == stick.storage_bytes() - sum(path.stat().st_size for path in kept)


def test_kill_in_the_middle_then_the_rest(tmp_path: Path) -> None:
    stick, home = make_stick(tmp_path / "stick", films=12, channels=2), tmp_path / "home"
    home.mkdir()
    storage, before = home / "content" / "storage", stick.state()
    command = [sys.executable, "-m", "tests.core.content.import_once", str(stick.root), str(home)]
    for films in (2, 5, 9):
        process = subprocess.Popen([*command, "0.02"], cwd=REPOSITORY, stdout=subprocess.DEVNULL)
        _wait_for(lambda films=films: sum(f.stat().st_size >= 2**20 for f in _files(storage)) >= films, process)
        process.send_signal(signal.SIGKILL)
        process.wait()
        db = sqlite3.connect(home / "db.sqlite3")
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
    whole = {path: path.stat().st_mtime_ns for path in _files(storage)}
    last = subprocess.run([*command, "0"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    results = json.loads(last.stdout)
    assert [(result["resources"], result["problems"]) for result in results] == [(RESOURCES + 12, [])] * 2
    # What had its name was whole, and was not copied again.
    assert all(path.stat().st_mtime_ns == changed for path, changed in whole.items())
    assert not (home / "content" / "incoming").exists()
    on_stick = {path.name for path in (stick.content / "storage").rglob("*.*")}
    assert {path.name for path in _files(storage)} == on_stick
    assert stick.state() == before


def _files(storage: Path) -> list[Path]:
    return [path for path in storage.rglob("*.*") if path.is_file()]


def _wait_for(done: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while not done():
        assert process.poll() is None, "the import ended before it could be killed"
        assert time.monotonic() < until, "the import did not get that far"
        time.sleep(0.01)


def test_cut_off_file_in_the_storage_is_copied_again(stick: Stick, bring: Bring, home: Path) -> None:
    """A power cut may leave a name without its bytes: what has no row is read through first."""
    name = stick.file_names["A steady tone"]
    place = home / "content" / "storage" / name[0] / name[1] / name
    place.parent.mkdir(parents=True)
    place.write_bytes(b"half")
    assert bring(stick)["problems"] == []
    assert place.read_bytes() == stick.file("A steady tone").read_bytes()


def test_file_lost_from_the_storage_is_brought_back(stick: Stick, bring: Bring, home: Path) -> None:
    bring(stick)
    name = stick.file_names["A steady tone"]
    (home / "content" / "storage" / name[0] / name[1] / name).unlink()
    assert bring(stick)["status"] == "completed"
    assert name in stored(home)


@pytest.mark.django_db(transaction=True)
def test_import_and_delete_as_jobs(stick: Stick, home: Path) -> None:
    job = ImportChannels.enqueue(folder=str(stick.root), channels=stick.channel_ids)
    engine.run_queued()
    job = Job.get(job.job_id)
    assert job.state == State.COMPLETED, job.traceback
    (result,) = job.result["channels"]
    assert result["resources"] == RESOURCES
    assert job.progress == job.total_progress == stick.storage_bytes()
    gone = DeleteChannel.enqueue(channel_id=stick.channel_id)
    engine.run_queued()
    assert Job.get(gone.job_id).result == {"name": "Sample channel", "bytes": stick.storage_bytes()}
    assert stored(home) == set()


@pytest.mark.django_db(transaction=True)
def test_job_without_its_stick_fails_with_a_sentence(tmp_path: Path, home: Path) -> None:
    job = ImportChannels.enqueue(folder=str(tmp_path / "nowhere"), channels=["0" * 32])
    engine.run_queued()
    job = Job.get(job.job_id)
    assert (job.state, job.error_code) == (State.FAILED, "stick_gone")
    assert "Put it in again" in job.error


@pytest.mark.django_db(transaction=True)
def test_stick_that_came_back_elsewhere_is_found(stick: Stick, home: Path, settings: Any, tmp_path: Path) -> None:
    job = ImportChannels.enqueue(folder=str(stick.root), channels=stick.channel_ids)
    stick.root.rename(tmp_path / "usb1")
    settings.KOLIBRI_EXTRA_DRIVES = [tmp_path / "usb1"]
    engine.run_queued()
    assert Job.get(job.job_id).result["channels"][0]["resources"] == RESOURCES


def test_import_of_many_resources_writes_in_few_statements(
    tmp_path: Path, bring: Bring, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    stick = make_stick(tmp_path / "big", padding=3000)
    with django_assert_max_num_queries(80):
        assert bring(stick)["resources"] == RESOURCES + 3000
