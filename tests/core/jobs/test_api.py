"""Jobs over the API: whose they are, what is shown of them, stopping them."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from rest_framework.test import APIClient

from kolibri.core.auth import services
from kolibri.core.auth.models import FacilityUser
from kolibri.core.fields import local_now
from kolibri.core.tasks.models import JobRow
from kolibri.core.tasks.models import State
from tests.schools import School
from tests.schools import make_school
from tests.schools import make_superuser

LIST = "kolibri:core:job-list"
SHOWN = {
    *("id", "task", "state", "progress", "total", "error", "error_code", "requested_by", "cancel_requested"),
    *("created", "scheduled_for", "started", "finished"),
}


def as_person(person: FacilityUser) -> APIClient:
    client = APIClient()
    client.force_authenticate(FacilityUser._base_manager.get(pk=person.pk))
    return client


def job(person: FacilityUser | None, **values: Any) -> JobRow:
    planted = {"arguments": {"folder": "planted"}, "result": {"x": "planted"}, "extra": {"x": "planted"}}
    told = {"exception": "Planted", "traceback": "planted", "worker": "planted", "key": ""}
    owner = person.pk if person else ""
    return JobRow.objects.create(task="content.import", requested_by=owner, **(planted | told | values))


@pytest.fixture
def jobs(school: School) -> dict[str, JobRow]:
    other = make_school("Valley School", prefix="v_")
    return {
        "learner's": job(school.learner),
        "coach's": job(school.coach),
        "admin's": job(school.admin),
        "the school's": job(None, dataset_id=school.facility.dataset_id),
        "other school's": job(other.admin),
        "nobody's": job(None),
    }


def seen(client: APIClient, jobs: dict[str, JobRow]) -> set[str]:
    answer = client.get(reverse(LIST))
    assert answer.status_code == 200
    listed = {row["id"] for row in answer.json()}
    for name, one in jobs.items():
        detail = client.get(reverse("kolibri:core:job-detail", args=[one.pk])).status_code
        assert detail == (200 if one.pk in listed else 404), name
    return {name for name, one in jobs.items() if one.pk in listed}


def test_one_sees_ones_own_and_what_one_administers(school: School, jobs: dict[str, JobRow]) -> None:
    assert seen(as_person(school.learner), jobs) == {"learner's"}
    assert seen(as_person(school.coach), jobs) == {"coach's"}
    assert seen(as_person(school.admin), jobs) == {"learner's", "coach's", "admin's", "the school's"}
    removed = services.create_person(school.facility, username="gone", full_name="Gone", password="")
    gone = {"gone's": job(removed)}
    FacilityUser.objects.filter(pk=removed.pk).update(date_deleted=local_now())
    assert seen(as_person(school.admin), gone) == {"gone's"}
    keeper = make_superuser(services.create_person(school.facility, username="top", full_name="Top", password=""))
    assert seen(as_person(school.admin), {"the computer's": job(keeper)}) == set()
    assert seen(as_person(make_superuser(school.admin)), jobs) == set(jobs)


def test_nobody_unsigned_sees_any(jobs: dict[str, JobRow]) -> None:
    assert APIClient().get(reverse(LIST)).status_code == 403
    for one in jobs.values():
        assert APIClient().get(reverse("kolibri:core:job-detail", args=[one.pk])).status_code == 403
        assert APIClient().post(reverse("kolibri:core:job-cancel", args=[one.pk])).status_code == 403


def test_what_a_job_was_told_found_or_broke_on_is_not_shown(school: School, jobs: dict[str, JobRow]) -> None:
    answer = as_person(make_superuser(school.admin)).get(reverse(LIST))
    assert all(set(row) == SHOWN for row in answer.json())
    assert b"lanted" not in answer.content


@pytest.mark.parametrize("state", State.values)
def test_a_job_is_stopped_by_whom_it_belongs_to(school: School, state: str) -> None:
    one = job(school.coach, state=state)
    address = reverse("kolibri:core:job-cancel", args=[one.pk])
    for stranger in (school.learner, make_school("Valley", prefix="v_").admin):
        assert as_person(stranger).post(address).status_code == 404
        one.refresh_from_db()
        assert (one.state, one.cancel_requested) == (state, False)
    expected = {
        **dict.fromkeys((State.COMPLETED, State.FAILED, State.CANCELED), state),
        **dict.fromkeys((State.SELECTED, State.RUNNING, State.CANCELING), State.CANCELING),
    }.get(State(state), State.CANCELED)
    # Twice is as good as once.
    for _ in range(2):
        answer = as_person(school.coach).post(address)
        assert (answer.status_code, answer.json()["state"]) == (200, expected)


def test_jobs_are_not_written_otherwise(school: School) -> None:
    one = job(school.coach)
    client = as_person(school.coach)
    assert client.post(reverse(LIST), {}).status_code == 405
    for method in ("put", "patch", "delete"):
        assert getattr(client, method)(reverse("kolibri:core:job-detail", args=[one.pk]), {}).status_code == 405


def test_a_finished_job_is_another_answer(school: School) -> None:
    one = job(school.coach)
    client = as_person(school.coach)
    tag = client.get(reverse(LIST))["ETag"]
    assert client.get(reverse(LIST), headers={"If-None-Match": tag}).status_code == 304
    JobRow.objects.filter(pk=one.pk).update(progress=0.5)
    assert client.get(reverse(LIST), headers={"If-None-Match": tag}).status_code == 200
