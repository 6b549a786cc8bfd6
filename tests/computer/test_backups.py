"""The page about backups: what is here, saving to a stick, bringing back at the next start."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.test import Client

from kolibri.core.auth.models import FacilityUser
from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.backup import restoring
from kolibri.core.safekeeping.tasks import AskForBackup
from kolibri.core.safekeeping.tasks import SaveBackup
from kolibri.core.tasks import engine
from kolibri.core.tasks.models import JobRow
from kolibri.server.home import prepare
from tests.core.backup.program import run
from tests.schools import School
from tests.schools import make_superuser

PAGE = "/computer/backups/"
PASSPHRASE = "blue kettle seven"
pytestmark = pytest.mark.desktop("copies of the SQLite file")


@pytest.fixture
def home(tmp_path: Path, settings) -> Path:
    """A home with a school in a file of its own, which the page copies; the test's own rows are in another one."""
    made = prepare(tmp_path / "a home")
    run(made, "school")
    settings.KOLIBRI_HOME = made
    settings.DATABASES["default"]["NAME"], kept = made / "db.sqlite3", settings.DATABASES["default"]["NAME"]
    yield made
    settings.DATABASES["default"]["NAME"] = kept


@pytest.fixture
def drive(tmp_path: Path, settings) -> Path:
    root = tmp_path / "BLUE STICK"
    root.mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = [root]
    return root


@pytest.fixture
def client(school: School, computer: object, home: Path, drive: Path) -> Client:
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_what_is_here_is_listed_and_brought_back(client: Client, home: Path):
    assert "None yet." in text(client.get(PAGE))
    made = copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    run(home, "rename")
    shown = text(client.get(PAGE))
    assert "The day&#x27;s backup" in shown and "Hill School : 1 class, 0 people, 0 lessons" in shown
    client.post(f"{PAGE}bring-back/", {"name": made.name})
    assert "Checking a backup" in text(client.get(PAGE))
    engine.run_queued()
    shown = text(client.get(PAGE))
    assert "Then: Hill School : 1 class" in shown and "Now: River School : 1 class" in shown
    assert contents.read(home / "db.sqlite3").schools == ("River School",), "nothing happens while the program runs"
    assert run(home)["schools"] == ["Hill School"]


def test_one_may_leave_it_as_it_is(client: Client, home: Path):
    made = copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    client.post(f"{PAGE}bring-back/", {"name": made.name})
    engine.run_queued()
    assert restoring.asked(home)
    assert "Everything stays as it is." in text(client.post(f"{PAGE}leave/", follow=True))
    assert restoring.asked(home) is None


def test_saved_with_a_passphrase_and_brought_back_from_the_stick(client: Client, home: Path, drive: Path):
    client.post(f"{PAGE}save/", {"place": str(drive), "passphrase": PASSPHRASE})
    assert "Saving a backup" in text(client.get(PAGE))
    assert PASSPHRASE not in str(list(JobRow.objects.values()))
    engine.run_queued()
    (made,) = (drive / "KOLIBRI_BACKUP").iterdir()
    shown = text(client.get(PAGE))
    assert "The backup is saved" in shown and made.name in shown
    client.post(f"{PAGE}{SaveBackup.find()[0].job_id}/stop/")
    assert "The backup is saved" not in text(client.get(PAGE))

    run(home, "rename")
    for given, said in (("", "Type the passphrase"), ("blue kettle eight", "This is not the passphrase")):
        answer = client.post(f"{PAGE}open/", {"file": str(made), "open-passphrase": given})
        assert answer.status_code == 400 and said in text(answer)
    assert not AskForBackup.find()
    client.post(f"{PAGE}open/", {"file": str(made), "open-passphrase": PASSPHRASE})
    engine.run_queued()
    assert "Then: Hill School" in text(client.get(PAGE))
    assert run(home)["schools"] == ["Hill School"]


def test_without_a_passphrase_it_is_a_plain_database(client: Client, drive: Path):
    client.post(f"{PAGE}save/", {"folder": str(drive)})
    engine.run_queued()
    (made,) = (drive / "KOLIBRI_BACKUP").iterdir()
    assert contents.read(made).schools == ("Hill School",)


def test_everything_wrong_is_marked_at_once(client: Client, home: Path, drive: Path):
    answer = client.post(f"{PAGE}save/", {"folder": "/nowhere/at/all", "passphrase": "short"})
    assert answer.status_code == 400
    assert "There is no such folder" in text(answer) and "A passphrase has at least 8 letters" in text(answer)
    assert "Choose a backup." in text(client.post(f"{PAGE}open/"))
    (drive / "x.kolibri-backup").write_bytes(b"holiday")
    answer = client.post(f"{PAGE}open/", {"file": str(drive / "x.kolibri-backup")})
    assert answer.status_code == 400 and "This file is no backup" in text(answer)
    assert client.post(f"{PAGE}open/", {"other": "/etc/\x00passwd"}).status_code == 400
    for name in ("../db.sqlite3", "daily-20200101-000000-000000-0.1.0.sqlite3", ""):
        assert client.post(f"{PAGE}bring-back/", {"name": name}).status_code == 404
    assert not AskForBackup.find() and not SaveBackup.find()


def test_a_database_of_something_else_is_said_to_be_none(client: Client, home: Path, drive: Path):
    import sqlite3

    with sqlite3.connect(drive / "photos.sqlite3") as other:
        other.execute("CREATE TABLE photos (id)")
    client.post(f"{PAGE}open/", {"other": str(drive / "photos.sqlite3")})
    engine.run_queued()
    shown = text(client.get(PAGE))
    assert "It did not work" in shown and "This backup cannot be read" in shown
    assert restoring.asked(home) is None


@pytest.mark.parametrize("who", ["coach", "learner", "admin"])
def test_only_who_set_up_the_computer(school: School, computer: object, home: Path, drive: Path, who: str):
    made = copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    client = Client()
    client.force_login(getattr(school, who))
    assert client.get(PAGE).status_code == 403
    assert client.post(f"{PAGE}save/", {"place": str(drive)}).status_code == 403
    assert client.post(f"{PAGE}bring-back/", {"name": made.name}).status_code == 403
    assert client.post(f"{PAGE}leave/").status_code == 403
    assert not list(drive.iterdir()) and not JobRow.objects.exists()


def test_labels_and_sentences_belong_to_one_field_each(client: Client):
    for answer in (
        client.get(PAGE),
        client.post(f"{PAGE}save/", {"folder": "/nowhere", "passphrase": "x"}),
        client.post(f"{PAGE}open/"),
    ):
        page = answer.content.decode()
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        named = [*re.findall(r'\sfor="([^"]+)"', page), *re.findall(r'aria-labelledby="([^"]+)"', page)]
        described = [one for found in re.findall(r'aria-describedby="([^"]+)"', page) for one in found.split()]
        assert set(named) | set(described) <= set(ids)
    assert FacilityUser.objects.exists()
