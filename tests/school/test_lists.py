"""People from a list: the look at it, the writing, and who may."""

import io
import re

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kolibri.core.auth.models import Classroom
from kolibri.core.auth.models import FacilityUser
from kolibri.core.auth.models import ListImport
from kolibri.core.auth.models import Membership
from kolibri.core.logger.models import UserSessionLog
from kolibri.school import kept_list
from tests.school.test_classes import signed_in
from tests.school.test_classes import text
from tests.schools import make_superuser

LIST = "/school/people/list/"
NOWHERE = "0" * 32
MIXED = "Username,Name,Class\nzoe,Zoe Zulu,Grade 9\nmax,Max,Grade 9\namina,Amina B.,Grade 9\n"
THIRTY = "Name,Username\n" + "".join(f"Learner {number},learner_{number}\n" for number in range(30))


@pytest.fixture
def client(school):
    return signed_in(school.admin)


def file(content: str | bytes, name: str = "list.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)


def sealed(answer) -> str:
    """Return the list that the page of the dry run carries."""
    assert answer.status_code == 200
    return re.search(r'name="list" value="([^"]+)"', answer.content.decode())[1]


def members(name: str) -> int:
    return Membership.objects.filter(collection__name=name).count()


def stored() -> tuple:
    people = list(FacilityUser.all_objects.order_by("pk").values())
    for person in people:
        # Signing in writes it.
        del person["last_login"]
    return people, Classroom.objects.count(), Membership.objects.count()


def asked(client):
    """Return the answers to every address."""
    yield client.get(LIST)
    yield client.post(LIST, {"text": THIRTY, "new_class": "Grade 9"})
    yield client.post(f"{LIST}add/", {"list": "x"})
    yield client.get(f"{LIST}done/{NOWHERE}/")
    yield client.post(f"{LIST}{NOWHERE}/undo/")
    yield client.get("/school/people/list.csv")
    yield client.get("/school/people/list.xlsx")


@pytest.mark.parametrize("who", ["learner", "coach"])
def test_only_admins_get_in(school, who):
    before = stored()
    assert {answer.status_code for answer in asked(signed_in(getattr(school, who)))} == {403}
    assert {answer.status_code for answer in asked(Client())} == {302}
    assert stored() == before


def test_the_wrong_method_is_refused(client):
    assert client.get(f"{LIST}add/").status_code == 405
    for place in (f"done/{NOWHERE}/", "../list.csv", "../list.xlsx"):
        assert client.post(f"{LIST}{place}".replace("list/../", "")).status_code == 405


def test_a_list_is_looked_at_then_written(school, client):
    before = stored()
    looked = client.post(LIST, {"file": file(THIRTY), "new_class": "Grade 9"})
    page = text(looked)
    assert "30 new people" in page and "Add 30 people" in page and "These classes will be made: Grade 9" in page
    assert "2 Learner 0 learner_0 Grade 9" in page
    assert stored() == before
    answer = client.post(f"{LIST}add/", {"list": sealed(looked)})
    assert answer["Location"] == f"{LIST}done/{ListImport.objects.get().pk}/"
    assert members("Grade 9") == 30
    told = client.get(answer["Location"])
    room = Classroom.objects.get(name="Grade 9")
    assert "30 people were added." in text(told) and f'href="/school/class/{room.pk}/"' in told.content.decode()
    # Sent twice, or looked at again: they are there already.
    client.post(f"{LIST}add/", {"list": sealed(looked)})
    assert members("Grade 9") == 30
    again = text(client.post(LIST, {"text": THIRTY, "class": room.pk}))
    assert "30 people are already there" in again and "There is nothing to do." in again and "Add" not in again


def test_faults_are_shown_with_row_column_value_and_remedy_and_the_rest_is_written(school, client):
    table = "Usuario;Nombre;Año\nbad name!;Bad;\nzoe;Zoe <b>Zulu</b>;\nmax;Max;\n"
    looked = client.post(LIST, {"text": table})
    page = text(looked)
    assert "1 row has a fault and is left out." in page and "Add 2 people" in page
    assert "2 Usuario bad name! Use letters, digits and underscores only" in page
    assert "Zoe <b>Zulu</b>" not in looked.content.decode() and "&lt;b&gt;" in looked.content.decode()
    told = client.post(f"{LIST}add/", {"list": sealed(looked)}, follow=True)
    assert "1 row was left out." in text(told)
    assert FacilityUser.objects.filter(username__in=["zoe", "max", "bad name!"]).count() == 2


def test_changes_are_shown_with_what_was_before(school, client):
    looked = client.post(LIST, {"text": "Username,Name,Phone\namina,Amina B.,1\nzoe,Zoe,2\nben,Ben Carter,3\n"})
    page = text(looked)
    assert "1 person changes" in page and "Name: Amina Bello Amina B." in page and "Add 1, change 1" in page
    assert "These columns are not used: Phone" in page
    assert "Change 1 person" in text(client.post(LIST, {"text": "Username,Name\namina,Amina B.\n"}))


def test_a_workbook_is_read_and_the_class_of_the_page_counts(school, client):
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Prénom", "Naissance"])
    book.active.append(["Sow", "Fatou", 2014.0])
    data = io.BytesIO()
    book.save(data)
    assert f'<option value="{school.classroom.pk}" selected>' in (
        client.get(f"{LIST}?class={school.classroom.pk}").content.decode()
    )
    looked = client.post(LIST, {"file": file(data.getvalue(), "list.xlsx"), "class": school.classroom.pk})
    client.post(f"{LIST}add/", {"list": sealed(looked)})
    fatou = FacilityUser.objects.get(username="fatou")
    assert (fatou.full_name, fatou.birth_year) == ("Fatou Sow", "2014")
    assert fatou.memberships.get().collection_id == school.classroom.pk


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "file"),
        ({"text": "  \n"}, "file"),
        ({"text": "Amina,Grade 4\nBen,Grade 5"}, "text"),
        ({"text": "Amina\x00"}, "text"),
        ({"text": "Amina", "new_class": "x" * 101}, "new_class"),
        ({"text": "Amina", "new_class": "…"}, "new_class"),
        ({"text": "Amina", "class": "nonsense"}, "class"),
        ({"text": "Amina", "class": "0" * 32}, "class"),
    ],
)
def test_what_cannot_be_read_is_refused_at_its_field(school, client, sent, field):
    before = stored()
    answer = client.post(LIST, sent)
    html = answer.content.decode()
    assert answer.status_code == 400 and re.findall(r'id="error-(\w+)"', html) == [field]
    assert "\x00" not in html and stored() == before


def test_all_that_is_wrong_is_said_at_once(school, client):
    html = client.post(LIST, {"file": file(b"\x89PNG\r\n\x1a\n\x00"), "class": "x", "text": "Amina"}).content.decode()
    assert re.findall(r'id="error-(\w+)"', html) == ["file", "class"]
    assert ">Amina</textarea>" in html


def test_a_class_of_another_school_cannot_be_chosen(school, other_school, client):
    answer = client.post(LIST, {"text": "Amina", "class": other_school.classroom.pk})
    assert answer.status_code == 400 and "Choose classes of this school." in text(answer)
    assert other_school.classroom.name not in text(client.get(LIST))
    assert "v_amina" not in client.get("/school/people/list.csv").content.decode()


def test_only_who_looked_at_a_list_writes_it_and_not_for_ever(school, client, monkeypatch):
    looked = sealed(client.post(LIST, {"text": "Name,Password\nZoe Zulu,kite-secret\n"}))
    before = stored()
    assert "kite-secret" not in looked and "Zoe" not in looked
    other = signed_in(make_superuser(school.coach))
    for who, sent in ((other, looked), (client, looked[:-9]), (client, ""), (client, "\x00é"), (client, "[]")):
        answer = who.post(f"{LIST}add/", {"list": sent})
        assert answer.status_code == 400 and "Choose it again." in text(answer)
    now = timezone.now().timestamp()
    monkeypatch.setattr("time.time", lambda: now + kept_list.LASTS + 60)
    assert client.post(f"{LIST}add/", {"list": looked}).status_code == 400
    assert stored() == before
    monkeypatch.undo()
    client.post(f"{LIST}add/", {"list": looked})
    assert Client().post("/sign-in/", {"username": "zoe", "password": "kite-secret"})["Location"] == "/"


def test_the_school_is_judged_anew_when_the_list_is_written(school, client):
    looked = sealed(client.post(LIST, {"text": "Username,Name\nzoe,Zoe Zulu\nmax,Max\n"}))
    FacilityUser.objects.create(facility=school.facility, username="zoe", full_name="Zoe Zulu")
    client.post(f"{LIST}add/", {"list": looked})
    assert FacilityUser.objects.filter(username="zoe").count() == 1
    assert FacilityUser.objects.filter(username="max").count() == 1


def test_a_teacher_s_password_must_be_good_enough(school, client):
    page = text(client.post(LIST, {"text": "Name,User type,Class,Password\nTom,Teacher,Grade 4,pw\n"}))
    assert "6 more characters are needed." in page and "pw" not in page.replace("Password", "")
    assert "There is nothing to do." not in page and "Add" not in page


def test_a_long_list_shows_its_first_rows(school, client):
    looked = client.post(LIST, {"text": "Name\n" + "".join(f"Person {number:04}\n" for number in range(1_000))})
    page = text(looked)
    assert "Add 1000 people" in page and "Person 0199" in page and "Person 0200" not in page and "And 800 more." in page
    client.post(f"{LIST}add/", {"list": sealed(looked)})
    assert FacilityUser.objects.count() == 1_007


def test_a_list_too_random_to_be_carried_is_refused(school, client, monkeypatch):
    monkeypatch.setattr(kept_list, "LONGEST", 100)
    answer = client.post(LIST, {"text": THIRTY})
    assert answer.status_code == 400 and 'id="error-file"' in answer.content.decode()


def test_the_list_of_the_school_is_saved_in_two_kinds(school, client):
    table = client.get("/school/people/list.csv")
    assert table["Content-Disposition"] == 'attachment; filename="people.csv"'
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("Database ID (UUID),Username (USERNAME),Password (PASSWORD),")
    assert f"{school.learner.pk},amina,*,Amina Bello,LEARNER,,,,Grade 4," in lines
    book = openpyxl.load_workbook(io.BytesIO(client.get("/school/people/list.xlsx").content))
    assert book.active.max_row == 8
    again = text(client.post(LIST, {"file": file(table.content)}))
    assert "7 people are already there" in again and "There is nothing to do." in again


def test_the_pages_take_the_same_queries_whatever_the_list_is_long(school, client):
    counts = []
    client.get(LIST)
    for size in (2, 30):
        rows = "Name,Class\n" + "".join(f"Person {size} {number},Class {number}\n" for number in range(size))
        with CaptureQueriesContext(connection) as looking:
            looked = client.post(LIST, {"text": rows})
        with CaptureQueriesContext(connection) as writing:
            answer = client.post(f"{LIST}add/", {"list": sealed(looked)})
        with CaptureQueriesContext(connection) as telling:
            client.get(answer["Location"])
        counts.append([len(found) for found in (looking, writing, telling)])
    assert counts[0] == counts[1] and max(counts[0]) < 40


def test_the_ways_to_the_list_are_on_the_pages(school, client):
    for page in ("/school/", "/school/people/"):
        assert f'href="{LIST}"' in client.get(page).content.decode()
    assert f'href="{LIST}?class={school.classroom.pk}"' in (
        client.get(f"/school/class/{school.classroom.pk}/").content.decode()
    )


def test_a_list_is_undone_from_the_page_after_it(school, client):
    before = stored()
    told = client.post(f"{LIST}add/", {"list": sealed(client.post(LIST, {"text": MIXED}))}, follow=True)
    made = ListImport.objects.get()
    assert f'action="{LIST}{made.pk}/undo/"' in told.content.decode() and "Undo this import" in text(told)
    page = text(client.post(f"{LIST}{made.pk}/undo/", follow=True))
    assert "The list was undone: 2 people whom it added are gone again." in page and "Kept" not in page
    assert stored() == before
    for answer in (client.post(f"{LIST}{made.pk}/undo/"), client.get(f"{LIST}done/{made.pk}/")):
        assert answer.status_code == 404 and "There is nothing to undo here any more." in text(answer)


def test_a_list_is_undone_later_and_who_worked_is_named(school, client):
    client.post(f"{LIST}add/", {"list": sealed(client.post(LIST, {"text": MIXED}))})
    made = ListImport.objects.get()
    UserSessionLog.objects.create(user=FacilityUser.objects.get(username="zoe"))
    page = client.get(LIST)
    assert "2 people were added. 1 person was changed. Head Teacher ," in text(page)
    assert f'action="{LIST}{made.pk}/undo/"' in page.content.decode()
    page = text(client.post(f"{LIST}{made.pk}/undo/", follow=True))
    assert "The list was undone: 1 person whom it added is gone again." in page
    assert "Kept, because they have worked or were changed since: Zoe Zulu." in page
    assert "These classes are in use and were kept: Grade 9." in page
    assert "Lists of the last 30 days" not in page
    assert FacilityUser.objects.filter(username="zoe").exists()
    assert not FacilityUser.objects.filter(username="max").exists()


def test_a_list_of_another_school_is_not_there(school, other_school, client):
    made = ListImport.objects.create(school_id=other_school.facility.pk, counts={"create": 1, "change": 0})
    assert client.post(f"{LIST}{made.pk}/undo/").status_code == 404
    assert "Undo this import" not in text(client.get(LIST))
    made.refresh_from_db()
    assert made.undone_at is None


def test_how_the_letters_of_an_old_file_were_read_is_shown(school, client):
    page = text(client.post(LIST, {"file": file("Name\r\nمحمد علي\r\n".encode("cp1256"))}))
    assert "It was read as: Arabic (Windows-1256)." in page and "محمد علي" in page
    page = text(client.post(LIST, {"file": file("Nombre\r\nJosé Muñoz\r\n".encode("cp1252"))}))
    assert "It was read as: Western European (Windows-1252)." in page and "José Muñoz" in page
    for told in (file("Name\nمحمد علي\n"), file("Name\nJose\n")):
        assert "It was read as" not in text(client.post(LIST, {"file": told}))
