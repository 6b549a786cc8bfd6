"""The computer's screens as they look and behave in a browser."""

import re

import pytest
from playwright.sync_api import expect

from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.device import sharing
from kolibri.core.lessons.services import create_lesson
from kolibri.core.sync.network import nearby
from kolibri.core.sync.network.nearby import Found
from kolibri.core.tasks import engine
from tests.schools import make_superuser
from tests.screens import LOOKS
from tests.screens import bring
from tests.screens import check
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def head(open_school):
    return make_superuser(open_school.admin)


@pytest.fixture
def shared(listeners):
    """The server's own way of sharing, over two addresses of this computer."""

    class Sharer:
        state = staticmethod(listeners.sharing)
        start = staticmethod(listeners.share)
        stop = staticmethod(listeners.unshare)

    sharing.register(Sharer())
    yield listeners
    sharing.register(None)


@pytest.mark.parametrize("look", LOOKS)
def test_content(visit, head, computer, settings, tmp_path, look):
    page = visit("/computer/content/", head, look)
    expect(page.get_by_text("No channel is here yet.")).to_be_visible()
    check(page, "1-nothing", tmp_path)
    # A stick is put in: it appears without a reload.
    stick = make_stick(tmp_path / "BLUE STICK", channels=3, fault="missing-file")
    settings.KOLIBRI_EXTRA_DRIVES = [stick.root]
    button = page.get_by_role("button", name="Bring in the ticked channels from BLUE STICK")
    expect(button).to_be_visible()
    check(page, "2-stick", tmp_path)
    page.get_by_role("button", name="Tick none").click()
    page.get_by_label("Sample channel 2").check()
    page.get_by_label("Sample channel", exact=False).first.check()
    button.click()
    expect(page.get_by_text("is being brought in")).to_have_count(2)
    # The chip of the job stands above every page.
    expect(page.locator("#jobs")).to_contain_text("Bringing in channels")
    check(page, "3-under-way", tmp_path)
    engine.run_queued()
    expect(page.get_by_role("link", name="Delete Sample channel 2")).to_be_visible()
    expect(page.locator(".report")).to_contain_text("were left out: its file is not on the stick")
    check(page, "4-report", tmp_path)
    page.get_by_role("button", name="Put this away").click()
    expect(page.locator(".report")).to_have_count(0)
    expect(page.get_by_label("Sample channel 3")).to_be_checked()
    expect(page.get_by_label("Sample channel 2")).not_to_be_checked()
    check(page, "5-put-away", tmp_path)


def test_ticks_outlive_a_second_stick(visit, head, settings, tmp_path):
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "one", channels=2).root]
    page = visit("/computer/content/", head)
    page.get_by_label("Sample channel 2").uncheck()
    settings.KOLIBRI_EXTRA_DRIVES = [*settings.KOLIBRI_EXTRA_DRIVES, make_stick(tmp_path / "two").root]
    expect(page.get_by_role("button", name="from two")).to_be_visible()
    expect(page.get_by_label("Sample channel 2")).not_to_be_checked()


@pytest.mark.parametrize("look", LOOKS)
def test_a_stick_with_a_program_that_runs_from_it(visit, head, computer, settings, tmp_path, look):
    stick = tmp_path / "EMPTY STICK"
    stick.mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = [stick]
    page = visit("/computer/stick/", head, look)
    tick = page.get_by_role("checkbox", name="Also a program that runs from the stick")
    expect(tick).not_to_be_checked()
    expect(tick).to_have_accessible_description(re.compile("nothing may be installed.*is not at hand"))
    tick.check()
    page.get_by_role("button", name="Make the stick").click()
    expect(page.get_by_role("alert").filter(has_text="is not at hand. Put in a stick that has it")).to_be_visible()
    expect(tick).to_be_checked()
    check(page, "stick-1-no-program", tmp_path)
    program = computer / "installers" / "windows-portable"
    (program / "_internal").mkdir(parents=True)
    (program / "kolibri-desktop.exe").write_bytes(b"MZ")
    page.get_by_role("button", name="Make the stick").click()
    expect(page.get_by_text("is being made. Leave it in until this is done.")).to_be_visible()
    expect(tick).to_have_accessible_description(re.compile(r"It needs 32\.0\sMB on the stick\."))
    check(page, "stick-2-under-way", tmp_path)
    engine.run_queued()
    expect(page.get_by_role("heading", name="The stick EMPTY STICK is made")).to_be_visible()
    expect(page.get_by_text("A program that runs from the stick, in its folder: windows-portable")).to_be_visible()
    check(page, "stick-3-made", tmp_path)
    assert (stick / "windows-portable" / "portable.ini").is_file()


@pytest.mark.parametrize("look", LOOKS)
def test_deleting(visit, head, open_school, computer, tmp_path, look):
    bring(make_stick(tmp_path / "stick"), computer)
    nodes = list(ContentNode.objects.resources().available()[:3])
    entries = [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in nodes]
    create_lesson(open_school.coach, collection=open_school.classroom, title="Rain", resources=entries)
    page = visit("/computer/content/", head, look)
    page.get_by_role("link", name="Delete Sample channel").click()
    expect(page.get_by_role("heading", name="1 lesson loses resources")).to_be_visible()
    expect(page.get_by_text(nodes[0].title)).to_be_visible()
    check(page, "delete", tmp_path)
    page.get_by_role("button", name="Delete the channel").click()
    expect(page.get_by_text("is being deleted")).to_be_visible()
    engine.run_queued()
    expect(page.get_by_text("No channel is here yet.")).to_be_visible()
    assert not ChannelMetadata.objects.exists()


@pytest.mark.parametrize("look", LOOKS)
def test_sharing(visit, head, shared, tmp_path, look):
    page = visit("/computer/share/", head, look)
    check(page, "off", tmp_path)
    page.get_by_role("main").get_by_role("button", name="Share with the class").click()
    address = page.locator(".address")
    expect(address).to_have_text(re.compile(r"http://127\.0\.0\.1:\d+"))
    assert address.text_content() == shared.sharing().url
    expect(page.get_by_role("img", name=f"QR code of {shared.sharing().url}")).to_be_visible()
    expect(page.get_by_role("button", name="Print this sheet")).to_be_visible()
    check(page, "on", tmp_path)
    # The computer moves to another network: the sheet follows.
    shared._take_addresses(["127.0.0.3"])
    shared._find_addresses = lambda: ["127.0.0.3"]
    expect(address).to_contain_text("127.0.0.3")
    page.emulate_media(media="print")
    page.screenshot(path=tmp_path / "paper.png", full_page=True)
    expect(page.get_by_role("button", name="Stop sharing")).to_have_count(0)
    page.emulate_media(media="screen")
    page.get_by_role("button", name="Stop sharing").click()
    expect(page.get_by_role("main").get_by_role("button", name="Share with the class")).to_be_visible()
    assert not shared.sharing().is_on


def test_a_computer_that_was_chosen_stays_chosen_while_the_network_is_searched(visit, head, monkeypatch):
    found = [Found(f"http://192.168.1.{number}:8088/", f"{number:032x}", f"Room {number}", "") for number in (7, 8)]
    monkeypatch.setattr(nearby.search, "found", lambda: found)
    page = visit("/computer/sync/", head)
    with page.expect_response("**/sync/around/?found=*"):
        page.get_by_label("Room 8").check()
    found.pop(0)
    expect(page.get_by_label("Room 7")).to_have_count(0)
    expect(page.get_by_label("Room 8")).to_be_checked()
    expect(page.get_by_label("Room 8")).to_be_focused()
