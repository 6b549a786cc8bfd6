"""The list of channels, importing, what became of it, and deleting."""

import re
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from kolibri.core.content import services
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.tasks import ImportChannels
from kolibri.core.device import host
from kolibri.core.device import window_key
from kolibri.core.lessons.services import create_lesson
from kolibri.core.tasks import engine
from kolibri.core.tasks.models import JobRow
from tests.schools import make_superuser
from tests.screens import bring
from tests.sticks import make_stick


@pytest.fixture
def client(school, computer):
    client = Client()
    client.force_login(make_superuser(school.admin))
    return client


@pytest.fixture
def stick(tmp_path, settings):
    """Two channels on an attached stick."""
    made = make_stick(tmp_path / "STICK", channels=2)
    settings.KOLIBRI_EXTRA_DRIVES = [made.root]
    return made


def text(answer) -> str:
    """Return what the page says, without markup and line breaks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode()))


def source_on(client) -> str:
    (found,) = re.findall(r'name="source" value="(\w+)"', client.get("/computer/content/").content.decode())
    return found


def order(client, *channels: str):
    return client.post("/computer/content/import/", {"source": source_on(client), "channel": channels})


def jobs():
    return [job.arguments for job in ImportChannels.find()]


def entries_of(*titles: str):
    nodes = [ContentNode.objects.filter(title=title).order_by("pk").first() for title in titles]
    return [{"contentnode_id": n.pk, "content_id": n.content_id, "channel_id": n.channel_id} for n in nodes]


def test_ticked_channels_are_asked_for_once(client, stick):
    for _press in range(2):
        source = source_on(client)
        sent = {"source": source, "channel": [stick.channel_ids[1]]}
        assert client.post("/computer/content/import/", sent).status_code in (302, 400)
    assert jobs() == [{"folder": str(stick.root), "channels": [stick.channel_ids[1]]}]
    assert "is being brought in" in text(client.get("/computer/content/"))


def test_a_stick_is_read_and_not_written(client, stick):
    before = stick.state()
    order(client, *stick.channel_ids)
    engine.run_queued()
    page = text(client.get("/computer/content/"))
    assert "13 of 13 resources are on this computer now." in page
    assert page.count("is here already") == 2
    assert stick.state() == before


def test_the_page_follows_what_is_attached(client, tmp_path, settings):
    def look(html: str):
        (address,) = re.findall(r'hx-get="([^"]*content/now/[^"]*)"', html)
        return client.get(address)

    first = client.get("/computer/content/").content.decode()
    assert look(first).status_code == 204
    made = make_stick(tmp_path / "STICK")
    settings.KOLIBRI_EXTRA_DRIVES = [made.root]
    second = look(first)
    assert second.status_code == 200 and 'name="source"' in second.content.decode()
    assert look(second.content.decode()).status_code == 204
    order(client, made.channel_id)
    third = look(second.content.decode())
    assert "is being brought in" in text(third)
    settings.KOLIBRI_EXTRA_DRIVES = []
    assert 'name="source"' not in look(third.content.decode()).content.decode()


def test_looking_again_costs_the_same_whatever_is_here(client, stick, computer):
    seen = re.findall(r"seen=(\w+)", client.get("/computer/content/").content.decode())[0]
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert client.get("/computer/content/now/", {"seen": seen}).status_code == 204
    bring(stick, computer)
    seen = re.findall(r"seen=(\w+)", client.get("/computer/content/").content.decode())[0]
    with CaptureQueriesContext(connection) as many:
        assert client.get("/computer/content/now/", {"seen": seen}).status_code == 204
    assert len(few) == len(many) <= 7


def test_the_page_takes_the_same_queries_for_one_channel_and_three(client, tmp_path, computer):
    client.get("/computer/content/")  # fills the cache of the settings
    counts = []
    for channels in (1, 3):
        bring(make_stick(tmp_path / f"stick{channels}", channels=channels), computer)
        with CaptureQueriesContext(connection) as queries:
            assert text(client.get("/computer/content/")).count("13 of 13 resources") == channels
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("missing-file", "its file is not on the stick"),
        ("bad-checksum", "its file is damaged on the stick"),
        ("short-file", "its file is cut short on the stick"),
        ("bad-filename", "its file has a name that is not safe"),
        ("zip-traversal", "tries to write outside its own folder"),
        ("zip-bomb", "would fill the disk"),
        ("not-a-zip", "is not a whole zip file"),
    ],
)
def test_each_bad_file_is_named(client, tmp_path, settings, fault, sentence):
    stick = make_stick(tmp_path / "STICK", fault=fault)
    settings.KOLIBRI_EXTRA_DRIVES = [stick.root]
    order(client, stick.channel_id)
    engine.run_queued()
    page = text(client.get("/computer/content/"))
    assert sentence in page and re.search(r"“[^”]+”( and \d+ more resources?)? (was|were) left out", page)
    assert ChannelMetadata.objects.get().on_device_resources > 0


@pytest.mark.parametrize("fault", ["empty-db", "garbage-db", "damaged-db", "future-schema"])
def test_a_channel_that_cannot_be_read_says_why_and_is_not_offered(client, tmp_path, settings, fault):
    stick = make_stick(tmp_path / "STICK", fault=fault)
    settings.KOLIBRI_EXTRA_DRIVES = [stick.root]
    html = client.get("/computer/content/").content.decode()
    if fault == "damaged-db" and 'name="channel"' in html:
        # Only seen when all of it is read.
        order(client, stick.channel_id)
        engine.run_queued()
        assert "report" in client.get("/computer/content/").content.decode()
    else:
        assert 'name="channel"' not in html and 'class="error small"' in html
    assert not ChannelMetadata.objects.exists()


def test_versions_are_told_apart(client, tmp_path, settings, computer):
    bring(make_stick(tmp_path / "first", version=2), computer)
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "older", version=1).root]
    assert "a later version is here already" in text(client.get("/computer/content/"))
    settings.KOLIBRI_EXTRA_DRIVES = [make_stick(tmp_path / "same", version=2).root]
    assert "is here already" in text(client.get("/computer/content/"))
    newer = make_stick(tmp_path / "newer", version=3, drop=["Adding"])
    settings.KOLIBRI_EXTRA_DRIVES = [newer.root]
    assert "version 3; here is 2" in text(client.get("/computer/content/"))
    order(client, newer.channel_id)
    engine.run_queued()
    page = text(client.get("/computer/content/"))
    assert "Version 3 came in." in page and "does not have any more: Adding" in page


def test_what_lessons_would_lose_by_an_update_is_said_before_anything_is_copied(
    client, tmp_path, settings, computer, school
):
    first = make_stick(tmp_path / "first", version=2)
    bring(first, computer)
    known = services.resources_by_ids([first.node_ids["Adding"], first.node_ids["The water cycle"]])
    entries = [{"contentnode_id": r.id, "content_id": r.content_id, "channel_id": r.channel_id} for r in known.values()]
    create_lesson(school.coach, collection=school.classroom, title="Sums", resources=entries)
    create_lesson(school.coach, collection=school.classroom, title="Rain", resources=entries[1:])
    newer = make_stick(tmp_path / "newer", version=3, drop=["Adding"])
    settings.KOLIBRI_EXTRA_DRIVES = [newer.root]
    page = text(order(client, newer.channel_id))
    assert "The newer version leaves something out" in page
    assert "1 lesson loses resources" in page
    assert "Sums" in page and "Adding" in page and "Rain" not in page
    assert jobs() == []
    client.post(
        "/computer/content/import/", {"source": source_on(client), "channel": [newer.channel_id], "anyway": "yes"}
    )
    engine.run_queued()
    assert ChannelMetadata.objects.get().version == 3


def test_an_update_that_takes_nothing_from_a_lesson_just_begins(client, tmp_path, settings, computer, school):
    first = make_stick(tmp_path / "first", version=2)
    bring(first, computer)
    (known,) = services.resources_by_ids([first.node_ids["The water cycle"]]).values()
    entry = {"contentnode_id": known.id, "content_id": known.content_id, "channel_id": known.channel_id}
    create_lesson(school.coach, collection=school.classroom, title="Rain", resources=[entry])
    newer = make_stick(tmp_path / "newer", version=3, drop=["Adding"])
    settings.KOLIBRI_EXTRA_DRIVES = [newer.root]
    assert order(client, newer.channel_id).status_code == 302
    assert len(jobs()) == 1


def test_an_import_that_stopped_goes_on(client, stick):
    order(client, *stick.channel_ids)
    ImportChannels.find()[0].cancel()
    page = client.get("/computer/content/")
    assert "The import stopped" in text(page)
    (address,) = re.findall(r'action="([^"]*go-on/)"', page.content.decode())
    assert client.post(address).status_code == 302
    engine.run_queued()
    assert ChannelMetadata.objects.count() == 2
    assert client.post(address.replace("go-on", "put-away")).status_code == 302
    assert "came in last" not in text(client.get("/computer/content/"))


def test_a_stick_taken_out_is_told(client, stick, settings):
    source = source_on(client)
    settings.KOLIBRI_EXTRA_DRIVES = []
    answer = client.post("/computer/content/import/", {"source": source, "channel": stick.channel_ids})
    assert answer.status_code == 400 and "not there any more" in text(answer)
    assert jobs() == []


@pytest.mark.parametrize("channels", [[], [""], ["\x00"], ["0" * 32], ["x" * 5_000], ["../../etc"]])
def test_odd_channels_start_nothing(client, stick, channels):
    answer = order(client, *channels)
    assert answer.status_code == 400 and 'role="alert"' in answer.content.decode()
    assert jobs() == []


@pytest.mark.parametrize("source", ["", "\x00", "x" * 9_000, "[]"])
def test_odd_sources_start_nothing(client, stick, source):
    answer = client.post("/computer/content/import/", {"source": source, "channel": stick.channel_ids})
    assert answer.status_code == 400 and jobs() == []


def test_a_folder_is_offered_like_a_stick(client, tmp_path):
    stick = make_stick(tmp_path / "course")
    assert client.post("/computer/content/folder/", {"folder": str(stick.export)}).status_code == 302
    order(client, stick.channel_id)
    assert jobs() == [{"folder": str(stick.export), "channels": [stick.channel_id]}]


@pytest.mark.parametrize("folder", ["", "relative", "/no/such/folder", "/a\x00b", "x" * 9_000, "/" + "x" * 4_000])
def test_a_bad_folder_is_named(client, folder):
    answer = client.post("/computer/content/folder/", {"folder": folder})
    assert answer.status_code == 400
    assert 'id="error-folder"' in answer.content.decode()
    assert client.get("/computer/content/").status_code == 200


def test_in_our_own_window_a_dialog_asks_for_the_folder(school, computer, tmp_path):
    stick = make_stick(tmp_path / "course")
    chosen = [None, stick.root]

    class Desktop(host.NoHost):
        is_desktop = True

        def choose_folder(self) -> Path | None:
            return chosen.pop(0)

    client = Client()
    client.force_login(school.coach)
    client.defaults["kolibri.listener"] = "window"
    client.get("/window/enter", {"key": window_key.issue(), "next": "/"})
    host.register(Desktop())
    try:
        assert 'name="folder"' not in client.get("/computer/content/").content.decode()
        assert client.post("/computer/content/folder/").status_code == 302
        assert 'name="source"' not in client.get("/computer/content/").content.decode()
        client.post("/computer/content/folder/")
        assert source_on(client)
    finally:
        host.register(None)


def test_what_does_not_fit_is_not_ticked(client, stick, monkeypatch):
    ticked = re.compile(r'name="channel"[^>]* checked>')
    assert len(ticked.findall(client.get("/computer/content/").content.decode())) == 2
    monkeypatch.setattr("kolibri.computer.offers.free_space", lambda: 1_000)
    page = client.get("/computer/content/")
    assert not ticked.search(page.content.decode())
    assert "Tick what you need most." in text(page)


def test_deleting_says_which_lessons_lose_what(client, school, stick, computer):
    bring(stick, computer)
    lost, shared = "The water cycle", "Water words"
    create_lesson(
        school.coach, collection=school.classroom, title="Rain", resources=entries_of(lost, shared, "A steady tone")
    )
    create_lesson(school.coach, collection=school.classroom, title="Empty", resources=[])
    channel = ContentNode.objects.get(pk=entries_of(lost)[0]["contentnode_id"]).channel_id
    page = text(client.get(f"/computer/content/channel/{channel}/delete/"))
    assert "1 lesson loses resources" in page and "Rain" in page and "Grade 4" in page and "Empty" not in page
    # The other channel has the same works: they stay.
    works = {entry["content_id"] for entry in entries_of(lost, shared, "A steady tone")}
    kept = set(
        ContentNode.objects.exclude(channel_id=channel).filter(content_id__in=works).values_list("title", flat=1)
    )
    assert kept == {shared}
    assert lost in page and shared not in page and "2 of 3 resources" in page


def test_deleting_is_a_job_asked_for_once(client, stick, computer):
    bring(stick, computer)
    address = f"/computer/content/channel/{stick.channel_id}/delete/"
    assert "No lesson uses it." in text(client.get(address))
    assert ChannelMetadata.objects.count() == 2
    for _press in range(2):
        assert client.post(address)["Location"] == "/computer/content/"
    assert JobRow.objects.count() == 1
    assert "is being deleted" in text(client.get("/computer/content/"))
    engine.run_queued()
    assert [channel.pk for channel in ChannelMetadata.objects.all()] == [stick.channel_ids[1]]
    assert client.get(address).status_code == 404 and client.post(address).status_code == 404


def test_the_losses_take_the_same_queries_for_one_lesson_and_ten(client, school, stick, computer):
    bring(stick, computer)
    client.get("/computer/content/")
    counts = []
    for number in range(10):
        create_lesson(
            school.coach, collection=school.classroom, title=f"Rain {number}", resources=entries_of("The water cycle")
        )
        if number in (0, 9):
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/computer/content/channel/{stick.channel_id}/delete/")
            counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("pk", ["0" * 32, "nonsense", "A" * 32, "0" * 33])
def test_a_channel_that_is_not_here_is_said_to_be_so(client, pk):
    assert client.get(f"/computer/content/channel/{pk}/delete/").status_code == 404
    assert client.post(f"/computer/content/import/{pk}/go-on/").status_code == 404
