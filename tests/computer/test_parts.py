"""Choosing parts of a channel: the page, what is asked for, and what is said when it cannot be."""

import json
import re
import shutil

import pytest
from django.db import connection
from django.template.defaultfilters import filesizeformat
from django.test import Client
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from kolibri.core.content import drives
from kolibri.core.content import parts
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.lessons.services import create_lesson
from kolibri.core.tasks import engine
from tests.computer.test_access import at_window
from tests.computer.test_content import entries_of
from tests.computer.test_content import jobs
from tests.computer.test_content import text
from tests.schools import make_superuser
from tests.screens import LOOKS
from tests.screens import bring
from tests.screens import check
from tests.sticks import ARABIC_TITLE
from tests.sticks import RESOURCES
from tests.sticks import make_stick

STALE = "The stick has another version of this channel now. Choose the parts again."


@pytest.fixture
def client(request, computer):
    if request.node.get_closest_marker("browser"):
        return None
    school = request.getfixturevalue("school")
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


@pytest.fixture
def stick(computer, tmp_path, settings):
    """An attached stick with a channel."""
    made = make_stick(tmp_path / "STICK")
    settings.KOLIBRI_EXTRA_DRIVES = [made.root]
    return made


def address(stick) -> str:
    (source,) = [one for one in drives.find_sources() if one.path == stick.root]
    return f"/computer/content/parts/{source.id}/{stick.channel_id}/"


def in_words(size: int) -> str:
    """Return bytes as `text` shows them."""
    return filesizeformat(size).replace("\xa0", " ")


def order(client, stick, *titles: str, version: object = 1, **more: str):
    nodes = [stick.node_ids.get(title, title) for title in titles]
    return client.post(address(stick), {"node": nodes, "version": version, **more})


def available() -> set[str]:
    return set(ContentNode.objects.resources().available().values_list("title", flat=True))


def test_the_offer_leads_to_the_parts(client, stick):
    html = client.get("/computer/content/").content.decode()
    assert f'href="{address(stick)}"' in html and "Choose parts" in html
    page = client.get(address(stick))
    assert page.status_code == 200
    said = text(page)
    assert f"All of it {RESOURCES} resources {in_words(stick.storage_bytes())}" in said
    assert re.search(r"Water 7 resources .* What is in it Water The water cycle Video", said)
    assert "is here already" not in said
    assert " checked" not in page.content.decode()


def test_what_is_ticked_is_asked_for_and_comes(client, stick):
    before = stick.state()
    answer = order(client, stick, "Plants", ARABIC_TITLE, "Numbers")
    assert answer["Location"] == "/computer/content/"
    nodes = [stick.node_ids["Plants"], stick.node_ids["Numbers"]]
    assert jobs() == [{"folder": str(stick.root), "channels": [stick.channel_id], "nodes": nodes, "version": 1}]
    assert "is being brought in" in text(client.get("/computer/content/"))
    engine.run_queued()
    assert ContentNode.objects.get(title="Adding").available and not ContentNode.objects.get(title="Plants").left_out
    said = text(client.get("/computer/content/"))
    assert "6 of 6 resources are on this computer now." in said
    assert f"6 of {RESOURCES} resources" in said
    assert stick.state() == before


def test_of_a_channel_that_is_here_in_part_more_is_offered_and_nothing_is_ticked(client, stick):
    order(client, stick, "Numbers")
    engine.run_queued()
    html = client.get("/computer/content/").content.decode()
    assert 'name="channel"' not in html
    said = text(client.get("/computer/content/"))
    assert re.search(rf"Sample channel 3 of {RESOURCES} resources are here Bring in more of it", said)
    channel = client.get(f"/computer/content/channel/{stick.channel_id}/").content.decode()
    assert f'href="{address(stick)}"' in channel
    page = client.get(address(stick))
    assert re.search(r"Numbers is here already", text(page))
    assert f'value="{stick.node_ids["Numbers"]}"' not in page.content.decode()
    order(client, stick, "Sample channel")
    engine.run_queued()
    assert ChannelMetadata.objects.get().on_device_resources == RESOURCES
    assert "Everything that the stick has of it is here already." in text(client.get(address(stick)))


def test_without_scripts_the_sum_is_a_press_away_and_the_ticks_stay(client, stick):
    answer = order(client, stick, ARABIC_TITLE, "Numbers", sum="yes")
    html = answer.content.decode()
    assert answer.status_code == 200 and jobs() == []
    size = sum(stick.file(title).stat().st_size for title in (ARABIC_TITLE, "Adding", "Counting beads", "Number words"))
    size += 2 * 221  # the picture of Plants, and the one of Water, which Counting beads has as well
    assert text(answer).count(in_words(size)) >= 2
    ticked = re.findall(r'value="(\w{32})" data-part="\d+" autocomplete="off" checked', html)
    assert sorted(ticked) == sorted([stick.node_ids[ARABIC_TITLE], stick.node_ids["Numbers"]])
    # The folders that hold a tick are open.
    assert html.count("<details open>") == 2


@pytest.mark.parametrize("nodes", [["0" * 32], ["nonsense"], ["\x00"], ["x" * 5_000], ["Numbers", "0" * 32]])
def test_what_is_not_of_the_channel_starts_nothing(client, stick, nodes):
    answer = order(client, stick, *nodes)
    assert answer.status_code == 400
    assert "Some of what was ticked is not in this channel. Choose the parts again." in text(answer)
    assert jobs() == []


def test_no_tick_starts_nothing(client, stick):
    answer = order(client, stick)
    assert answer.status_code == 400 and "Tick what you want." in text(answer)
    assert jobs() == []


@pytest.mark.parametrize("version", ["", "2", "x", "1" * 5_000])
def test_another_version_than_was_seen_starts_nothing(client, stick, version):
    answer = order(client, stick, "Numbers", version=version)
    assert answer.status_code == 400 and STALE in text(answer)
    assert jobs() == []


def test_a_stick_that_changed_before_the_import_began_is_told(client, stick, tmp_path):
    order(client, stick, "Numbers")
    make_stick(stick.root, version=2)
    engine.run_queued()
    assert STALE in text(client.get("/computer/content/"))
    assert not ChannelMetadata.objects.exists()


def test_a_stick_taken_out_is_told(client, stick, settings):
    place = address(stick)
    settings.KOLIBRI_EXTRA_DRIVES = []
    for answer in (client.get(place), client.post(place, {"node": stick.channel_id, "version": 1})):
        assert answer.status_code == 404
        assert "This stick is not there any more. Put it in again." in text(answer)
    assert jobs() == []


def test_a_stick_pulled_out_before_the_import_began_is_told(client, stick):
    order(client, stick, "Numbers")
    shutil.rmtree(stick.export)
    engine.run_queued()
    said = text(client.get("/computer/content/"))
    assert "The stick is not there. Put it in again and go on: what was copied is kept." in said


def test_a_channel_that_the_stick_does_not_have(client, stick):
    answer = client.get(address(stick).replace(stick.channel_id, "e" * 32))
    assert answer.status_code == 400 and "cannot be read" in text(answer)


def test_an_older_version_offers_no_parts(client, stick, tmp_path, computer):
    bring(make_stick(tmp_path / "newer", version=2), computer)
    assert "Bring in more of it" not in text(client.get("/computer/content/"))
    answer = client.get(address(stick))
    assert answer.status_code == 400 and "a later version of “Sample channel” (2)" in text(answer)


def test_more_than_has_room_is_said(client, stick, monkeypatch):
    monkeypatch.setattr("kolibri.computer.offers.free_space", lambda: 64 * 2**20 + 1_000)
    answer = order(client, stick, "Numbers")
    assert answer.status_code == 400
    assert "That is more than is free on this computer. Tick less." in text(answer)
    assert jobs() == []


def test_what_is_under_way_is_not_asked_for_twice(client, stick):
    order(client, stick, "Numbers")
    answer = order(client, stick, "Plants")
    assert answer.status_code == 400 and "is being brought in just now" in text(answer)
    assert len(jobs()) == 1


def test_a_stopped_import_goes_on_with_its_choice(client, stick):
    order(client, stick, "Numbers")
    ImportChannels.find()[0].cancel()
    (place,) = re.findall(r'action="([^"]*go-on/)"', client.get("/computer/content/").content.decode())
    client.post(place)
    engine.run_queued()
    assert available() == {"Adding", "Counting beads", "Number words"}


def test_an_update_of_a_part_tells_its_own_size_and_keeps_the_choice(client, stick, tmp_path, settings):
    order(client, stick, "Numbers")
    engine.run_queued()
    newer = make_stick(tmp_path / "newer", version=2, films=3)
    settings.KOLIBRI_EXTRA_DRIVES = [newer.root]
    page = client.get("/computer/content/")
    assert "version 2; here is 1" in text(page)
    assert re.search(r"Bring in the channel from newer \([\d.]+\sKB\)", text(page))
    (source,) = re.findall(r'name="source" value="(\w+)"', page.content.decode())
    client.post("/computer/content/import/", {"source": source, "channel": newer.channel_id})
    engine.run_queued()
    assert ChannelMetadata.objects.get().version == 2
    assert available() == {"Adding", "Counting beads", "Number words"}


def test_what_lessons_would_lose_by_parts_of_a_newer_version_is_said_first(
    client, stick, tmp_path, settings, computer, school
):
    bring(stick, computer)
    create_lesson(school.coach, collection=school.classroom, title="Sums", resources=entries_of("Adding"))
    newer = make_stick(tmp_path / "newer", version=2, drop=["Adding"], films=1)
    settings.KOLIBRI_EXTRA_DRIVES = [newer.root]
    answer = order(client, newer, "Films", version=2)
    said = text(answer)
    assert "1 lesson loses resources" in said and "Adding" in said
    assert jobs() == []
    html = answer.content.decode()
    sent = dict(re.findall(r'name="(\w+)" value="(\w+)"', html.partition("<form method")[2]))
    (place,) = re.findall(r'<form method="post" action="(/computer/content/parts/[^"]*)"', html)
    assert sent["node"] == newer.node_ids["Films"]
    client.post(place, {key: sent[key] for key in ("node", "version", "anyway")})
    engine.run_queued()
    assert "Long film 0" in available() and "Adding" not in available()


def test_the_page_takes_the_same_queries_for_a_few_nodes_and_for_thousands(client, tmp_path, settings):
    counts = []
    for name, padding in (("few", 0), ("many", 3000)):
        made = make_stick(tmp_path / name, padding=padding)
        settings.KOLIBRI_EXTRA_DRIVES = [made.root]
        client.get(address(made))
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address(made))
        counts.append(len(queries))
        assert len(page.content) < 60_000
    assert counts[0] == counts[1] <= 10, counts


def test_who_may_choose(school, stick, computer):
    place = address(stick)
    sent = {"node": stick.node_ids["Numbers"], "version": 1}
    learner, coach = Client(), Client()
    learner.force_login(school.learner)
    coach.force_login(school.coach)
    coach.defaults["kolibri.listener"] = "class"
    assert Client().get(place).headers.get("Location", "").startswith("/sign-in/")
    assert Client().post(place, sent)["Location"].startswith("/sign-in/")
    for client in (at_window(learner), coach):
        assert client.get(place).status_code == client.post(place, sent).status_code == 403
    assert jobs() == []
    coach.defaults["kolibri.listener"] = "window"
    assert at_window(coach).post(place, sent).status_code == 302
    assert len(jobs()) == 1
    assert coach.delete(place).status_code == 405


# In a browser


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("look", LOOKS)
def test_ticks_go_together_and_the_sum_follows(visit, open_school, computer, stick, tmp_path, look):
    page = visit("/computer/content/", make_superuser(open_school.admin), look)
    check(page, "0-offer", tmp_path)
    page.get_by_role("link", name="Choose parts Sample channel").click()
    page.wait_for_url("**/content/parts/**")
    bring_in = page.get_by_role("button", name="Bring in what is ticked")
    expect(bring_in).to_have_text("Bring in what is ticked")
    page.get_by_text("What is in it Water").click()
    page.get_by_text("What is in it Plants").click()
    water = page.locator(f"[value='{stick.node_ids['Water']}']")
    plants = page.locator(f"[value='{stick.node_ids['Plants']}']")
    leaf = page.locator(f"[value='{stick.node_ids['A leaf in the wind']}']")
    words = page.locator(f"[value='{stick.node_ids[ARABIC_TITLE]}']")
    whole = page.locator(f"[value='{stick.channel_id}']")
    plants.check()
    expect(leaf).to_be_checked()
    expect(water).not_to_be_checked()
    assert water.evaluate("tick => tick.indeterminate") and whole.evaluate("tick => tick.indeterminate")
    check(page, "1-ticked", tmp_path)
    _same_sum(page, stick)
    leaf.focus()
    page.keyboard.press("Space")
    expect(plants).not_to_be_checked()
    expect(words).to_be_checked()
    _same_sum(page, stick)
    whole.check()
    expect(page.locator("[data-part]:not(:checked)")).to_have_count(0)
    expect(bring_in).to_have_text(f"Bring in what is ticked ({filesizeformat(stick.storage_bytes())})")
    whole.uncheck()
    words.check()
    _same_sum(page, stick)
    bring_in.click()
    expect(page.get_by_text("is being brought in")).to_be_visible()
    engine.run_queued()
    assert available() == {ARABIC_TITLE}
    page.get_by_role("link", name="Bring in more of it Sample channel").click()
    expect(page.get_by_text("What is in it Water")).to_be_visible()
    page.get_by_text("What is in it Water").click()
    check(page, "2-more", tmp_path)


def _same_sum(page, stick) -> None:
    """See that the browser's sum is the server's."""
    form = page.locator("form[data-sums]")
    ticked = page.locator("[data-part]:checked").evaluate_all("ticks => ticks.map(tick => tick.value)")
    sums = json.loads(form.get_attribute("data-sums"))
    told = parts.look(stick.content, stick.channel_id)
    assert sums == told.sums
    expect(page.locator("#bring")).to_have_text(f"Bring in what is ticked ({filesizeformat(told.size(ticked))})")
    expect(page.locator("#sum")).to_contain_text(f"{filesizeformat(told.size(ticked))} are ticked")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_what_has_no_room_is_told_while_one_ticks(visit, open_school, computer, stick, monkeypatch):
    monkeypatch.setattr("kolibri.computer.offers.free_space", lambda: 64 * 2**20 + 20_000)
    page = visit(address(stick), make_superuser(open_school.admin))
    too_much = page.get_by_text("That is more than is free on this computer. Tick less.")
    expect(too_much).to_be_hidden()
    page.get_by_label("Water").first.check()
    expect(too_much).to_be_visible()
    page.get_by_label("Water").first.uncheck()
    expect(too_much).to_be_hidden()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_without_scripts_it_is_a_plain_form(visit, open_school, computer, stick):
    page = visit(address(stick), make_superuser(open_school.admin), java_script_enabled=False)
    page.get_by_text("What is in it Numbers").click()
    page.get_by_label("Adding").check()
    page.get_by_role("button", name="Add up what is ticked").click()
    expect(page.get_by_label("Adding")).to_be_checked()
    expect(page.locator("#bring")).to_contain_text("(")
    page.locator("#bring").click()
    expect(page.get_by_text("is being brought in")).to_be_visible()
    engine.run_queued()
    assert available() == {"Adding"}
