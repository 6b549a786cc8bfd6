"""What is in a book (EPUB): its parts in reading order, with their names from the book's own contents.

Source: EPUB 3.3, https://www.w3.org/TR/epub-33/ (container, package, navigation document), and for older books the
NCX of EPUB 2, which most books still carry.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote
from xml.etree import ElementTree

from kolibri.core.content.problems import BadFile
from kolibri.core.content.zips import FAULTS
from kolibri.core.content.zips import check_zip

MOST_XML: Final = 4 * 1024**2  # of one list in the book; a list of 5,000 parts has half of it
MOST_PARTS: Final = 5_000
_CONTAINER: Final = "META-INF/container.xml"
_LOCKS: Final = "META-INF/encryption.xml"
_PAGES: Final = ("application/xhtml+xml", "text/html", "image/svg+xml")


@dataclass(frozen=True)
class Part:
    """One part of a book: its entry in the zip, and its name, or "" when the contents do not name it."""

    entry: str
    title: str = ""


@dataclass(frozen=True)
class Book:
    """The parts in reading order, at least one."""

    parts: tuple[Part, ...]


def read_book(path: Path) -> Book:
    """Return what is in the book at `path`.

    Raises BadFile (`not_a_book`, or as `check_zip`) when it has no part that can be shown, or is locked by its
    publisher; FileNotFoundError.
    """
    stat = path.stat()
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=32)
def _read(path: Path, changed: int, size: int) -> Book:
    check_zip(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _book(archive, set(archive.namelist()))
    except (ElementTree.ParseError, KeyError, *FAULTS) as error:
        raise BadFile("not_a_book") from error


def _book(archive: zipfile.ZipFile, names: set[str]) -> Book:
    root = next((one.get("full-path", "") for one in _all(_xml(archive, _CONTAINER), "rootfile")), "")
    package = _xml(archive, root)
    items = {one.get("id", ""): one for one in _all(package, "item")}
    spine = next(_all(package, "spine"), None)
    if spine is None:
        raise BadFile("not_a_book")
    locked = _locked(archive, names)
    entries: list[str] = []
    for reference in _all(spine, "itemref"):
        item = items.get(reference.get("idref", ""))
        if item is None or reference.get("linear") == "no" or item.get("media-type") not in _PAGES:
            continue
        entry = _entry(root, item.get("href", ""))
        if entry in locked:
            raise BadFile("not_a_book")
        if entry in names and entry not in entries:
            entries.append(entry)
    if not 0 < len(entries) <= MOST_PARTS:
        raise BadFile("not_a_book")
    titles = _titles(archive, root, items, spine.get("toc", ""))
    return Book(tuple(Part(entry, titles.get(entry, "")) for entry in entries))


def _titles(archive: zipfile.ZipFile, root: str, items: dict[str, ElementTree.Element], ncx_id: str) -> dict[str, str]:
    """Return the first name that the book's contents give to each entry; none when they cannot be read."""
    nav = next((one for one in items.values() if "nav" in one.get("properties", "").split()), None)
    contents = nav if nav is not None else items.get(ncx_id)
    if contents is None:
        return {}
    place = _entry(root, contents.get("href", ""))
    found: dict[str, str] = {}
    try:
        tree = _xml(archive, place)
    except (ElementTree.ParseError, KeyError, BadFile):
        return {}
    for href, title in _links(tree) if nav is not None else _points(tree):
        words = " ".join(title.split())[:200]
        if words:
            found.setdefault(_entry(place, href), words)
    return found


def _links(tree: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Give the links of a navigation document's contents; of its first list, when none is called so."""
    lists = list(_all(tree, "nav"))
    named = [one for one in lists if any(key.endswith("type") and "toc" in text for key, text in one.items())]
    for link in (link for one in (named or lists)[:1] for link in _all(one, "a")):
        yield link.get("href", ""), "".join(link.itertext())


def _points(tree: ElementTree.Element) -> Iterator[tuple[str, str]]:
    """Give the points of an NCX."""
    for point in _all(tree, "navPoint"):
        content = next((one for one in point if _name(one) == "content"), None)
        label = next((one for one in point if _name(one) == "navLabel"), None)
        if content is not None and label is not None:
            yield content.get("src", ""), "".join(label.itertext())


def _locked(archive: zipfile.ZipFile, names: set[str]) -> set[str]:
    """Return the entries that the publisher encrypted; of many books only the fonts are."""
    if _LOCKS not in names:
        return set()
    return {unquote(one.get("URI", "")) for one in _all(_xml(archive, _LOCKS), "CipherReference")}


def _xml(archive: zipfile.ZipFile, entry: str) -> ElementTree.Element:
    """Return an entry parsed. Raises KeyError, ParseError; BadFile for one too large or with entities of its own."""
    with archive.open(entry) as source:
        text = source.read(MOST_XML + 1)
    # Without entities of its own an XML text cannot grow while it is parsed, and refers to nothing outside.
    # The null characters of UTF-16 would hide them.
    if len(text) > MOST_XML or b"<!ENTITY" in text or b"\0" in text:
        raise BadFile("not_a_book")
    return ElementTree.fromstring(text)


def _all(tree: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    return (one for one in tree.iter() if _name(one) == name)


def _name(element: ElementTree.Element) -> str:
    """Return an element's name without its namespace: old books have others, or none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _entry(place: str, href: str) -> str:
    """Return the entry that `href` in the entry `place` leads to, without what is after `#`."""
    target = unquote(href.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(place), target)) if target else place
