"""One channel's own page: its tree, a level at a time, and the lessons that use it."""

import re

import pytest
from django.db.models import F
from django.test import Client

from kolibri.core.auth import services
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import Language
from kolibri.core.content.models import LocalFile
from kolibri.core.lessons.services import create_lesson
from tests.coach.conftest import entries
from tests.computer.test_access import at_window
from tests.schools import School
from tests.schools import make_superuser
from tests.screens import bring
from tests.sticks import Stick
from tests.sticks import make_stick


@pytest.fixture
def stick(tmp_path, computer, db) -> Stick:
    made = make_stick(tmp_path / "STICK", channels=2)
    bring(made, computer)
    return made


@pytest.fixture
def keeper(client: Client, school: School) -> Client:
    client.force_login(make_superuser(school.admin))
    return client


def address(stick: Stick, topic: str = "") -> str:
    return f"/computer/content/channel/{stick.channel_id}/{f'?topic={topic}' if topic else ''}"


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def test_the_list_leads_to_the_page_and_the_page_into_each_folder(keeper, stick):
    assert f'href="{address(stick)}"' in keeper.get("/computer/content/").content.decode()
    html = keeper.get(address(stick)).content.decode()
    folders = re.findall(r"\?topic=(\w{32})", html)
    assert folders
    inside = keeper.get(address(stick, folders[0]))
    assert inside.status_code == 200
    assert f'href="{address(stick)}"' in inside.content.decode(), "there is a way back"


def test_lessons_that_use_it_are_named(keeper, school, stick):
    assert "No lesson uses it." in text(keeper.get(address(stick)))
    resources = entries(stick.node_ids["The water cycle"], stick.node_ids["A steady tone"])
    made = create_lesson(school.coach, collection=school.classroom, title="Rain", resources=resources)
    answer = keeper.get(address(stick))
    assert f"/coach/lesson/{made.pk}/" in answer.content.decode()
    assert "Grade 4 · 2 resources" in text(answer)


def test_what_is_not_here_is_said_and_no_size_is_nothing(keeper, stick):
    LocalFile.objects.update(file_size=None)
    ContentNode.objects.update(on_device_size=0)
    ChannelMetadata.objects.update(on_device_size=0, total_resource_count=F("on_device_resources") + 2)
    said = text(keeper.get(address(stick)))
    assert not re.search(r"(?<![\d.,])0\s(bytes?|KB|MB)", said)
    assert "Size size not known" in said
    assert "2 resources are not on this computer" in said


def test_the_channel_says_its_language_and_where_more_comes_from(keeper, stick):
    root = ChannelMetadata.objects.get(pk=stick.channel_id).root
    root.lang, _made = Language.objects.get_or_create(id="sw", defaults={"lang_code": "sw", "lang_name": "Kiswahili"})
    root.save()
    answer = keeper.get(address(stick))
    assert f"Language {root.lang}" in text(answer)
    assert 'href="/computer/content/#more-title"' in answer.content.decode()


def test_a_coach_at_the_window_is_led_into_own_classes_only(client, school, stick):
    resources = entries(stick.node_ids["The water cycle"])
    own = create_lesson(school.coach, collection=school.classroom, title="Rain", resources=resources)
    elsewhere = services.create_classroom(school.facility, "Grade 5")
    other = create_lesson(school.admin, collection=elsewhere, title="Snow", resources=resources)
    client.force_login(school.coach)
    at_window(client)
    answer = client.get(address(stick))
    html = answer.content.decode()
    assert f"/coach/lesson/{own.pk}/" in html
    assert f"/coach/lesson/{other.pk}/" not in html
    assert "Snow" in text(answer), "what a deletion would take is told all the same"


@pytest.mark.parametrize("topic", ["nonsense", "f" * 32])
def test_a_folder_that_is_not_there(keeper, stick, topic):
    assert keeper.get(address(stick, topic)).status_code == (200 if topic == "nonsense" else 404)


def test_a_channel_that_is_not_here(keeper, stick):
    assert keeper.get(f"/computer/content/channel/{'e' * 32}/").status_code == 404


def test_the_queries_are_fixed(keeper, school, stick, django_assert_max_num_queries):
    keeper.get(address(stick))
    resources = entries(stick.node_ids["The water cycle"])
    for number in range(30):
        elsewhere = services.create_classroom(school.facility, f"Grade {number + 5}")
        create_lesson(school.admin, collection=elsewhere, title=f"Rain {number}", resources=resources)
    with django_assert_max_num_queries(20):
        keeper.get(address(stick))
