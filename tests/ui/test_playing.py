"""The viewers in a browser: what plays, what does not, and a PDF from end to end."""

import base64
import time

import pytest
from playwright.sync_api import expect

from kolibri.core.content import paths
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File
from kolibri.core.device import host
from kolibri.core.lessons.services import create_lesson
from tests.patience import PATIENCE
from tests.screens import LOOKS
from tests.screens import bring
from tests.screens import check
from tests.sticks import make_stick

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Sixteen by sixteen pixels of one blue, coded as scanned books often are (JPEG 2000).
BLUE = base64.b64decode(
    "AAAADGpQICANCocKAAAAFGZ0eXBqcDIgAAAAAGpwMiAAAAAtanAyaAAAABZpaGRyAAAAEAAAABAAAwcHAAAAAAAPY29scgEAAAAA"
    "ABAAAACtanAyY/9P/1EALwAAAAAAEAAAABAAAAAAAAAAAAAAABAAAAAQAAAAAAAAAAAAAwcBAQcBAQcBAf9SAAwAAAABAQQEBAAB"
    "/1wAEEBASEhQSEhQSEhQSEhQ/2QAJQABQ3JlYXRlZCBieSBPcGVuSlBFRyB2ZXJzaW9uIDIuNS4w/5AACgAAAAAAKQAB/5PD5wQJ"
    "b8+0CAJ/z7QIBYeAgICAgICAgICAgID/2Q=="
)


def pdf(count: int) -> bytes:
    """Return a document of `count` pages, each a blue picture from edge to edge."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    picture = "<</Type/XObject/Subtype/Image/Width 16/Height 16/ColorSpace/DeviceRGB/BitsPerComponent 8"
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {count}/Kids[{kids}]>>".encode(),
        f"{picture}/Filter/JPXDecode/Length {len(BLUE)}>>stream\n".encode() + BLUE + b"\nendstream",
    ]
    content = b"q 300 0 0 200 0 0 cm /I Do Q"
    for number in range(count):
        resources = f"/Resources<</XObject<</I 3 0 R>>>>/Contents {5 + 2 * number} 0 R"
        bodies.append(f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]{resources}>>".encode())
        bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(content), content))
    document, places = b"%PDF-1.5\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(document))
        document += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(bodies) + 1
    end = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (size, len(document))
    return document + b"xref\n0 %d\n0000000000 65535 f \n" % size + table + end


@pytest.fixture
def see(visit, computer, open_school, tmp_path):
    """Open the coach's preview of a resource by its title."""
    bring(make_stick(tmp_path / "stick"), computer)
    lesson = create_lesson(open_school.coach, collection=open_school.classroom, title="Rain")

    def see(title, look="wide"):
        node = ContentNode.objects.resources().filter(title=title).first()
        return visit(f"/coach/lesson/{lesson.pk}/preview/{node.pk}/", open_school.coach, look)

    return see


def wait_until(page, script):
    """Wait until `script` is true; Playwright's own way would break the page's policy."""
    end = time.monotonic() + PATIENCE
    while not page.evaluate(script):
        assert time.monotonic() < end, f"never true: {script}"
        page.wait_for_timeout(50)


def replace_file(title, body, extension, home):
    """Put `body` in place of a resource's main file, whatever its name says."""
    node = ContentNode.objects.resources().filter(title=title).first()
    main = File.objects.filter(contentnode=node, local_file__extension=extension, thumbnail=False).first()
    paths.storage_path(home, main.local_file_id, extension).write_bytes(body)


def test_a_video_plays_with_its_captions(see):
    page = see("The water cycle")
    video = page.locator("video")
    video.evaluate("video => { video.muted = true; return video.play(); }")
    wait_until(page, "document.querySelector('video').currentTime > 0.2")
    wait_until(page, "[...document.querySelector('video').textTracks].some(t => t.mode === 'showing' && t.cues.length)")
    expect(page.locator("[data-cannot-play]")).to_be_hidden()


def test_an_audio_file_plays(see):
    page = see("A steady tone")
    page.locator("audio").evaluate("audio => { audio.muted = true; return audio.play(); }")
    wait_until(page, "document.querySelector('audio').currentTime > 0.2")


@pytest.mark.parametrize("look", ["wide", "phone"])
def test_an_engine_without_the_codec_says_so(see, chromium, monkeypatch, tmp_path, look):
    monkeypatch.setattr("kolibri.ui.views.window.at_window", lambda request: True)
    monkeypatch.setattr("kolibri.ui.context.at_window", lambda request: True)
    opened = []

    class Window(host.NoHost):
        is_desktop = True

        def open_in_browser(self, path):
            opened.append(path)

    host.register(Window())
    try:
        page = see("The water cycle", look)
        page.add_init_script("HTMLMediaElement.prototype.canPlayType = () => ''")
        page.reload()
        expect(page.get_by_text("This video cannot be played here.")).to_be_visible()
        expect(page.locator("video")).to_be_hidden()
        check(page, "cannot-play", tmp_path)
        with page.expect_response("**/open-in-browser/") as answer:
            page.get_by_role("button", name="Open in the browser").click()
        assert answer.value.status == 204
        assert opened == [page.evaluate("location.pathname")]
    finally:
        host.register(None)


@pytest.mark.parametrize("title, extension", [("The water cycle", "webm"), ("A steady tone", "mp3")])
def test_a_damaged_file_is_no_black_box(see, computer, title, extension):
    replace_file(title, b"this is no film" * 200, extension, computer)
    page = see(title)
    expect(page.get_by_text("cannot be played here")).to_be_visible()
    expect(page.get_by_role("link", name="Save the file")).to_be_visible()


def test_a_damaged_file_that_is_found_out_before_the_script_is_there(see, computer):
    replace_file("The water cycle", b"this is no film" * 200, "webm", computer)
    page = see("The water cycle")
    held = []
    page.route("**/media*.js", lambda route: held.append(route))
    page.reload(wait_until="commit")
    gave_up = "document.querySelector('video')?.networkState === HTMLMediaElement.NETWORK_NO_SOURCE"
    # The page's policy forbids the browser's own waiting.
    assert any(held and page.evaluate(gave_up) or page.wait_for_timeout(50) for _ in range(200))
    held[0].continue_()
    expect(page.get_by_text("This video cannot be played here.")).to_be_visible()


@pytest.mark.parametrize("look", LOOKS)
def test_a_document_is_read_page_by_page(see, computer, tmp_path, look):
    replace_file("Number words", pdf(40), "pdf", computer)
    page = see("Number words", look)
    place = page.get_by_label("Page", exact=True)
    expect(page.locator("[data-pdf-count]")).to_have_text("40")
    expect(page.locator(".page canvas").first).to_be_visible()
    # The picture was decoded, under the page's policy.
    middle = "canvas => [...canvas.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data]"
    wait_until(page, f"({middle})(document.querySelector('.page canvas'))[2] > 150")
    check(page, "document", tmp_path)
    page.get_by_role("button", name="Next page").click()
    expect(place).to_have_value("2")
    place.fill("30")
    place.press("Enter")
    expect(page.locator("[data-number='30'] canvas")).to_be_visible()
    # Pages far away are dropped, so that a long book fits into a phone.
    expect(page.locator("[data-number='1'] canvas")).to_have_count(0)
    page.get_by_role("group", name="Pages").press("PageDown")
    expect(place).to_have_value("31")
    before = page.locator("[data-number='31']").bounding_box()["width"]
    page.get_by_role("button", name="Larger").click()
    assert page.locator("[data-number='31']").bounding_box()["width"] > before * 1.2
    expect(place).to_have_value("31")


def test_a_document_s_words_are_there_for_listeners(see):
    page = see("Water words")
    expect(page.locator(".page p").first).to_contain_text("vapour")


def test_a_damaged_document_says_so(see, computer):
    replace_file("Number words", b"this is no document", "pdf", computer)
    page = see("Number words")
    expect(page.get_by_text("This document cannot be shown here.")).to_be_visible()


def test_an_interactive_page_runs_in_its_sandbox(see):
    page = see("Counting beads")
    frame = page.frame_locator("iframe")
    expect(frame.get_by_role("heading")).to_have_text("How many beads?")
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts"
    origins = page.evaluate("[location.origin, new URL(document.querySelector('iframe').src).origin]")
    assert origins[0] != origins[1]
