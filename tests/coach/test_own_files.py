"""A teacher's own files into a lesson: who may, what is said, what a cut or too large upload leaves."""

from __future__ import annotations

import io
import os
import re
import threading
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from kolibri.core.auth import services as auth
from kolibri.core.content import importer
from kolibri.core.content import services as content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import LocalFile
from kolibri.core.content.own import adding
from kolibri.core.content.own import limits
from kolibri.core.content.own import receiving
from kolibri.core.device.models import DeviceSettings
from kolibri.core.lessons import services as lessons
from kolibri.core.lessons.models import Lesson
from tests.patience import PATIENCE
from tests.schools import School
from tests.schools import make_school
from tests.sticks import files

HTMX = {"HX-Request": "true"}
PDF = files.pdf("Rain")
WORD = files.archive({"[Content_Types].xml": ""})


@pytest.fixture
def coach(school: School, computer: Path) -> Client:
    client = Client()
    client.force_login(school.coach)
    return client


@pytest.fixture
def lesson(school: School) -> Lesson:
    return lessons.create_lesson(school.coach, collection=school.classroom, title="Rain")


def address(lesson: Lesson) -> str:
    return reverse("kolibri:coach:own-files", args=[lesson.pk])


def send(client: Client, lesson: Lesson, *named: tuple[str, bytes], htmx: bool = True, **extra: str):
    uploads = [SimpleUploadedFile(name, body) for name, body in named]
    return client.post(address(lesson), {"file": uploads, **extra}, headers=HTMX if htmx else {})


def in_lesson(lesson: Lesson) -> list[str]:
    lesson.refresh_from_db()
    return [one.title for one in content.resources_by_ids(e["contentnode_id"] for e in lesson.resources).values()]


def left_behind(computer: Path) -> list[Path]:
    place = receiving.folder(computer)
    return list(place.iterdir()) if place.exists() else []


def sentences(answer) -> list[str]:
    return [re.sub(r"<[^>]+>", "", line) for line in re.findall(r'<p class="error">(.*?)</p>', answer.content.decode())]


def test_the_address_is_the_one_that_may_be_sent_much(lesson: Lesson) -> None:
    assert limits.takes_files(address(lesson).encode())
    for other in ("resources", "save", "lesson"):
        assert not limits.takes_files(reverse(f"kolibri:coach:{other}", args=[lesson.pk]).encode())


def test_files_are_in_the_lesson_as_one_change_that_can_be_undone(
    coach: Client, lesson: Lesson, computer: Path, school: School
) -> None:
    answer = send(coach, lesson, ("Rain.pdf", PDF), ("Leaf.png", files.picture(1, 2, 3)))
    assert answer.status_code == 200
    assert in_lesson(lesson) == ["Rain", "Leaf"]
    page = answer.content.decode()
    assert "Saved" in page and 'id="chosen" hx-swap-oob="true"' in page and "Undo: 2 resources added" in page
    change = lessons.latest_change(lesson.pk)
    coach.post(reverse("kolibri:coach:undo", args=[change.pk]), headers=HTMX)
    assert in_lesson(lesson) == []
    assert left_behind(computer) == []
    channel = ChannelMetadata.objects.get()
    assert channel.name == "Files of Hill School"
    # What was undone is still there to be ticked, and the same file comes back as the same resource.
    send(coach, lesson, ("Rain.pdf", PDF))
    send(coach, lesson, ("Rain again.pdf", PDF))
    assert in_lesson(lesson) == ["Rain"]
    assert ChannelMetadata.objects.get().version == 1


def test_the_channel_is_named_after_the_computer(coach: Client, lesson: Lesson, school: School) -> None:
    settings = DeviceSettings.objects.get()
    settings.name = "Library PC"
    settings.save()
    send(coach, lesson, ("Rain.pdf", PDF))
    assert ChannelMetadata.objects.get().name == "Files of Library PC"


def test_a_file_large_enough_to_come_in_many_pieces(coach: Client, lesson: Lesson, computer: Path) -> None:
    body = PDF + bytes(range(256)) * 12_000
    send(coach, lesson, ("Big.pdf", body))
    (entry,) = Lesson.objects.get().resources
    node = content.node_or_missing(entry["contentnode_id"], coach=True)
    main = content.viewer_files(node).main
    assert main is not None and main.size == len(body)
    assert (computer / main.url.removeprefix("/")).read_bytes() == body


def test_each_refusal_is_said_by_name_and_the_others_are_taken(coach: Client, lesson: Lesson) -> None:
    answer = send(coach, lesson, ("letter.docx", WORD), ("Rain.pdf", PDF), ("empty.pdf", b""), ("x.exe", b"MZ"))
    assert answer.status_code == 200
    said = sentences(answer)
    assert [line.partition(":")[0] for line in said] == ["letter.docx", "empty.pdf", "x.exe"]
    assert "Save it as a PDF" in said[0]
    assert in_lesson(lesson) == ["Rain"]
    none = send(coach, lesson, ("letter.docx", WORD))
    assert none.status_code == 422 and len(sentences(none)) == 1
    assert 'id="chosen"' not in none.content.decode()


def test_without_scripts(coach: Client, lesson: Lesson) -> None:
    good = send(coach, lesson, ("Rain.pdf", PDF), htmx=False, topic="0" * 32)
    assert good.status_code == 302 and good["Location"].endswith(f"/lesson/{lesson.pk}/?topic={'0' * 32}")
    bad = send(coach, lesson, ("letter.docx", WORD), ("Sun.pdf", files.pdf("Sun")), htmx=False)
    assert bad.status_code == 200 and len(sentences(bad)) == 1
    assert in_lesson(lesson) == ["Rain", "Sun"]
    nothing = coach.post(address(lesson), {})
    assert nothing.status_code == 400 and sentences(nothing) == ["Choose a file."]


def test_names_are_never_taken_for_a_page(coach: Client, lesson: Lesson) -> None:
    answer = send(
        coach, lesson, ("<script>alert(1)<b>.exe", b"MZ"), ("<img src=x onerror=a()>.png", files.picture(1, 1, 1))
    )
    assert "<script>alert" not in answer.content.decode() and "<img src=x" not in answer.content.decode()


@pytest.mark.parametrize("who", ["nobody", "learner", "other coach", "other school"])
def test_others_are_refused_before_anything_is_read(
    school: School, lesson: Lesson, computer: Path, who: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = auth.create_person(school.facility, username="other", full_name="Other", password="chalk-and-slate")
    auth.give_role(other, auth.create_classroom(school.facility, "Grade 5"), "coach")
    valley = make_school("Valley School", "v")
    person = {"learner": school.learner, "other coach": other, "other school": valley.admin}.get(who)
    client = Client()
    if person:
        client.force_login(person)
    monkeypatch.setattr("kolibri.coach.views.own_files.Receiver", None)
    answer = send(client, lesson, ("Rain.pdf", PDF), htmx=False)
    assert answer.status_code in (302, 403, 404)
    assert in_lesson(lesson) == [] and not ChannelMetadata.objects.exists()
    assert left_behind(computer) == []


def test_a_forged_press_is_refused_and_leaves_nothing(school: School, lesson: Lesson, computer: Path) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(school.coach)
    assert send(strict, lesson, ("Rain.pdf", PDF), htmx=False).status_code == 403
    assert in_lesson(lesson) == [] and left_behind(computer) == []
    page = strict.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    assert send(strict, lesson, ("Rain.pdf", PDF), csrfmiddlewaretoken=token).status_code == 200
    assert in_lesson(lesson) == ["Rain"]


def test_a_cut_upload_is_no_file(coach: Client, lesson: Lesson, computer: Path) -> None:
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="Rain.pdf"\r\n\r\n'
    body = head.encode() + PDF + bytes(500_000)
    for length in (len(body) + 500_000, len(body) + 1):
        # A request as the server hands it over when the line broke: the test client would refuse to read on.
        broken = {"CONTENT_LENGTH": str(length), "wsgi.input": io.BytesIO(body)}
        kind = "multipart/form-data; boundary=x"
        answer = coach.generic("POST", address(lesson), body, content_type=kind, headers=HTMX, **broken)
        assert answer.status_code == 422
        assert sentences(answer) == ["Rain.pdf: Only a part of this file arrived. Add it again."]
        assert in_lesson(lesson) == [] and left_behind(computer) == []
    assert not ChannelMetadata.objects.exists()


class Silent(io.BytesIO):
    """What came of a request before its sender fell silent, as the server hands it over."""

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        if not piece:
            raise TimeoutError("timed out")
        return piece


@pytest.mark.parametrize("fields", ["a file", "a file after another", "the token alone"])
@pytest.mark.parametrize("name", ["Leaf.png", "Rain.pdf"])
def test_an_upload_whose_line_breaks_keeps_nothing(
    school: School, lesson: Lesson, computer: Path, name: str, fields: str
) -> None:
    """The page sends its token in a header, too: with that Django goes on, whatever came of the form."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(school.coach)
    page = strict.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()
    token = re.search(r'"X-CSRFToken": "(\w+)"', page)[1]
    head = '--x\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n'
    body = b'--x\r\nContent-Disposition: form-data; name="csrfmiddlewaretoken"\r\n\r\n' + token.encode() + b"\r\n"
    if fields == "a file after another":
        body += (head % "Sun.pdf").encode() + files.pdf("Sun") + b"\r\n"
    if fields != "the token alone":
        first = files.picture(1, 2, 3) if name.endswith("png") else PDF
        body += (head % name).encode() + first + bytes(600_000)
    answer = strict.post(
        address(lesson),
        data=body,
        content_type="multipart/form-data; boundary=x",
        headers={**HTMX, "X-CSRFToken": token},
        **{"wsgi.input": Silent(body), "CONTENT_LENGTH": "2000000"},
    )
    assert answer.status_code == 422
    assert {line.rpartition(": ")[2] for line in sentences(answer)} == {
        "Only a part of this file arrived. Add it again."
    }
    assert in_lesson(lesson) == [] and left_behind(computer) == []
    assert not ChannelMetadata.objects.exists() and not LocalFile.objects.exists()
    assert not [path for path in (computer / "content" / "storage").rglob("*") if path.is_file()]
    send(strict, lesson, ("Sun.pdf", files.pdf("Sun")), csrfmiddlewaretoken=token)
    assert content.delete_channel(ChannelMetadata.objects.get().pk)["bytes"] == len(files.pdf("Sun"))


def test_too_much_is_refused_in_a_sentence(
    coach: Client, lesson: Lesson, computer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_BYTES", 100)
    answer = send(coach, lesson, ("Rain.pdf", PDF))
    assert answer.status_code == 422 and "At most" in sentences(answer)[0]
    monkeypatch.setattr(limits, "MOST_SENT", 100)
    answer = send(coach, lesson, ("Rain.pdf", PDF))
    assert "At most" in sentences(answer)[0]
    assert left_behind(computer) == [] and in_lesson(lesson) == []


@pytest.mark.parametrize("checked", [True, False])
@pytest.mark.parametrize("htmx", [True, False])
def test_too_many_are_refused_in_a_sentence(
    school: School, lesson: Lesson, computer: Path, settings: Settings, htmx: bool, checked: bool
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 3
    client = Client(enforce_csrf_checks=checked)
    client.force_login(school.coach)
    page = client.get(reverse("kolibri:coach:lesson", args=[lesson.pk])).content.decode()
    assert 'data-most-files="3" data-many="Add at most 3 files at once."' in page
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[1]
    photos = [(f"{number}.png", files.picture(number, 2, 3)) for number in range(4)]
    answer = send(client, lesson, *photos, htmx=htmx, csrfmiddlewaretoken=token)
    assert answer.status_code == (422 if htmx else 400)
    assert sentences(answer) == ["Add at most 3 files at once."]
    assert in_lesson(lesson) == [] and left_behind(computer) == []
    assert send(client, lesson, *photos[:3], csrfmiddlewaretoken=token).status_code == 200


def test_a_hundred_and_one_photos_are_too_many(coach: Client, lesson: Lesson) -> None:
    answer = send(coach, lesson, *[(f"{number}.png", files.picture(number, 2, 3)) for number in range(101)])
    assert answer.status_code == 422 and sentences(answer) == ["Add at most 100 files at once."]


def test_a_full_disk_is_said_before_and_meanwhile(
    coach: Client, lesson: Lesson, computer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("shutil.disk_usage", lambda place: type("Usage", (), {"free": 1000}))
        answer = send(coach, lesson, ("Rain.pdf", PDF))
        assert answer.status_code == 422 and "are free on the computer" in sentences(answer)[0]
    with monkeypatch.context() as patch:

        def full(handle: int) -> None:
            raise OSError(28, "No space left on device")

        patch.setattr("os.fsync", full)
        answer = send(coach, lesson, ("Rain.pdf", PDF))
        assert "disk is full" in sentences(answer)[0]
    assert left_behind(computer) == [] and in_lesson(lesson) == []


def test_while_channels_are_brought_in(coach: Client, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adding, "BRIEFLY", 0.2)
    with importer.one_at_a_time:
        answer = send(coach, lesson, ("Rain.pdf", PDF))
    assert answer.status_code == 422 and "just now" in sentences(answer)[0]


def test_another_teachers_file_is_waited_for(coach: Client, lesson: Lesson, monkeypatch: pytest.MonkeyPatch) -> None:
    for wait in ("BRIEFLY", "WAIT"):
        monkeypatch.setattr(adding, wait, PATIENCE)
    take = importer.one_at_a_time.acquire
    held, asked = threading.Event(), threading.Event()

    def ask(blocking: bool = True, timeout: float = -1) -> bool:
        got = take(blocking=False)
        asked.set()
        return got or (blocking and take(timeout=timeout))

    def other() -> None:
        assert take()
        held.set()
        asked.wait(PATIENCE)
        importer.one_at_a_time.release()

    thread = threading.Thread(target=other)
    thread.start()
    assert held.wait(PATIENCE)
    monkeypatch.setattr(importer.one_at_a_time, "acquire", ask)
    answer = send(coach, lesson, ("Rain.pdf", PDF))
    thread.join(PATIENCE)
    assert answer.status_code == 200 and sentences(answer) == []
    assert in_lesson(lesson) == ["Rain"]


def test_a_full_lesson_keeps_nothing(coach: Client, lesson: Lesson, computer: Path) -> None:
    entry = {"content_id": "1" * 32, "channel_id": "1" * 32}
    Lesson.objects.filter(pk=lesson.pk).update(resources=[{"contentnode_id": f"{n:032x}", **entry} for n in range(500)])
    answer = send(coach, lesson, ("Rain.pdf", PDF))
    assert answer.status_code == 422 and len(sentences(answer)) == 1
    assert not ChannelMetadata.objects.exists()


def test_several_schools_are_not_offered_it(coach: Client, lesson: Lesson) -> None:
    page = reverse("kolibri:coach:lesson", args=[lesson.pk])
    assert "Add a file of your own" in coach.get(page).content.decode()
    make_school("Valley School", "v")
    assert not adding.is_offered()
    answer = send(coach, lesson, ("Rain.pdf", PDF))
    assert answer.status_code == 422 and "Several schools" in sentences(answer)[0]
    cache.clear()
    assert "Add a file of your own" not in coach.get(page).content.decode()


def test_a_file_that_lay_there_since_yesterday_is_cleared(coach: Client, lesson: Lesson, computer: Path) -> None:
    place = receiving.folder(computer)
    place.mkdir(parents=True)
    old, new = place / "old.part", place / "new.part"
    old.write_bytes(b"x")
    new.write_bytes(b"x")
    os.utime(old, (1, 1))
    send(coach, lesson, ("Rain.pdf", PDF))
    assert left_behind(computer) == [new]


def test_learners_find_it_in_the_lesson_and_their_library(coach: Client, school: School, lesson: Lesson) -> None:
    send(coach, lesson, ("Rain.pdf", PDF))
    lessons.update_lesson(lesson, school.coach, is_active=True)
    (entry,) = Lesson.objects.get().resources
    learner = Client()
    learner.force_login(school.learner)
    page = learner.get(reverse("kolibri:learn:resource", args=[lesson.pk, entry["contentnode_id"]]))
    assert page.status_code == 200 and "Rain" in page.content.decode()
