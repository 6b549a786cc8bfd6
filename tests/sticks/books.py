"""Books as channels have them: EPUB 3, or as EPUB 2 was."""

from __future__ import annotations

from tests.sticks.files import archive
from tests.sticks.files import picture

CHAPTERS = {
    "Seed": '<h1>Seed</h1><p>Rain came, and the seed drank.</p><p><a href="three.xhtml">To the leaf</a></p>',
    "Root": "<h1>Root</h1>" + "<p>It grows down into the dark.</p>" * 60,
    # As in many books: no browser reads this as XML.
    "Leaf": "<h1>Leaf</h1><p>Green&nbsp;and new.<br></p>",
}
_WORDS = ("one", "two", "three", "four", "five")
_CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
_METADATA = (
    '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">plant</dc:identifier>'
    "<dc:title>How a plant grows</dc:title><dc:language>en</dc:language></metadata>"
)


def book(
    chapters: dict[str, str] | None = None, *, old: bool = False, more: dict[str, bytes | str] | None = None
) -> bytes:
    """Return a book: a page without a name, then a part for each of the chapters, name and body.

    `old`: with the contents of EPUB 2. `more`: entries of the zip that come beside the others, or in their place.
    """
    named = dict(zip(_WORDS, (chapters or CHAPTERS).items(), strict=False))
    pages = {"cover": '<p><img src="../sky.png" alt="" /></p>', **{word: body for word, (_, body) in named.items()}}
    entries: dict[str, bytes | str] = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "OEBPS/book.opf": _package(list(pages), old),
        "OEBPS/sky.png": picture(70, 130, 220),
        **{f"OEBPS/text/{word}.xhtml": _page(body) for word, body in pages.items()},
    }
    names = {word: name for word, (name, _) in named.items()}
    entries |= {"OEBPS/toc.ncx": _points(names)} if old else {"OEBPS/nav.xhtml": _page(_list(names))}
    return archive(entries | (more or {}))


def _package(pages: list[str], old: bool) -> str:
    items = "".join(f'<item id="{one}" href="text/{one}.xhtml" media-type="application/xhtml+xml"/>' for one in pages)
    contents = (
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>'
        if old
        else '<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>'
    )
    order = "".join(f'<itemref idref="{one}"/>' for one in pages)
    return (
        '<?xml version="1.0"?><package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
        f'{_METADATA}<manifest>{contents}{items}</manifest><spine toc="ncx">{order}</spine></package>'
    )


def _page(body: str) -> str:
    spaces = 'xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
    return f"<html {spaces}><head><title>t</title></head><body>{body}</body></html>"


def _list(names: dict[str, str]) -> str:
    links = "".join(f'<li><a href="text/{word}.xhtml#top">{name}</a></li>' for word, name in names.items())
    return f'<nav epub:type="toc"><ol>{links}</ol></nav>'


def _points(names: dict[str, str]) -> str:
    points = "".join(
        f"<navPoint><navLabel><text>{name}</text></navLabel><content src='text/{word}.xhtml'/></navPoint>"
        for word, name in names.items()
    )
    return f'<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"><navMap>{points}</navMap></ncx>'
