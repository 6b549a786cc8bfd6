"""What is in a book: its parts in order, its names, and what is no book."""

from __future__ import annotations

from pathlib import Path

import pytest

from kolibri.core.content.book import MOST_XML
from kolibri.core.content.book import read_book
from kolibri.core.content.problems import BadFile
from tests.sticks.books import book
from tests.sticks.files import archive

OPF = "OEBPS/book.opf"
PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf"><manifest>
<item id="a" href="a%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="b" href="../b.html" media-type="text/html"/>
<item id="c" href="c.xhtml" media-type="application/xhtml+xml"/>
<item id="gone" href="gone.xhtml" media-type="application/xhtml+xml"/>
<item id="film" href="film.mp4" media-type="video/mp4"/>
</manifest><spine>{}</spine></package>"""


@pytest.fixture
def written(tmp_path: Path):
    def write(content: bytes) -> Path:
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.epub"
        path.write_bytes(content)
        return path

    return write


@pytest.mark.parametrize("old", [False, True], ids=["epub3", "epub2"])
def test_the_parts_in_order_with_their_names(written, old: bool) -> None:
    found = read_book(written(book(old=old)))
    assert [(part.entry, part.title) for part in found.parts] == [
        ("OEBPS/text/cover.xhtml", ""),
        ("OEBPS/text/one.xhtml", "Seed"),
        ("OEBPS/text/two.xhtml", "Root"),
        ("OEBPS/text/three.xhtml", "Leaf"),
    ]


def test_only_what_is_there_and_is_read_one_after_another(written) -> None:
    order = "".join(f'<itemref idref="{one}"/>' for one in ("c", "a", "a", "gone", "film", "nothing", "b"))
    order += '<itemref idref="c" linear="no"/>'
    more = {OPF: PACKAGE.format(order), "OEBPS/a b.xhtml": "a", "b.html": "b", "OEBPS/c.xhtml": "c"}
    found = read_book(written(book(more=more)))
    assert [part.entry for part in found.parts] == ["OEBPS/c.xhtml", "OEBPS/a b.xhtml", "b.html"]


@pytest.mark.parametrize(
    "contents",
    ["<nav>&nbsp;</nav>", "", "<html/>", "<!DOCTYPE x [<!ENTITY a 'b'>]><html/>", "x" * (MOST_XML + 1)],
    ids=["faulty", "empty", "without a list", "with an entity", "too long"],
)
def test_contents_that_cannot_be_read_leave_parts_without_names(written, contents: str) -> None:
    found = read_book(written(book(more={"OEBPS/nav.xhtml": contents})))
    assert [part.title for part in found.parts] == [""] * 4


BOMB = (
    "<!DOCTYPE package [<!ENTITY a 'aaaaaaaaaa'>"
    + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 9)).replace("&a0;", "&a;")
    + "]><package>&a8;</package>"
)


@pytest.mark.parametrize(
    "more",
    [
        {OPF: "<package"},
        {OPF: "<package/>"},
        {OPF: PACKAGE.format("")},
        {OPF: PACKAGE.format('<itemref idref="gone"/>')},
        {OPF: BOMB},
        {OPF: BOMB.encode("utf-16")},
        {OPF: " " * (MOST_XML + 1)},
        {"META-INF/container.xml": "<container/>"},
        {"META-INF/container.xml": '<rootfile full-path="nowhere.opf"/>'},
        {"META-INF/encryption.xml": '<e><CipherReference URI="OEBPS/text/two.xhtml"/></e>'},
        {"../out.xhtml": "leads out"},
    ],
    ids=lambda more: "-".join(more),
)
def test_what_is_no_book_is_said(written, more: dict[str, bytes | str]) -> None:
    with pytest.raises(BadFile):
        read_book(written(book(more=more)))


def test_other_files_are_no_books(written) -> None:
    for content in (b"", b"not a zip", archive({"index.html": "<p>"}), book()[:-200]):
        with pytest.raises(BadFile):
            read_book(written(content))


def test_a_book_whose_fonts_alone_are_locked_is_read(written) -> None:
    locks = '<e><CipherReference URI="OEBPS/fonts/one.otf"/></e>'
    assert len(read_book(written(book(more={"META-INF/encryption.xml": locks}))).parts) == 4


def test_a_book_in_the_place_of_another_is_read_again(written, tmp_path: Path) -> None:
    path = written(book())
    assert len(read_book(path).parts) == 4
    path.write_bytes(book({"Alone": "<p>x</p>"}))
    assert [part.title for part in read_book(path).parts] == ["", "Alone"]
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read_book(path)
