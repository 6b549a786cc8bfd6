"""A file is what its bytes say, whatever it is called."""

from __future__ import annotations

import contextlib
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from kolibri.core.content.own import kinds
from kolibri.core.content.own import pictures
from kolibri.core.content.own import titles
from kolibri.core.content.zips import check_zip
from kolibri.errors import BadInput
from tests.sticks import files
from tests.sticks.books import book

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF" + b"\0" * 40
WEBP = b"RIFF\x20\0\0\0WEBPVP8 " + b"\0" * 40
MP4_HEAD = b"\0\0\0\x18ftyp"
WORD = files.archive({"[Content_Types].xml": "<Types/>", "word/document.xml": "<w/>"})
WRITER = files.archive({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": "<x/>"})


def look(tmp_path: Path, body: bytes) -> kinds.Kind:
    path = tmp_path / "no name"
    path.write_bytes(body)
    return kinds.kind_of(path)


@pytest.mark.parametrize(
    ("body", "kind", "preset", "extension", "picture"),
    [
        (files.pdf("One"), "document", "document", "pdf", ""),
        (b"\n\n" + files.pdf("One"), "document", "document", "pdf", ""),
        (book(), "document", "epub", "epub", ""),
        (files.media("leaf.mp4"), "video", "high_res_video", "mp4", ""),
        (MP4_HEAD + b"M4V \0\0\0\0", "video", "high_res_video", "mp4", ""),
        (files.media("water.webm"), "video", "high_res_video", "webm", ""),
        (files.media("tone.mp3"), "audio", "audio", "mp3", ""),
        (files.app(), "html5", "html5_zip", "zip", ""),
        (files.picture(1, 2, 3), "html5", "html5_zip", "zip", "png"),
        (JPEG, "html5", "html5_zip", "zip", "jpg"),
        (WEBP, "html5", "html5_zip", "zip", "webp"),
        (b"GIF89a" + b"\0" * 40, "html5", "html5_zip", "zip", "gif"),
    ],
)
def test_kinds_by_their_bytes(
    tmp_path: Path, body: bytes, kind: str, preset: str, extension: str, picture: str
) -> None:
    found = look(tmp_path, body)
    assert (found.kind, found.preset, found.extension, found.picture) == (kind, preset, extension, picture)


def frames(body: bytes) -> bytes:
    """Return an MP3 without the label before its first frame."""
    if body[:3] != b"ID3":
        return body
    size = body[6] << 21 | body[7] << 14 | body[8] << 7 | body[9]
    return body[10 + size :]


def test_a_sound_without_a_label(tmp_path: Path) -> None:
    assert look(tmp_path, frames(files.media("tone.mp3"))) == kinds.MP3


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (WORD, "office_file"),
        (WRITER, "office_file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "office_file"),
        (b"{\\rtf1 hello}", "office_file"),
        (b"MZ\x90\0" + b"\0" * 600, "unknown_kind"),
        (b"Just some words", "unknown_kind"),
        (b"\xff\xfea\0b\0" * 40, "unknown_kind"),  # words in UTF-16 begin like a sound
        (b"\xff\xfb\x90\x00" + b"x" * 2000, "unknown_kind"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0#B\x82\x88matroska", "unknown_kind"),
        (MP4_HEAD + b"M4A \0\0\0\0", "unknown_kind"),
        (MP4_HEAD + b"heic\0\0\0\0", "unknown_kind"),
        (b"<html><script>1</script>", "unknown_kind"),
        (files.archive({"readme.txt": "hello"}), "no_page"),
        (files.archive({"app/index.html": "hello"}), "no_page"),
        (files.archive({"index.html": "a", "../evil.html": "b"}), "bad_zip"),
        (files.archive({"index.html": "a" * 1000})[:-30], "bad_zip"),
        (files.archive({"mimetype": "application/epub+zip", "index.html": "a"}), "bad_zip"),
        (files.archive({"index.html": "a", "zeros": b"\0" * 30_000_000}), "bad_zip"),
    ],
)
def test_what_cannot_be_added_is_refused_with_a_sentence(tmp_path: Path, body: bytes, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        look(tmp_path, body)
    assert refused.value.code == code
    assert str(refused.value).endswith(".")


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("entry", ["mimetype", "META-INF/container.xml"])
def test_a_zip_that_lies_about_its_size_fills_no_memory(tmp_path: Path, entry: str, packing: int) -> None:
    body = files.lying(entry, packing, 100_000_000)
    tracemalloc.start()
    try:
        # What it is found to be matters little.
        with contextlib.suppress(BadInput):
            look(tmp_path, body)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def test_a_pictures_page_is_a_zip_that_may_be_kept(tmp_path: Path) -> None:
    picture, page = tmp_path / "p", tmp_path / "p.zip"
    picture.write_bytes(files.picture(9, 9, 9))
    pictures.wrap(picture, "png", 'A "leaf" & <b>more</b>', page)
    check_zip(page)
    assert kinds.kind_of(page) == kinds.ZIP
    first = page.read_bytes()
    pictures.wrap(picture, "png", 'A "leaf" & <b>more</b>', page)
    assert page.read_bytes() == first
    assert b"<b>" not in first and b"<script" not in first


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Water cycle.pdf", "Water cycle"),
        ("chapter 3.2 plants.pdf", "chapter 3.2 plants"),
        ("Version 2.final draft", "Version 2.final draft"),
        ("Rain\u202efdp.pdf", "Rainfdp"),
        ("e\u0301te\u0301.pdf", "été"),
        ("a\x00b\tc\n.mp4", "a b c"),
        ("می\u200cخواهم.pdf", "می\u200cخواهم"),
        (".pdf", ".pdf"),
        ("   .pdf", ".pdf"),
        ("", "Untitled"),
        ("x" * 300 + ".pdf", "x" * 200),
    ],
)
def test_titles(name: str, title: str) -> None:
    assert titles.title_of(name) == title


def test_titles_are_made_distinct() -> None:
    assert titles.distinct("Rain", ["Sun"]) == "Rain"
    assert titles.distinct("Rain", ["rain", "Rain (2)"]) == "Rain (3)"
    assert len(titles.distinct("x" * 200, ["x" * 200])) == 200
