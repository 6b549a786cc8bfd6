"""The page of the computers that this one syncs with."""

import pytest
from django.test import Client

from kolibri.core.device import sharing
from kolibri.core.sync.network import nearby
from kolibri.core.sync.network.models import Ending
from kolibri.core.sync.network.models import Partner
from kolibri.core.sync.network.models import SyncDoor
from kolibri.core.sync.network.nearby import Found
from kolibri.core.sync.network.tasks import SyncDue
from kolibri.core.sync.network.tasks import SyncWithPartner
from kolibri.core.sync.network.tasks import at_start
from kolibri.core.tasks.models import JobRow
from tests.computer.test_sharing import Sharer
from tests.schools import make_superuser

PAGE = "/computer/sync/"


@pytest.fixture
def client(school):
    client = Client()
    client.force_login(school.admin)
    return client


@pytest.fixture
def partner(school):
    return Partner.objects.create(
        dataset=school.facility.dataset,
        address="http://192.168.1.7:8088/",
        name="The <office>",
        program="kolibri 0.19.5",
    )


def text(client) -> str:
    return client.get(PAGE).content.decode()


def test_the_door_is_shut_until_the_admin_opens_it(client):
    assert "Let other computers of this school sync with this one" in text(client)
    assert not SyncDoor.is_open_now()
    assert client.post(f"{PAGE}door/", {"is_open": "1"})["Location"] == PAGE
    assert SyncDoor.is_open_now()
    assert "They reach it while you share with the class." in text(client)
    sharer = Sharer()
    sharing.register(sharer)
    sharer.start()
    try:
        assert "http://192.168.1.20:8088" in text(client)
    finally:
        sharing.register(None)
    client.post(f"{PAGE}door/")
    assert not SyncDoor.is_open_now()


def test_the_list_says_how_it_went(client, partner):
    assert "Not synced yet" in text(client) and "The &lt;office&gt;" in text(client)
    Partner.objects.update(ending=Ending.DONE, received=1, sent=3)
    assert "1 change came here · 3 changes went there" in text(client)
    Partner.objects.update(received=0, sent=0)
    assert "Both had everything already." in text(client)
    Partner.objects.update(ending=Ending.CUT, sentence="The connection was lost. What arrived is kept.")
    assert "What arrived is kept." in text(client)


def test_sync_now_and_stop(client, partner):
    client.post(f"{PAGE}{partner.pk}/now/")
    client.post(f"{PAGE}{partner.pk}/now/")
    (job,) = SyncWithPartner.find(unfinished=True)
    assert "<progress" in text(client)
    client.post(f"{PAGE}{partner.pk}/stop/")
    assert not SyncWithPartner.find(unfinished=True)
    assert client.post(f"{PAGE}{partner.pk}/stop/").status_code == 302


def test_the_schedule(client, partner):
    def pauses() -> list[float]:
        return [job._row.repeat_interval for job in SyncDue.find(unfinished=True)]

    client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "60"})
    assert pauses() == [3600]
    client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "15"})
    assert pauses() == [900]
    assert client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "7"}).status_code == 400
    client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "0"})
    assert pauses() == []
    client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "60"})
    client.post(f"{PAGE}{partner.pk}/forget/")
    assert pauses() == []
    assert not Partner.objects.exists()


def test_a_schedule_outlives_the_jobs(client, partner):
    """A backup that was brought back has none: the page would name a schedule by which nothing is synced."""
    client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "60"})
    (planned,) = SyncDue.find(unfinished=True)
    at_start()
    assert [job.job_id for job in SyncDue.find(unfinished=True)] == [planned.job_id]
    JobRow.objects.all().delete()
    at_start()
    at_start()
    (again,) = SyncDue.find(unfinished=True)
    assert again.arguments == planned.arguments and again._row.repeat_interval == 3600
    client.post(f"{PAGE}{partner.pk}/schedule/", {"minutes": "0"})
    at_start()
    assert not SyncDue.find(unfinished=True)


def test_another_schools_computers_are_not_shown(client, other_school, partner):
    other = Partner.objects.create(dataset=other_school.facility.dataset, address="http://192.168.1.9/", name="Valley")
    assert "Valley" not in text(client)
    for deed in ("now", "stop", "schedule", "forget"):
        assert client.post(f"{PAGE}{other.pk}/{deed}/").status_code == 404
    assert Partner.objects.count() == 2


def test_a_wrong_address_stays_typed_with_its_sentence(client, school):
    answer = client.post(f"{PAGE}add/", {"address": "127.0.0.1:1"})
    html = answer.content.decode()
    assert answer.status_code == 409
    assert 'value="127.0.0.1:1"' in html and "No computer that syncs answers" in html
    assert client.post(f"{PAGE}add/", {}).status_code == 400


def test_the_list_takes_a_fixed_number_of_queries(client, school, django_assert_max_num_queries):
    for number in range(20):
        Partner.objects.create(dataset=school.facility.dataset, address=f"http://192.168.1.{number}/")
    text(client)
    with django_assert_max_num_queries(14):
        text(client)


def test_computers_that_are_found_can_be_chosen(client, school, monkeypatch):
    found = [Found("http://127.0.0.1:1/", "ab" * 16, "The <gym>", "kolibri 0.19.5")]
    monkeypatch.setattr(nearby.search, "found", lambda: found)
    assert "The &lt;gym&gt;" in text(client) and "The &lt;gym&gt;" in client.get(f"{PAGE}around/").content.decode()
    # The list is looked for anew every few seconds; the choice in it stays.
    assert '" checked>' not in client.get(f"{PAGE}around/").content.decode()
    assert '" checked>' in client.get(f"{PAGE}around/", {"found": "http://127.0.0.1:1/"}).content.decode()
    answer = client.post(f"{PAGE}add/", {"address": "", "found": "http://127.0.0.1:1/"})
    assert "No computer that syncs answers at http://127.0.0.1:1" in answer.content.decode()
    Partner.objects.create(dataset=school.facility.dataset, address="http://x/", instance_id="ab" * 16)
    assert "gym" not in client.get(f"{PAGE}around/").content.decode()


def test_who_is_not_at_this_computer_is_not_sent_to_its_sticks(client, school):
    assert "/sync/stick/" not in text(client)
    client.force_login(make_superuser(school.admin))
    assert "/sync/stick/" in text(client)
