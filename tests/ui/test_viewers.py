"""Which viewer shows what, and what it says when it cannot."""

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation

from kolibri.core.content.services import ViewerFile
from kolibri.core.content.services import ViewerFiles
from kolibri.ui import viewers
from kolibri.ui.viewers import describe

ORIGIN = "http://127.0.0.1:4321"


def file(extension: str, *, language: str = "", name: str = "a" * 32) -> ViewerFile:
    url = f"/content/storage/a/a/{name}.{extension}"
    return ViewerFile(name, extension, "preset", url, 10, language, language.upper())


def files(main: ViewerFile | None, *others: ViewerFile, captions=(), zip_path: str = "") -> ViewerFiles:
    return ViewerFiles(main, list(others), list(captions), "", zip_path)


def node(kind: str) -> SimpleNamespace:
    return SimpleNamespace(kind=kind)


def html(viewer: viewers.Viewer, **context) -> str:
    context |= {"viewer": viewer, "title": "Rain & wind", "request": RequestFactory().get("/learn/")}
    return render_to_string("ui/viewers/viewer.html", context)


def test_the_free_format_is_tried_first() -> None:
    viewer = describe(node("video"), files(file("mp4"), file("webm", name="b" * 32)), ORIGIN)
    assert [source.url[-5:] for source in viewer.sources] == [".webm", "a.mp4"]
    shown = html(viewer)
    assert shown.index("video/webm") < shown.index("video/mp4; codecs")
    assert 'aria-label="Rain &amp; wind"' in shown


def test_captions_in_the_screen_s_language_are_on() -> None:
    captions = [file("vtt", language="es", name="c" * 32), file("vtt", language="sw", name="d" * 32)]
    shown = {}
    for language in ("sw-ke", "es", "ar"):
        with translation.override(language):
            shown[language] = describe(node("video"), files(file("webm"), captions=captions), ORIGIN).shown_caption
    assert shown == {"sw-ke": "d" * 32, "es": "c" * 32, "ar": "c" * 32}
    viewer = describe(node("video"), files(file("webm"), captions=captions), ORIGIN)
    assert html(viewer).count("<track") == 2 and html(viewer).count(" default>") == 1


def test_interactive_pages_come_from_their_own_origin_in_a_sandbox() -> None:
    viewer = describe(node("html5"), files(file("zip"), zip_path="/zip/a.zip/index.html"), ORIGIN)
    shown = html(viewer)
    assert f'src="{ORIGIN}/zip/a.zip/index.html"' in shown and 'sandbox="allow-scripts"' in shown
    # Without that origin they are not shown at all.
    assert describe(node("html5"), files(file("zip"), zip_path="/zip/a.zip/index.html"), "").name == "unsupported"


def test_a_window_that_cannot_play_offers_the_browser() -> None:
    viewer = describe(node("video"), files(file("mp4")), ORIGIN)
    assert "Open in the browser" in html(viewer, is_desktop=True)
    assert "Open in the browser" not in html(viewer) and "Save the file" in html(viewer)


@pytest.mark.parametrize(
    ("kind", "extension", "sentence"),
    [
        ("exercise", "perseus", "Exercise: this kind of resource cannot be shown yet."),
        # Of one that is not here or cannot be read as a book.
        ("document", "epub", "Book (EPUB): this kind of resource cannot be shown yet."),
        ("video", "mkv", "Video: this kind of resource cannot be shown yet."),
        ("brand-new", "xyz", "Resource: this kind of resource cannot be shown yet."),
    ],
)
def test_other_kinds_are_named(kind: str, extension: str, sentence: str) -> None:
    shown = html(describe(node(kind), files(file(extension)), ORIGIN))
    assert sentence in shown
    assert ("Save the file" in shown) == (extension == "epub")


def test_a_missing_resource_says_what_to_do() -> None:
    missing = describe(node("video"), files(None), ORIGIN)
    assert "Tell your teacher" in html(missing)
    assert "Bring its channel in again" in html(missing, teaches=True)
