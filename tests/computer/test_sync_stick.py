"""The page that carries a school's changes on a stick, with a real other computer at the other end."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.auth.models import FacilityUser
from kolibri.core.device.models import DeviceSettings
from kolibri.core.sync.parcel.models import Holding
from kolibri.core.sync.parcel.tasks import BringInChanges
from kolibri.core.sync.parcel.tasks import LookAtChanges
from kolibri.core.sync.parcel.tasks import SaveChanges
from kolibri.core.tasks import engine
from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.conftest import template
from tests.schools import School
from tests.schools import make_superuser

__all__ = ["template"]
PAGE = "/computer/sync/stick/"


@pytest.fixture
def client(school: School, computer: object) -> Client:
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


@pytest.fixture
def drive(tmp_path: Path, settings: object) -> Path:
    root = tmp_path / "BLUE STICK"
    root.mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = [root]  # type: ignore[attr-defined]
    return root


@pytest.fixture
def other(template: Path, tmp_path: Path) -> Iterator[Computer]:  # noqa: F811
    made = Computer(tmp_path / "other", "Library", template)
    yield made
    made.end()


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def only(drive: Path, ending: str) -> Path:
    (found,) = (drive / "KOLIBRI_SYNC").glob(f"*.kolibri-{ending}")
    return found


def test_a_new_computer_joins_and_its_changes_come_back(client, drive, other, school):
    dataset = str(school.facility.dataset_id)
    request, fingerprint = other.ask(stick=str(drive))
    shown = text(client.get(PAGE))
    assert "BLUE STICK" in shown and "A computer asks" in shown
    asked = client.post(f"{PAGE}who/", {"file": request})
    assert "The computer Library asks to join this school." in text(asked) and fingerprint in text(asked)
    refused = client.post(f"{PAGE}sign/", {"file": request, "fingerprint": "0000"})
    assert refused.status_code == 400 and "not the one that you looked at" in text(refused)
    signed = client.post(f"{PAGE}sign/", {"file": request, "fingerprint": fingerprint}, follow=True)
    assert "The answer is on the stick." in text(signed)
    assert other.join(path=str(only(drive, "answer"))) == dataset

    assert client.post(f"{PAGE}save/", {"place": str(drive)})["Location"] == PAGE
    assert "Saving the school’s changes to a stick" in text(client.get(PAGE))
    engine.run_queued()
    saved = text(client.get(PAGE))
    assert "The changes are on the stick" in saved and "You may take it out now." in saved
    first = only(drive, "changes")
    other.take(path=str(first))
    first.unlink()
    assert len(other.rows()["facilityuser"]) == FacilityUser.objects.count()

    other.edit(what="person", number=0, text="Zuri")
    back = other.write(stick=str(drive), dataset=dataset)
    assert client.post(f"{PAGE}look/", {"file": back["path"]})["Location"] == PAGE
    engine.run_queued()
    seen = text(client.get(PAGE))
    assert "Changes of the school Hill School" in seen and "Saved by the computer Library" in seen
    assert "It holds everything of the school." in seen
    assert other.look_fingerprint(dataset=dataset) in seen
    assert not FacilityUser.objects.filter(full_name="Zuri").exists()

    job = LookAtChanges.find()[0]
    client.post(f"{PAGE}{job.job_id}/bring-in/")
    engine.run_queued()
    assert "1 record was new here." in text(client.get(PAGE))
    assert FacilityUser.objects.filter(full_name="Zuri").exists()
    # It has said what it holds: only what is new may go to it now.
    assert "Library: only what it does not have yet" in text(client.get(PAGE))
    client.post(f"{PAGE}save/", {"place": str(drive), "for": other.instance})
    engine.run_queued()
    assert "What is new to the computer that you chose was saved." in text(client.get(PAGE))
    client.post(f"{PAGE}{SaveChanges.find()[0].job_id}/stop/")
    assert "What is new to the computer" not in text(client.get(PAGE))


def test_this_computer_joins_another_school(client, drive, other):
    dataset = other.make_school(name="Valley School")
    DeviceSettings.objects.update(name="Class computer")
    DeviceSettings.forget()
    client.post(f"{PAGE}ask/", {"place": str(drive)})
    request = str(only(drive, "request"))
    other.sign(path=request, dataset=dataset)
    answer = str(only(drive, "answer"))
    shown = client.post(f"{PAGE}who/", {"file": answer})
    assert "The school Valley School lets this computer join" in text(shown)
    fingerprint = other.look_fingerprint(dataset=dataset)
    assert fingerprint in text(shown)
    assert client.post(f"{PAGE}join/", {"file": answer, "fingerprint": "1"}).status_code == 400
    joined = client.post(f"{PAGE}join/", {"file": answer, "fingerprint": fingerprint}, follow=True)
    assert "This computer has joined the school." in text(joined)


def test_everything_wrong_is_marked_at_once(client, drive):
    answer = client.post(f"{PAGE}save/", {"folder": "/nowhere/at/all", "passphrase": "short"})
    assert answer.status_code == 400
    assert "There is no such folder" in text(answer) and "A passphrase has at least 8 letters" in text(answer)
    assert not SaveChanges.find()
    assert "Choose the file" in text(client.post(f"{PAGE}look/"))
    (drive / "x.kolibri-changes").write_bytes(b"holiday")
    answer = client.post(f"{PAGE}look/", {"file": str(drive / "x.kolibri-changes")})
    assert answer.status_code == 400 and "does not hold a school&#x27;s changes" in answer.content.decode()
    assert client.post(f"{PAGE}look/", {"other": "/etc/\x00passwd"}).status_code == 400
    assert client.post(f"{PAGE}ask/", {"folder": "/nowhere"}).status_code == 400
    assert client.post(f"{PAGE}who/", {"file": str(drive / "x.kolibri-changes")}).status_code == 400
    assert not LookAtChanges.find()


def test_what_was_not_looked_at_cannot_be_brought_in(client, drive, other_school):
    assert client.post(f"{PAGE}{'a' * 32}/bring-in/").status_code == 404
    # A job of another school's people.
    job = LookAtChanges.options(dataset_id=str(other_school.facility.dataset_id)).enqueue("/x", "00")
    assert client.post(f"{PAGE}{job.job_id}/bring-in/").status_code == 404
    assert client.post(f"{PAGE}{job.job_id}/stop/").status_code == 302
    assert not LookAtChanges.get(job.job_id).is_finished
    assert not BringInChanges.find()


def test_the_page_asks_the_database_little(client, drive):
    client.get(PAGE)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(PAGE)
    for number in range(5):
        SaveChanges.options(dataset_id=str(FacilityUser.objects.first().dataset_id)).enqueue(
            "/x", "", {}, "", str(number)
        )
    with CaptureQueriesContext(connection) as many:
        client.get(PAGE)
    assert len(many) <= len(few) <= 25


@pytest.mark.parametrize("who", ["coach", "learner", "admin"])
def test_only_an_admin_at_this_computer(school, computer, drive, who):
    """The admin here signs in over the class's network: sticks are not there."""
    client = Client()
    client.force_login(getattr(school, who))
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}save/", {"place": str(drive)}).status_code == 403
    assert not list(drive.iterdir())


def test_labels_and_sentences_belong_to_one_field_each(client, drive, other, school):
    """Three forms of the page ask for a stick or a file, and each may be wrong."""
    Holding.objects.create(dataset_id=school.facility.dataset_id, instance_id="a" * 32, name="Library")
    request, _fingerprint = other.ask(stick=str(drive))
    (drive / "KOLIBRI_SYNC" / "x.kolibri-changes").write_bytes(b"1")
    client.post(f"{PAGE}ask/", {"place": str(drive)})
    for answer in (
        client.get(PAGE),
        client.post(f"{PAGE}who/", {"file": request}),
        client.post(f"{PAGE}save/", {"folder": "/nowhere", "passphrase": "x"}),
        client.post(f"{PAGE}look/"),
        client.post(f"{PAGE}ask/", {"folder": "/nowhere"}),
    ):
        page = answer.content.decode()
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        named = [*re.findall(r'\sfor="([^"]+)"', page), *re.findall(r'aria-labelledby="([^"]+)"', page)]
        described = [one for found in re.findall(r'aria-describedby="([^"]+)"', page) for one in found.split()]
        assert set(named) | set(described) <= set(ids)
