"""The jobs and commands around a file of changes."""

from __future__ import annotations

import io
import os
import shutil
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from kolibri.core.sync.parcel import joining
from kolibri.core.sync.parcel import locks
from kolibri.core.sync.parcel import reading
from kolibri.core.sync.parcel import sticks
from kolibri.core.sync.parcel import writing
from kolibri.core.sync.parcel.tasks import LookAtChanges
from kolibri.core.sync.parcel.tasks import SaveChanges
from kolibri.core.tasks.engine import run_queued
from kolibri.core.tasks.models import State
from tests.core.sync.parcel.computers import Computer
from tests.schools import School


@pytest.mark.django_db(transaction=True)
def test_saving_is_a_job_that_can_be_stopped(school: School, tmp_path: Path) -> None:
    dataset = str(school.facility.dataset_id)
    header, key = locks.close(dataset, "three blue birds")
    order = SaveChanges.options(dataset_id=dataset)
    job = order.enqueue(str(tmp_path), dataset, header, key.hex(), "")
    stopped = order.enqueue(str(tmp_path), dataset, header, key.hex(), "")
    stopped.cancel()
    run_queued()
    done = SaveChanges.get(job.job_id)
    assert done.state == State.COMPLETED
    assert done.result["is_full"] and done.result["records"] > 10
    assert done.progress == done.total_progress == done.result["records"]
    assert SaveChanges.get(stopped.job_id).state == State.CANCELED
    (lying,) = sticks.look([tmp_path]).changes
    assert lying.path.name == done.result["name"] and lying.path.stat().st_size == done.result["size"]
    assert not list(Path(settings.KOLIBRI_HOME).glob("stick-changes-*"))
    # Our own file is refused, in a sentence.
    look = LookAtChanges.enqueue(str(lying.path), reading.key_of(lying.path).hex())
    run_queued()
    failed = LookAtChanges.get(look.job_id)
    assert (failed.state, failed.error_code) == (State.FAILED, "own_parcel")
    assert failed.error.startswith("This file was saved by this computer")


@pytest.mark.django_db
def test_what_a_killed_program_left_is_removed(school: School, tmp_path: Path) -> None:
    old, young = (Path(settings.KOLIBRI_HOME) / f"stick-changes-{name}" for name in ("old", "young"))
    for folder in (old, young):
        folder.mkdir()
        (folder / "parcel").write_bytes(b"half")
    os.utime(old, (time.time() - 100_000, time.time() - 100_000))
    dataset = str(school.facility.dataset_id)
    writing.write(tmp_path, dataset, *locks.close(dataset))
    assert (old.exists(), young.exists()) == (False, True)
    shutil.rmtree(young)


@pytest.mark.django_db
def test_a_stick_full_of_files_shows_the_latest(tmp_path: Path) -> None:
    folder = tmp_path / "KOLIBRI_SYNC"
    folder.mkdir()
    for number in range(sticks.MOST + 5):
        file = folder / f"{number}.kolibri-changes"
        file.touch()
        os.utime(file, (time.time() + number, time.time() + number))
    (tmp_path / f"new{joining.REQUEST}").touch()
    (folder / f"._mac{joining.ANSWER}").touch()
    found = sticks.look([tmp_path, tmp_path / "gone"])
    assert [one.path.stem for one in found.changes][:2] == ["24", "23"]
    assert len(found.changes) == sticks.MOST
    assert len(found.requests) == 1 and not found.answers


def test_the_whole_way_by_commands(template: Path, tmp_path: Path) -> None:
    """A new computer joins, gets the school and is set up, with nothing but a stick between the two."""
    old, new = Computer(tmp_path / "old", "Old", template), Computer(tmp_path / "new", "New", template)
    stick = tmp_path / "stick"
    stick.mkdir()
    try:
        old.make_run_school(name="Hill School", admin="head")
        shown = new.command(name="joinbystick", arguments=["ask", str(stick)])
        (request,) = (stick / "KOLIBRI_SYNC").glob("*.kolibri-request")
        asked = old.command(name="joinbystick", arguments=["sign", str(request)])
        fingerprint = shown.strip().splitlines()[-1].removeprefix("fingerprint ")
        assert asked.strip().endswith(f"New asks to join, fingerprint {fingerprint}")
        assert not list((stick / "KOLIBRI_SYNC").glob("*.kolibri-answer"))
        old.command(name="joinbystick", arguments=["sign", str(request), "--fingerprint", fingerprint])
        (answer,) = (stick / "KOLIBRI_SYNC").glob("*.kolibri-answer")
        told = new.command(name="joinbystick", arguments=["join", str(answer)]).strip()
        assert told.startswith("Hill School answers, fingerprint ")
        new.command(name="joinbystick", arguments=["join", str(answer), "--fingerprint", told.split("print ")[1]])
        assert "everything" in old.command(name="savechanges", arguments=[str(stick)])
        (file,) = (stick / "KOLIBRI_SYNC").glob("*.kolibri-changes")
        assert "Nothing was brought in" in new.command(name="bringchanges", arguments=[str(file)])
        assert new.rows()["facilityuser"] == []
        done = new.command(name="bringchanges", arguments=[str(file), "--yes", "--set-up-for", "head"])
        assert "This computer is set up." in done
        assert new.rows() == old.rows()
        assert new.who_runs() == "head"
    finally:
        old.end()
        new.end()


@pytest.mark.django_db
def test_commands_refuse_in_a_sentence(school: School, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not hold a school's changes"):
        (tmp_path / "x").write_bytes(b"x" * 100)
        call_command("bringchanges", tmp_path / "x", stdout=io.StringIO())
    with pytest.raises(CommandError, match="There is no such folder"):
        call_command("savechanges", tmp_path / "gone", stdout=io.StringIO())
    with pytest.raises(CommandError, match="Say which school"):
        call_command("savechanges", tmp_path, "--school", "Valley", stdout=io.StringIO())
