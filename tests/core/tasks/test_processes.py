"""Jobs outlive their process: `kill -9` in the middle, and an orderly end of another one."""

import datetime
import os
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from tests.core.tasks import work
from tests.patience import PATIENCE
from tests.patience import until

pytestmark = pytest.mark.django_db(transaction=True)

STEPS = 60


@pytest.fixture
def start_process(transactional_db: None) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    processes: list[subprocess.Popen[str]] = []

    def start() -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.core.tasks.process", str(connection.settings_dict["NAME"])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
            env=os.environ,
        )
        processes.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def steps_in(path: Path) -> list[int]:
    return [int(line) for line in path.read_text().split()] if path.exists() else []


@pytest.mark.acceptance("M3", "M6")
def test_killed_job_goes_on_in_the_next_process(start_process, tmp_path):
    again = work.Count.enqueue(str(tmp_path / "again"), STEPS)
    once = work.CountOnce.enqueue(str(tmp_path / "once"), STEPS)
    first = start_process()
    # Another process's progress is seen from here while it runs.
    until(lambda: Job.get(again.job_id).progress >= 5 and Job.get(once.job_id).progress >= 1)
    first.kill()
    first.wait()
    assert Job.get(again.job_id).state == State.RUNNING
    reached = Job.get(again.job_id).extra["step"]
    assert reached < STEPS

    start_process()
    until(lambda: Job.get(once.job_id).is_finished)
    assert once.refresh().state == State.FAILED
    assert once.error_code == "interrupted"
    until(lambda: Job.get(again.job_id).is_finished)
    again.refresh()
    assert (again.state, again.result, again.attempts) == (State.COMPLETED, reached, 2)
    steps = steps_in(tmp_path / "again")
    assert sorted(set(steps)) == list(range(STEPS))
    assert len(steps) < 2 * STEPS - 5, "it began from the start"


@pytest.mark.acceptance("M6")
def test_two_processes_run_each_job_once(start_process, tmp_path):
    processes = [start_process(), start_process()]
    moment = timezone.now() + datetime.timedelta(seconds=6)
    jobs = [work.note.enqueue_at(moment, str(tmp_path / "notes"), number, 0.3) for number in range(40)]
    until(lambda: not JobRow.objects.exclude(state=State.COMPLETED).exists())
    assert sorted(steps_in(tmp_path / "notes")) == list(range(40))
    assert {job.refresh().attempts for job in jobs} == {1}
    # Both had looked at the schedule before the moment came; alone, one would take six seconds for all.
    assert len({row.worker for row in JobRow.objects.all()}) == len(processes)


def test_cancel_reaches_another_process(start_process):
    job = work.Polite.enqueue()
    start_process()
    until(lambda: Job.get(job.job_id).state == State.RUNNING)
    assert job.cancel()
    assert job.state == State.CANCELING
    until(lambda: Job.get(job.job_id).state == State.CANCELED)


def test_process_that_ends_in_order_puts_its_job_back(start_process):
    job = work.Polite.enqueue()
    process = start_process()
    until(lambda: Job.get(job.job_id).state == State.RUNNING)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 0
    assert JobRow.objects.get(pk=job.job_id).state == State.QUEUED


def test_job_asked_for_without_an_engine_is_found_by_one_in_another_process(start_process):
    start_process()
    job = work.Remember.enqueue("word")
    until(lambda: Job.get(job.job_id).state == State.COMPLETED)
