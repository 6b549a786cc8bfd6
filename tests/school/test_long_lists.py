"""A list with many new passwords is a job: all or nothing, stopped at will, and begun again after a restart."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import ListImport
from kolibri.core.logger.models import UserSessionLog
from kolibri.core.tasks import engine
from kolibri.core.tasks.job import JobInterrupted
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from kolibri.school import tasks
from tests.school.test_classes import signed_in
from tests.school.test_classes import text
from tests.school.test_lists import LIST
from tests.school.test_lists import NOWHERE
from tests.school.test_lists import sealed
from tests.school.test_lists import stored
from tests.schools import make_superuser

LONG = "Username,Name,Password\n" + "".join(f"kid_{number},Kid {number},kite-{number}\n" for number in range(101))


@pytest.fixture(autouse=True)
def home(settings, tmp_path, monkeypatch) -> Path:
    settings.KOLIBRI_HOME = tmp_path
    settings.KOLIBRI_PASSWORD_ROUNDS = {"learner": 10, "teacher": 10}
    return tmp_path / "lists"


@pytest.fixture
def client(school) -> Client:
    return signed_in(school.admin)


@pytest.fixture
def asked(client) -> tasks.BringInPeople:
    answer = client.post(f"{LIST}add/", {"list": sealed(client.post(LIST, {"text": LONG}))})
    (job,) = tasks.BringInPeople.find()
    assert answer["Location"] == f"{LIST}job/{job.job_id}/"
    return job


def kids() -> int:
    return FacilityUser.objects.filter(username__startswith="kid_").count()


def test_a_long_list_is_written_by_a_job_and_can_be_undone(school, client, asked, home):
    before = stored()
    page = client.get(f"{LIST}job/{asked.job_id}/")
    assert "nothing is written before its end" in text(page) and f"{asked.job_id}/stop/" in page.content.decode()
    assert client.get(f"{LIST}job/{asked.job_id}/", headers={"HX-Request": "true"}).content.startswith(b"<div id=")
    engine.run_queued()
    asked.refresh()
    assert (asked.state, asked.progress, asked.total_progress) == (State.COMPLETED, 101, 101)
    made = ListImport.objects.get(pk=asked.result)
    assert made.made_by == school.admin and kids() == 101
    assert client.get(f"{LIST}job/{asked.job_id}/")["Location"] == f"{LIST}done/{made.pk}/"
    polled = client.get(f"{LIST}job/{asked.job_id}/", headers={"HX-Request": "true"})
    assert polled["HX-Redirect"] == f"{LIST}done/{made.pk}/"
    assert Client().post("/sign-in/", {"username": "kid_7", "password": "kite-7"}).status_code == 302
    assert list(home.iterdir()) == []
    # Whoever has been here since stays; this one was only to show that the password works.
    FacilityUser.objects.update(last_login=None)
    UserSessionLog.objects.all().delete()
    client.post(f"{LIST}{made.pk}/undo/")
    assert stored() == before


def test_no_password_lies_open_in_the_row_or_the_file(asked, home):
    (file,) = home.iterdir()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(home.stat().st_mode) == 0o700
    kept = repr(JobRow.objects.values().get()) + file.read_text()
    assert "kite" not in kept and "Kid" not in kept


def test_a_short_list_is_written_at_once(client):
    short = "\n".join(LONG.splitlines()[:101])
    answer = client.post(f"{LIST}add/", {"list": sealed(client.post(LIST, {"text": short}))})
    assert "/done/" in answer["Location"] and kids() == 100 and not tasks.BringInPeople.find()


@pytest.mark.parametrize("begun", [False, True])
def test_cancelled_nothing_is_written(client, asked, home, monkeypatch, begun):
    before = stored()
    address = f"{LIST}job/{asked.job_id}/"
    if begun:
        monkeypatch.setattr(tasks.BringInPeople, "_hashed", cancelled_at_five(client, address))
    else:
        client.post(f"{address}stop/")
    engine.run_queued()
    assert asked.refresh().state == State.CANCELED
    assert stored() == before and list(home.iterdir()) == []
    assert "Nothing was written." in text(client.get(address))


def cancelled_at_five(client, address):
    real = tasks.BringInPeople._hashed

    def hashed(job, done, total):
        if done == 5:
            client.post(f"{address}stop/")
            job._tether = None
            job.refresh()
        real(job, done, total)

    return hashed


def test_after_a_restart_it_begins_again(asked, home, monkeypatch):
    before = stored()
    real = tasks.BringInPeople._hashed

    def closing(job, done, total):
        if done == 50:
            raise JobInterrupted
        real(job, done, total)

    job = tasks.BringInPeople.get(asked.job_id)
    with monkeypatch.context() as patch:
        patch.setattr(tasks.BringInPeople, "_hashed", closing)
        with pytest.raises(JobInterrupted):
            job.run(**job.arguments)
    assert stored() == before and len(list(home.iterdir())) == 1
    engine.run_queued()
    assert asked.refresh().state == State.COMPLETED and kids() == 101


def test_who_lost_the_school_meanwhile_writes_nothing(school, asked, home):
    school.admin.roles.all().delete()
    engine.run_queued()
    assert asked.refresh().state == State.FAILED and "You do not run this school." in asked.error
    assert kids() == 0 and list(home.iterdir()) == []


def test_what_was_left_lying_goes_with_the_next_list(client, asked, home):
    (home / "left").write_text("x")
    job = tasks.bring_in("later", FacilityUser.objects.get(username="head"))
    assert {path.name for path in home.iterdir()} == {asked.arguments["file"], job.arguments["file"]}


def test_the_job_is_for_who_asked_alone(school, asked):
    other = signed_in(make_superuser(school.coach))
    assert other.get(f"{LIST}job/{asked.job_id}/").status_code == 404
    assert other.post(f"{LIST}job/{asked.job_id}/stop/").status_code == 404
    assert other.get(f"{LIST}job/{NOWHERE}/").status_code == 404
    assert asked.refresh().state == State.QUEUED
