"""This computer's page: what it says, what it never says, and the list of what was done."""

import datetime

import pytest
from django.test import Client

from kolibri.computer import about
from kolibri.core.device.models import DeviceSettings
from kolibri.core.fields import local_now
from kolibri.core.lessons.services import create_lesson
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from tests.schools import School
from tests.schools import make_superuser

ADDRESS = "/computer/"


@pytest.fixture
def keeper(client: Client, school: School, computer) -> Client:
    client.force_login(make_superuser(school.admin))
    return client


def test_the_page_says_what_there_is(keeper, school):
    html = keeper.get(ADDRESS).content.decode()
    assert about.facts().version in html
    assert "0 channels" in html
    # The text for support counts each byte, and may well end in a 0.
    assert "0 bytes" not in html.partition("<textarea")[0]


def test_the_language_of_the_computer_is_changed(keeper):
    html = keeper.get(ADDRESS).content.decode()
    assert '<option value="en" lang="en" selected>' in html
    answer = keeper.post("/computer/language/", {"language": "sw"}, follow=True).content.decode()
    assert '<option value="sw" lang="sw" selected>' in answer and "Kiswahili" in answer
    # Where nobody has chosen a language: the sign-in page of a device that asks for another one.
    asked = {"headers": {"Accept-Language": "fr"}}
    assert '<html lang="sw"' in Client().get("/sign-in/", **asked).content.decode()
    # Who has chosen one keeps it.
    keeper.post("/language/", {"language": "es", "next": "/"})
    keeper.post("/computer/language/", {"language": "ar"})
    assert '<html lang="es"' in keeper.get(ADDRESS).content.decode()
    assert 'dir="rtl"' in Client().get("/sign-in/", **asked).content.decode()


@pytest.mark.parametrize("language", ["", "xx", "en; drop", "\x00"])
def test_a_language_that_is_not_spoken_here_changes_nothing(keeper, language):
    assert keeper.post("/computer/language/", {"language": language}).status_code == 400
    assert DeviceSettings.current().language in ("", "en")


def test_a_full_disk_is_said_before_something_is_brought_in(keeper, monkeypatch):
    monkeypatch.setattr(about, "LITTLE", 10**18)
    assert "The disk is nearly full." in keeper.get(ADDRESS).content.decode()


def test_the_text_for_support_holds_no_names_and_no_secrets(keeper, school, settings):
    create_lesson(school.coach, collection=school.classroom, title="Secret lesson")
    JobRow.objects.create(task="x.y", state=State.FAILED, error="Amina Bello's file", error_code="bad_file")
    text = about.report(about.facts(), "Mozilla")
    for secret in ("Amina", "Bello", "amina", "Grade 4", "Secret lesson", "Hill School", settings.SECRET_KEY):
        assert secret not in text
    assert "Failed: x.y bad_file" in text


def test_what_is_over_is_listed_and_cleared_and_what_runs_stays(keeper, school):
    task = "kolibri.core.content.tasks.DeleteChannel"
    JobRow.objects.create(task=task, state=State.COMPLETED, requested_by=school.coach.pk)
    running = JobRow.objects.create(task=task, state=State.RUNNING)
    html = keeper.get(ADDRESS).content.decode()
    assert "Deleting a channel" in html
    assert "Class Coach" in html
    keeper.post("/computer/jobs/clear/")
    assert list(JobRow.objects.values_list("pk", flat=True)) == [running.pk]


def test_the_rail_marks_one_place(keeper):
    for address in (ADDRESS, "/computer/content/", "/computer/share/"):
        assert keeper.get(address).content.decode().count('aria-current="page"') == 1


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELED])
def test_what_failed_or_was_stopped_is_done_again(keeper, school, state):
    task = "kolibri.core.content.tasks.DeleteChannel"
    arguments = {"channel_id": "c" * 32}
    row = JobRow.objects.create(task=task, state=state, arguments=arguments, error="No.", error_code="no_channel")
    again = f"/computer/jobs/{row.pk}/again/"
    assert again in keeper.get(ADDRESS).content.decode()
    assert "It is being done again." in keeper.post(again, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.state, row.error, row.arguments) == (State.QUEUED, "", arguments)
    assert keeper.post(again).status_code == 409


def test_what_is_done_or_gone_is_not_done_again(keeper):
    row = JobRow.objects.create(task="kolibri.core.content.tasks.DeleteChannel", state=State.COMPLETED)
    assert "/again/" not in keeper.get(ADDRESS).content.decode()
    JobRow.objects.filter(pk=row.pk).delete()
    assert keeper.post(f"/computer/jobs/{row.pk}/again/").status_code == 404


def test_a_long_list_of_jobs_takes_no_more_queries(keeper, school, django_assert_max_num_queries):
    task = "kolibri.core.content.tasks.DeleteChannel"
    keeper.get(ADDRESS)
    for _number in range(40):
        JobRow.objects.create(task=task, state=State.FAILED, requested_by=school.coach.pk)
    with django_assert_max_num_queries(20):
        keeper.get(ADDRESS)


IMPORT = "kolibri.core.content.tasks.ImportChannels"
PEOPLE = "kolibri.school.tasks.BringInPeople"


@pytest.mark.parametrize(
    ("task", "arguments", "status", "says"),
    [
        (IMPORT, {"folder": "/nowhere", "channels": ["c" * 32]}, 409, "The stick is not there."),
        (PEOPLE, {"file": "f" * 32, "by": "b" * 32}, 404, "This list is not here any more."),
        ("of.another.version", {}, 409, "This program does not know how to do this any more."),
    ],
)
def test_what_could_only_fail_once_more_is_refused_and_left_as_it_is(keeper, task, arguments, status, says):
    row = JobRow.objects.create(task=task, state=State.FAILED, arguments=arguments, error="Earlier.", error_code="x")
    answer = keeper.post(f"/computer/jobs/{row.pk}/again/")
    assert answer.status_code == status
    assert says in answer.content.decode()
    row.refresh_from_db()
    assert (row.state, row.error, row.arguments) == (State.FAILED, "Earlier.", arguments)


def test_what_was_done_meanwhile_is_not_done_twice(keeper):
    task = "kolibri.core.content.tasks.DeleteChannel"
    row = JobRow.objects.create(task=task, state=State.COMPLETED, arguments={"channel_id": "c" * 32})
    assert keeper.post(f"/computer/jobs/{row.pk}/again/").status_code == 409
    row.refresh_from_db()
    assert row.state == State.COMPLETED


def test_a_job_of_another_version_has_no_button(keeper):
    JobRow.objects.create(task="of.another.version", state=State.FAILED)
    assert "/again/" not in keeper.get(ADDRESS).content.decode()


def test_how_long_it_took_is_said(keeper):
    end = local_now()
    begin = end - datetime.timedelta(seconds=245)
    JobRow.objects.create(task=IMPORT, state=State.COMPLETED, started=begin, finished=end)
    assert "took 4:05" in keeper.get(ADDRESS).content.decode()


def test_a_failure_of_the_engine_is_told_in_the_reader_s_language(keeper):
    JobRow.objects.create(task=IMPORT, state=State.FAILED, error="Nicht auf Englisch.", error_code="unexpected")
    JobRow.objects.create(task=IMPORT, state=State.FAILED, error="Auch nicht.", error_code="interrupted")
    html = keeper.get(ADDRESS).content.decode()
    assert "because of a fault in the program" in html
    assert "The program ended each time this was being done" in html
    assert "Nicht" not in html and "Auch" not in html
