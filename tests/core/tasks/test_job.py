"""Asking for jobs, finding them, and what a row may hold; no threads."""

import datetime

import pytest
from django.db import IntegrityError
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils import translation

from kolibri.core.tasks import bell
from kolibri.core.tasks import engine
from kolibri.core.tasks.job import HIGH
from kolibri.core.tasks.job import Job
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.errors import Conflict
from kolibri.errors import NotHere
from tests.core.tasks import work

pytestmark = pytest.mark.django_db

ANN = "a" * 32
BEN = "b" * 32


@pytest.mark.acceptance("M2")
def test_enqueue_returns_the_job_at_once():
    job = work.ImportChannelTask.enqueue(channel_id="abc123")
    assert len(job.job_id) == 32
    assert str(job) == job.job_id
    assert job.state == "QUEUED"
    assert (job.progress, job.total_progress, job.fraction, job.result) == (0, 1, 0, None)
    assert work.seen == []


@pytest.mark.acceptance("M3", "M4", "R16")
def test_result_and_progress_of_the_guide_example():
    job = work.ImportChannelTask.enqueue(channel_id="abc123")
    assert engine.run_queued() == 1
    job.refresh()
    assert job.state == State.COMPLETED
    assert job.is_finished
    assert job.result == {"channel_id": "abc123"}
    assert (job.progress, job.fraction) == (1.0, 1.0)
    assert job.started is not None
    assert job.finished >= job.started


@pytest.mark.acceptance("M1")
def test_function_knows_its_job():
    job = work.add.enqueue(2, second=3)
    engine.run_queued()
    assert job.refresh().result == 5
    assert work.seen == [job.job_id]


def test_default_of_an_argument_stays_the_tasks_own():
    job = work.Remember.enqueue("word")
    assert job.arguments == {"word": "word"}
    engine.run_queued()
    assert job.refresh().result == ["word"]


@pytest.mark.acceptance("M5")
@pytest.mark.parametrize(
    ("args", "kwargs", "words"),
    [
        ((), {}, "missing a required argument: 'channel_id'"),
        ((), {"chanel_id": "x"}, "missing a required argument|unexpected keyword"),
        (("x", "y"), {}, "too many positional arguments"),
        ((), {"channel_id": "x", "priority": 3}, "unexpected keyword argument 'priority'"),
        ((object(),), {}, "channel_id must be JSON"),
        (((1, 2),), {}, "would come back as"),
        (({1: "x"},), {}, "would come back as"),
        ((float("nan"),), {}, "must be JSON"),
    ],
)
def test_wrong_arguments_fail_where_they_are_given(args, kwargs, words):
    with pytest.raises(TypeError, match=words):
        work.ImportChannelTask.enqueue(*args, **kwargs)
    assert not JobRow.objects.exists()


def test_child_of_a_task_is_no_task_by_itself():
    child = type("Child", (work.Remember,), {})
    with pytest.raises(TypeError, match="put @register_task"):
        child.enqueue("word")


def test_name_that_is_no_text_comes_back_whole():
    folder = "/media/stick\udcff\0"
    work.Remember.enqueue(folder)
    engine.run_queued()
    assert work.seen == [folder]


@pytest.mark.acceptance("M4")
def test_result_that_is_not_json_is_a_clear_failure():
    job = work.Unkeepable.enqueue()
    engine.run_queued()
    job.refresh()
    assert job.state == State.FAILED
    assert "what run returns must be JSON" in job.traceback


@pytest.mark.acceptance("M7")
def test_failure_keeps_sentence_exception_and_trace():
    job = work.Broken.enqueue()
    engine.run_queued()
    job.refresh()
    assert job.state == State.FAILED
    assert job.exception == "builtins.ValueError"
    assert 'raise ValueError("a' in job.traceback
    assert "\0" not in job.traceback
    assert job.error_code == "unexpected"
    assert "fault in the program" in job.error


def test_expected_failure_keeps_its_own_sentence():
    job = work.Expected.enqueue()
    engine.run_queued()
    job.refresh()
    assert (job.error, job.error_code) == ("The stick is full. Take another one.", "stick_full")


def test_job_speaks_the_language_of_who_asked():
    with translation.override("en-gb"):
        job = work.Remember.enqueue("word")
    assert JobRow.objects.get(pk=job.job_id).language == "en-gb"


@pytest.mark.acceptance("R8", "M10")
def test_options_stand_apart_from_arguments():
    job = work.Remember.options(priority=HIGH, requested_by=ANN, dataset_id=BEN).enqueue("word", times=2)
    row = JobRow.objects.get(pk=job.job_id)
    assert (row.priority, row.requested_by, row.dataset_id) == (HIGH, ANN, BEN)
    assert row.arguments == {"word": "word", "times": 2}


def test_repeat_without_a_pause_is_refused():
    with pytest.raises(TypeError, match="repeat_every"):
        work.Remember.options(repeat=3).enqueue("word")
    with pytest.raises(TypeError, match="longer than nothing"):
        work.Remember.options(repeat_every=datetime.timedelta(0)).enqueue("word")


def test_one_unfinished_job_a_key():
    first = work.Remember.options(key="c1").enqueue("one")
    assert work.Remember.options(key="c1").enqueue("two") == first
    other = work.Remember.options(key="c2").enqueue("three")
    assert other != first
    engine.run_queued()
    again = work.Remember.options(key="c1").enqueue("four")
    assert again != first
    with pytest.raises(Conflict):
        first.refresh().restart()


def test_a_row_that_is_refused_for_another_reason_than_its_key_is_not_tried_for_ever():
    options = work.Remember.options(key="c1", repeat_every=datetime.timedelta(days=1), repeat=-2)
    with pytest.raises(IntegrityError), transaction.atomic():
        options.enqueue("one")


@pytest.mark.parametrize("job_id", ["", "0" * 32, "\0", "x" * 5000, "ABCDEF" * 5 + "AB"])
def test_unknown_id_is_not_here(job_id):
    with pytest.raises(NotHere):
        Job.get(job_id)


def test_get_gives_the_tasks_own_class():
    job = work.Remember.enqueue("word")
    assert type(Job.get(job.job_id)) is work.Remember
    assert work.Remember.get(job.job_id) == job
    with pytest.raises(NotHere):
        work.Broken.get(job.job_id)


def test_find_lists_by_who_asked_newest_first():
    first = work.Remember.options(requested_by=ANN).enqueue("1")
    work.Remember.options(requested_by=BEN).enqueue("2")
    engine.run_queued()
    last = work.Broken.options(requested_by=ANN, dataset_id=BEN).enqueue()
    assert Job.find(requested_by=ANN) == [last, first]
    assert Job.find(requested_by=ANN, unfinished=True) == [last]
    assert Job.find(dataset_id=BEN) == [last]
    assert work.Remember.find(requested_by=ANN) == [first]


def test_row_of_a_forgotten_task_is_still_readable_and_fails_with_a_sentence():
    JobRow.objects.create(id=ANN, task="gone.Task", state=State.QUEUED)
    assert type(Job.get(ANN)) is Job
    engine.run_queued()
    job = Job.get(ANN)
    assert job.state == State.FAILED
    assert job.error_code == "unknown_task"


@pytest.mark.acceptance("M9")
def test_rollback_leaves_no_job(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as told, pytest.raises(ZeroDivisionError), transaction.atomic():
        work.Remember.enqueue("word")
        1 / 0  # noqa: B018
    assert not JobRow.objects.exists()
    assert told == []


@pytest.mark.acceptance("M9")
def test_engine_is_told_when_the_transaction_is_done(monkeypatch, django_capture_on_commit_callbacks):
    told = []
    monkeypatch.setattr(bell, "ring", lambda *what: told.append(what))
    with django_capture_on_commit_callbacks(execute=True):
        job = work.Remember.enqueue("word")
        later = work.Remember.enqueue_in(datetime.timedelta(hours=1), "later")
        assert told == []
    assert told == [(job.job_id, 5, True), (later.job_id, 5, False)]


@pytest.mark.acceptance("M10")
def test_scheduled_job_waits():
    moment = timezone.now() + datetime.timedelta(days=1)
    job = work.Remember.enqueue_at(moment, "word")
    assert job.state == State.SCHEDULED
    assert Job.get(job.job_id).scheduled_for == moment
    assert engine.run_queued() == 0
    naive = work.Remember.enqueue_at(datetime.datetime(2030, 1, 1, 8), "word")
    assert naive.scheduled_for.isoformat() == "2030-01-01T08:00:00+00:00"


@pytest.mark.acceptance("M7")
def test_cancel_before_the_start():
    job = work.Remember.enqueue("word")
    assert job.cancel()
    assert job.state == State.CANCELED
    assert engine.run_queued() == 0


def test_cancel_after_the_end_changes_nothing():
    job = work.Remember.enqueue("word")
    engine.run_queued()
    assert not job.cancel()
    assert job.state == State.COMPLETED


def test_restart_wipes_the_failure():
    job = work.Flaky.options(retries=0).enqueue()
    work.failures.append(OSError("no"))
    engine.run_queued()
    assert job.refresh().state == State.FAILED
    assert job.restart().state == State.QUEUED
    assert (job.error, job.traceback, job.attempts) == ("", "", 0)
    engine.run_queued()
    assert job.refresh().result == "done"


def test_restart_of_an_unfinished_job_is_refused():
    with pytest.raises(Conflict):
        work.Remember.enqueue("word").restart()


def test_inside_a_transaction_no_report_is_written_before_the_end():
    job = work.Chatter.enqueue(reports=100)
    with CaptureQueriesContext(transaction.get_connection()) as queries:
        engine.run_queued()
    assert len([query for query in queries if "UPDATE" in query["sql"]]) == 3
    assert job.refresh().progress == 99


def test_progress_outside_of_a_worker_needs_no_row():
    job = work.ImportChannelTask()
    assert job.run(channel_id="c") == {"channel_id": "c"}
    assert job.fraction == 1.0
