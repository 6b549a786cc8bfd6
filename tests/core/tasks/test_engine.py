"""Engines with real threads on a real database."""

import datetime
import random
import signal
import threading
import time

import pytest
from django.db import connection
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kolibri.core.tasks import engine
from kolibri.core.tasks import workers
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.core.tasks.runner import run_job
from tests.core.tasks import work
from tests.patience import until

pytestmark = pytest.mark.django_db(transaction=True)


def state_of(job: Job) -> State:
    return Job.get(job.job_id).state


def finish(job: Job) -> Job:
    until(lambda: Job.get(job.job_id).is_finished)
    return job.refresh()


def test_job_runs_in_the_background(start_engine):
    start_engine()
    job = finish(work.ImportChannelTask.enqueue(channel_id="abc123"))
    assert job.state == State.COMPLETED
    assert job.result == {"channel_id": "abc123"}


@pytest.mark.acceptance("M6")
def test_jobs_that_waited_run_at_the_start(start_engine):
    queued = work.Remember.enqueue("queued")
    pending = JobRow.objects.create(task=queued.task_name, arguments={"word": "pending"})
    start_engine()
    assert finish(queued).state == State.COMPLETED
    until(lambda: Job.get(pending.pk).state == State.COMPLETED)


def test_progress_is_seen_while_the_job_runs_even_when_the_last_report_came_too_soon(start_engine):
    start_engine()
    job = work.Report.enqueue()
    until(lambda: Job.get(job.job_id).progress == 5)
    job.refresh()
    assert job.state == State.RUNNING
    assert (job.fraction, job.progress_text, job.extra) == (0.5, "five.mp4", {"seconds_left": 7})


def test_reports_are_many_and_writes_are_few(transactional_db):
    job = work.Chatter.enqueue(reports=50_000)
    with CaptureQueriesContext(connection) as queries:
        engine.run_queued()
    job.refresh()
    seconds = (job.finished - job.started).total_seconds()
    writes = len([query for query in queries if "UPDATE" in query["sql"]])
    assert 3 < writes <= 4 + 4 * seconds
    assert job.progress == 49_999


@pytest.mark.acceptance("M7")
def test_cancel_stops_a_running_job(start_engine):
    start_engine()
    job = work.PatientOnce.enqueue()
    assert work.started.wait(10)
    assert job.cancel()
    assert finish(job).state == State.CANCELED
    assert work.seen == [], "the job's own `except Exception` caught the cancel"


def test_cancel_from_another_process_stops_a_running_job(start_engine):
    start_engine()
    job = work.PatientAgain.enqueue()
    assert work.started.wait(10)
    # As another process does it: the row alone, no word to this process's tether.
    JobRow.objects.filter(pk=job.job_id).update(state=State.CANCELING, cancel_requested=True)
    assert finish(job).state == State.CANCELED


def test_job_that_asks_and_returns_is_canceled(start_engine):
    start_engine()
    job = work.Polite.enqueue()
    assert work.started.wait(10)
    job.cancel()
    assert finish(job).state == State.CANCELED


def test_cancel_that_rolls_back_stops_nothing(start_engine):
    start_engine()
    job = work.PatientOnce.enqueue()
    assert work.started.wait(10)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        job.cancel()
        1 / 0  # noqa: B018
    # Time enough to notice a word that should not have been said.
    time.sleep(0.3)
    assert state_of(job) == State.RUNNING
    work.release.set()
    assert finish(job).result == "released"


def test_progress_does_not_undo_a_cancel(start_engine):
    start_engine()
    job = work.Report.enqueue()
    assert work.started.wait(10)
    assert job.cancel()
    until(lambda: Job.get(job.job_id).progress == 5)
    assert state_of(job) == State.CANCELING


@pytest.mark.acceptance("M10")
def test_failed_job_is_tried_again_and_then_works(start_engine):
    start_engine()
    work.failures.extend([OSError("first"), OSError("second")])
    job = finish(work.Flaky.enqueue())
    assert (job.state, job.result, job.error, job.traceback) == (State.COMPLETED, "done", "", "")
    assert work.seen == ["try"] * 3


def test_retries_run_out(start_engine):
    start_engine()
    work.failures.extend(OSError(str(number)) for number in range(5))
    job = work.Flaky.options(retries=1).enqueue()
    until(lambda: state_of(job) == State.FAILED)
    assert work.seen == ["try"] * 2
    assert "OSError: 3" in job.refresh().traceback


@pytest.mark.acceptance("M10")
def test_job_may_ask_for_another_try(start_engine):
    start_engine()
    job = work.Later.enqueue()
    until(lambda: state_of(job) == State.COMPLETED)
    assert job.refresh().result == "at last"


@pytest.mark.acceptance("M10")
def test_scheduled_job_runs_in_its_time(start_engine):
    start_engine()
    job = work.Remember.enqueue_in(datetime.timedelta(seconds=0.3), "word")
    until(lambda: state_of(job) == State.COMPLETED)
    job.refresh()
    assert job.started >= timezone.now() - datetime.timedelta(seconds=15)
    assert (job.finished - JobRow.objects.get(pk=job.job_id).created).total_seconds() >= 0.3


@pytest.mark.acceptance("M10")
def test_repeated_job_runs_as_often_as_asked(start_engine):
    start_engine()
    job = work.Remember.options(repeat_every=datetime.timedelta(seconds=0.1), repeat=2).enqueue("word")
    until(lambda: state_of(job) == State.COMPLETED)
    assert work.seen == ["word"] * 3


def test_repeated_job_goes_on_after_a_failure(start_engine):
    start_engine()
    work.failures.append(OSError("once"))
    job = work.Flaky.options(retries=0, repeat_every=datetime.timedelta(seconds=0.1), repeat=1).enqueue()
    until(lambda: state_of(job) == State.COMPLETED)
    assert work.seen == ["try"] * 2


def test_cancel_ends_a_repeated_job(start_engine):
    start_engine()
    job = work.Remember.options(repeat_every=datetime.timedelta(hours=1)).enqueue("word")
    until(lambda: state_of(job) == State.SCHEDULED)
    assert job.refresh().result == ["word"]
    assert job.cancel()
    assert state_of(job) == State.CANCELED


@pytest.mark.acceptance("M10")
def test_hundred_jobs_go_by_priority_then_by_age(start_engine):
    priorities = [random.Random(7).randrange(-3, 4) for _number in range(100)]
    for number, priority in enumerate(priorities):
        work.Remember.options(priority=priority).enqueue(str(number))
    start_engine(threads=1)
    until(lambda: not JobRow.objects.exclude(state=State.COMPLETED).exists())
    assert work.seen == [str(number) for number in sorted(range(100), key=lambda number: -priorities[number])]


def test_urgent_job_overtakes_those_that_wait(start_engine):
    start_engine(threads=1)
    first = work.PatientOnce.enqueue()
    assert work.started.wait(10)
    slow = work.Remember.options(priority=0).enqueue("slow")
    work.Remember.options(priority=9).enqueue("urgent")
    work.release.set()
    assert finish(first).result == "released"
    finish(slow)
    assert work.seen == ["urgent", "slow"]


def test_two_engines_run_each_job_once(start_engine):
    jobs = [work.Remember.enqueue(str(number)) for number in range(40)]
    start_engine(threads=2)
    start_engine(threads=2)
    jobs += [work.Remember.enqueue(str(number)) for number in range(40, 60)]
    until(lambda: not JobRow.objects.exclude(state=State.COMPLETED).exists())
    assert sorted(work.seen, key=int) == [str(number) for number in range(60)]
    assert {job.refresh().attempts for job in jobs} == {1}


@pytest.mark.acceptance("M6")
def test_exactly_one_of_many_takes_a_job():
    job = work.Remember.enqueue("word")
    gate = threading.Barrier(8)
    taken = []

    def take(number: int) -> None:
        gate.wait()
        try:
            taken.append(run_job(job.job_id, f"elsewhere {number}", threading.Event()))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 7 + [True]
    assert work.seen == ["word"]


@pytest.mark.acceptance("M9")
def test_rollback_means_no_job_for_a_running_engine(start_engine):
    start_engine()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        work.Remember.enqueue("never")
        1 / 0  # noqa: B018
    with transaction.atomic():
        work.Remember.enqueue("once")
        assert work.seen == []
    until(lambda: work.seen)
    assert work.seen == ["once"]
    assert JobRow.objects.count() == 1


@pytest.mark.alone
def test_stop_puts_a_resumable_job_back_and_the_next_start_goes_on(start_engine):
    job = work.PatientAgain.enqueue()
    first = start_engine()
    assert work.started.wait(10)
    begun = time.monotonic()
    assert first.stop()
    assert time.monotonic() - begun < 1.5
    job.refresh()
    assert (job.state, job.attempts) == (State.QUEUED, 0)
    work.release.set()
    start_engine()
    assert finish(job).result == "released"


def test_stop_fails_a_job_that_cannot_be_resumed(start_engine):
    job = work.PatientOnce.enqueue()
    running = start_engine()
    assert work.started.wait(10)
    assert running.stop()
    job.refresh()
    assert (job.state, job.error_code) == (State.FAILED, "interrupted")
    assert "Start it again" in job.error


@pytest.mark.alone
def test_stop_does_not_wait_for_a_job_that_does_not_listen(start_engine):
    job = work.Deaf.enqueue()
    deaf = start_engine()
    assert work.started.wait(10)
    begun = time.monotonic()
    assert not deaf.stop(timeout=0.5)
    assert time.monotonic() - begun < 1.5
    # It still runs in this process, so no other engine may have it.
    start_engine()
    assert state_of(job) == State.RUNNING


@pytest.mark.alone
def test_idle_engine_stops_at_once(start_engine):
    idle = start_engine()
    begun = time.monotonic()
    assert idle.stop()
    assert time.monotonic() - begun < 0.5


def test_engine_has_few_threads_and_leaves_the_signals_alone(start_engine):
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    before = set(threading.enumerate())
    start_engine()
    mine = set(threading.enumerate()) - before
    assert sorted(thread.name for thread in mine) == ["jobs-Scheduler", "jobs-Worker-1", "jobs-Worker-2"]
    assert all(thread.daemon for thread in mine)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)] == handlers


def test_engine_starts_outside_of_the_main_thread():
    failures = []

    def life() -> None:
        try:
            engine.start(threads=1)
            engine.start(threads=1)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=life)
    thread.start()
    thread.join()
    assert failures == []
    assert len([thread for thread in threading.enumerate() if thread.name.startswith("jobs-")]) == 2
    assert engine.stop()
    assert engine.stop()


def dead(task: type[Job], state: State = State.RUNNING, **values: object) -> Job:
    """Return a job whose worker was a process that is gone."""
    words = workers.new_worker().split(" ")
    gone = {"worker": f"{words[0]} 999999999 1 {words[3]}", "heartbeat": timezone.now(), "attempts": 1}
    job = task.enqueue()
    JobRow.objects.filter(pk=job.job_id).update(**{"state": state, **gone, **values})
    return job


@pytest.mark.acceptance("M6")
def test_resumable_job_of_a_dead_process_runs_again(start_engine):
    work.release.set()
    job = dead(work.PatientAgain)
    start_engine()
    assert finish(job).state == State.COMPLETED
    assert job.attempts == 2


def test_resumable_job_that_always_kills_its_process_is_given_up(start_engine):
    job = dead(work.PatientAgain, attempts=5)
    start_engine()
    assert finish(job).state == State.FAILED
    assert "each time" in job.error


def test_other_job_of_a_dead_process_fails_with_a_sentence(start_engine):
    job = dead(work.PatientOnce)
    start_engine()
    assert finish(job).state == State.FAILED
    assert job.error == "The program ended while this was being done. Start it again."


def test_job_that_had_only_been_selected_runs(start_engine):
    work.release.set()
    job = dead(work.PatientOnce, State.SELECTED, attempts=0)
    start_engine()
    assert finish(job).state == State.COMPLETED


def test_job_that_was_being_canceled_when_its_process_died_is_canceled(start_engine):
    job = dead(work.PatientAgain, State.CANCELING, cancel_requested=True)
    start_engine()
    assert finish(job).state == State.CANCELED


def test_other_living_process_keeps_its_job_while_it_gives_signs_of_life(start_engine):
    words = workers.new_worker().split(" ")
    theirs = f"{words[0]} 1 1 {words[3]}"
    job = dead(work.PatientAgain, worker=theirs)
    start_engine()
    assert state_of(job) == State.RUNNING
    old = timezone.now() - workers.GIVEN_UP
    JobRow.objects.filter(pk=job.job_id).update(heartbeat=old)
    work.release.set()
    start_engine()
    assert finish(job).state == State.COMPLETED


def test_earlier_life_of_the_same_process_number_is_dead(start_engine):
    """In a container a program has the same number at every start."""
    words = workers.new_worker().split(" ")
    job = dead(work.PatientOnce, worker=f"{words[0]} {words[1]} 1 {words[3]}")
    start_engine()
    assert finish(job).state == State.FAILED


def test_old_finished_jobs_are_forgotten_at_the_start(start_engine):
    old, new = work.Remember.enqueue("old"), work.Remember.enqueue("new")
    engine.run_queued()
    JobRow.objects.filter(pk=old.job_id).update(finished=timezone.now() - datetime.timedelta(days=31))
    start_engine()
    assert Job.find() == [new]
