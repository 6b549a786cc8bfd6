"""The three next steps of a new school: seen until done or put away, by whoever can do them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from kolibri.core.auth.models import FacilityUser
from kolibri.core.content import services as content
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.device import sharing
from kolibri.core.device.models import DeviceSettings
from kolibri.core.device.models import PutAway
from kolibri.core.device.sharing import Sharing
from kolibri.core.lessons.services import create_lesson
from tests.schools import School
from tests.schools import make_superuser
from tests.screens import LOOKS
from tests.screens import bring
from tests.screens import check
from tests.sticks import make_stick

TITLE = "Three next steps"
PUT_AWAY = "/first-steps/put-away/"


class Sharer:
    """Sharing that can be switched, as on every computer but a district's server."""

    def state(self) -> Sharing:
        return Sharing()

    start = stop = state


@pytest.fixture(autouse=True)
def sharer() -> Iterator[None]:
    sharing.register(Sharer())
    yield
    sharing.register(None)


@pytest.fixture
def head(school: School) -> FacilityUser:
    return make_superuser(school.admin)


@pytest.fixture
def client(head: FacilityUser) -> Client:
    client = Client()
    client.force_login(head)
    return client


def class_page(client: Client, school: School) -> str:
    return client.get(f"/coach/class/{school.classroom.pk}/").content.decode()


def done(page: str) -> list[str]:
    """Return the steps that the page ticks."""
    return re.findall(r'<span class="quiet">([^<]+)</span>', page[page.index(TITLE) :])


def share_once() -> None:
    DeviceSettings.objects.update(class_port=8088)
    DeviceSettings.forget()


def test_each_step_is_ticked_when_it_is_done_and_with_the_last_the_steps_are_gone(
    client: Client, school: School, computer: Path, tmp_path: Path
) -> None:
    page = class_page(client, school)
    assert done(page) == []
    assert '<a href="/computer/content/">Bring in content from a stick</a>' in page
    assert '<a href="/computer/share/">Share it with the class</a>' in page
    assert f'action="/coach/class/{school.classroom.pk}/new-lesson/"' in page[page.index(TITLE) :]

    bring(stick := make_stick(tmp_path / "stick"), computer)
    assert done(class_page(client, school)) == ["Bring in content from a stick"]

    share_once()
    assert done(class_page(client, school)) == ["Bring in content from a stick", "Share it with the class"]

    create_lesson(school.coach, collection=school.classroom, title="Rain")
    assert TITLE not in class_page(client, school)
    assert TITLE not in client.get("/coach/?stay").content.decode()

    # What is true now is what counts: nothing of it is stored.
    for channel in stick.channel_ids:
        content.delete_channel(channel)
    assert done(class_page(client, school)) == ["Make the first lesson", "Share it with the class"]


def test_content_that_is_being_brought_in_is_not_asked_for_again(
    client: Client, school: School, tmp_path: Path
) -> None:
    stick = make_stick(tmp_path / "stick")
    job = ImportChannels.enqueue(folder=str(stick.root), channels=stick.channel_ids)
    steps = class_page(client, school).partition(TITLE)[2]
    assert ">under way</span>" in steps
    assert done(class_page(client, school)) == []
    job.cancel()
    assert "under way" not in class_page(client, school).partition(TITLE)[2]


def test_how_it_stands_is_asked_for_until_it_is_done(
    client: Client, school: School, computer: Path, tmp_path: Path
) -> None:
    stick = make_stick(tmp_path / "stick")
    job = ImportChannels.enqueue(folder=str(stick.root), channels=stick.channel_ids)
    asks = 'hx-get="/jobs/?step"'
    assert asks in class_page(client, school)
    assert asks in client.get("/jobs/?step").content.decode()
    bring(stick, computer)
    assert client.get("/jobs/?step").content.decode().strip() == '<span class="state">done already</span>'
    content.delete_channel(stick.channel_id)
    job.cancel()
    assert client.get("/jobs/?step").content.decode().strip() == "", "it was stopped, and is to be done again"


def test_the_list_of_classes_has_them_too(client: Client, school: School) -> None:
    page = client.get("/coach/?stay").content.decode()
    assert done(page) == []
    assert f'action="/coach/class/{school.classroom.pk}/new-lesson/"' in page


def test_put_away_they_never_come_back_to_this_person(client: Client, school: School) -> None:
    answer = client.post(PUT_AWAY, {"next": f"/coach/class/{school.classroom.pk}/"})
    assert answer["Location"] == f"/coach/class/{school.classroom.pk}/"
    client.post(PUT_AWAY)
    assert PutAway.objects.count() == 1
    assert TITLE not in class_page(client, school)

    other = Client()
    other.force_login(make_superuser(school.coach))
    assert TITLE in class_page(other, school)


def test_who_cannot_do_them_does_not_see_them(client: Client, head: FacilityUser, school: School) -> None:
    coach = Client()
    coach.force_login(school.coach)
    assert TITLE not in class_page(coach, school)
    assert coach.post(PUT_AWAY).status_code == 403
    # On a district's server nobody shares with a class.
    sharing.register(None)
    assert TITLE not in class_page(client, school)


def test_they_take_one_query(client: Client, school: School, django_assert_num_queries) -> None:
    class_page(client, school)  # Some things are asked for once a process.
    with CaptureQueriesContext(connection) as with_steps:
        assert TITLE in class_page(client, school)
    sharing.register(None)
    with django_assert_num_queries(len(with_steps) - 1):
        assert TITLE not in class_page(client, school)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
def test_how_they_look(visit, open_school, tmp_path, look) -> None:
    share_once()
    page = visit(f"/coach/class/{open_school.classroom.pk}/", make_superuser(open_school.admin), look)
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    check(page, "first-steps", tmp_path)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_they_are_put_away_by_keyboard_and_lead_to_the_first_lesson(visit, open_school) -> None:
    admin = make_superuser(open_school.admin)
    page = visit("/coach/?stay", admin)
    page.get_by_role("button", name="Do not show this again").press("Enter")
    expect(page.get_by_role("heading", name=TITLE)).to_have_count(0)
    assert page.url.endswith("/coach/?stay")

    page = visit("/coach/?stay", make_superuser(open_school.coach))
    expect(page).to_have_url(re.compile("stay"))
    page.get_by_role("button", name="Make the first lesson").press("Enter")
    page.wait_for_url("**/coach/lesson/**")
    expect(page.get_by_label("Title")).to_be_focused()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_content_that_has_come_is_said_without_opening_the_page_again(visit, open_school, computer, tmp_path) -> None:
    stick = make_stick(tmp_path / "stick")
    ImportChannels.enqueue(folder=str(stick.root), channels=stick.channel_ids)
    page = visit(f"/coach/class/{open_school.classroom.pk}/", make_superuser(open_school.admin))
    step = page.get_by_role("listitem").filter(has_text="Bring in content from a stick")
    expect(step).to_contain_text("under way")
    step.get_by_role("link").focus()
    bring(stick, computer)
    expect(step).to_contain_text("done already")
    expect(step.get_by_role("link")).to_be_focused()
