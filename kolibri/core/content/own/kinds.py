"""What a file is, by its first bytes and not by its name, and what of it becomes a resource."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from kolibri.core.content import book
from kolibri.core.content import constants
from kolibri.core.content.problems import BadFile
from kolibri.core.content.zips import FAULTS
from kolibri.core.content.zips import check_zip
from kolibri.errors import BadInput

HEAD: Final = 4096  # bytes that tell a kind
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_READ, _WATCH, _LISTEN, _EXPLORE = "wA01urpi", "UD5UGM0z", "mkA1R3NU", "#j8L0eq3"
# Brands of the same family of files that are no films: sounds, and pictures of some phones.
_NO_FILMS = (b"M4A ", b"M4B ", b"M4P ", b"heic", b"heix", b"heim", b"mif1", b"msf1", b"avif", b"qt  ", b"crx ")


@dataclass(frozen=True)
class Kind:
    """What a file becomes; a `picture` (its extension) is put into a page first."""

    kind: str
    preset: str
    extension: str
    activity: str  # the format's code
    picture: str = ""


PDF: Final = Kind(constants.DOCUMENT, "document", "pdf", _READ)
EPUB: Final = Kind(constants.DOCUMENT, "epub", "epub", _READ)
MP4: Final = Kind(constants.VIDEO, "high_res_video", "mp4", _WATCH)
WEBM: Final = Kind(constants.VIDEO, "high_res_video", "webm", _WATCH)
MP3: Final = Kind(constants.AUDIO, "audio", "mp3", _LISTEN)
ZIP: Final = Kind(constants.HTML5, "html5_zip", "zip", _EXPLORE)


def kind_of(path: Path) -> Kind:
    """Return what the file at `path` is.

    Raises BadInput, with the sentence to show: `empty`, `office_file`, `unknown_kind`, `no_page`, `bad_zip`; OSError.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise BadInput(_("This file is empty. Choose another one."), code="empty")
    if head.startswith(b"PK\x03\x04"):
        return _zip(path)
    if head.startswith((_OLD_OFFICE, b"{\\rtf")):
        raise _office()
    found = _plain(head)
    if found is None:
        raise _unknown()
    return found


def _plain(head: bytes) -> Kind | None:
    # Some programs write a few bytes before a PDF's mark; readers look for it in the first thousand.
    if b"%PDF-" in head[:1024]:
        return PDF
    if head[4:8] == b"ftyp":
        return None if head[8:12] in _NO_FILMS else MP4
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM if b"webm" in head[:128] else None
    if head.startswith(b"ID3") or _is_sound(head):
        return MP3
    picture = _picture(head)
    return Kind(constants.HTML5, "html5_zip", "zip", _READ, picture) if picture else None


def _picture(head: bytes) -> str:
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    return "webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else ""


_KILOBITS: Final = {  # of layer III, by the version's bits; 2 and 2.5 share a row
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_HERTZ: Final = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _is_sound(head: bytes) -> bool:
    """Whether an MP3's first frame is there, and where it ends another one."""
    size = _frame(head)
    return size > 0 and (len(head) < size + 4 or _frame(head[size:]) > 0)


def _frame(data: bytes) -> int:
    """Return the bytes of the frame of layer III that begins here; 0 where none does."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE6 != 0xE2:
        return 0
    version, bits, hertz = data[1] >> 3 & 3, data[2] >> 4, data[2] >> 2 & 3
    if version == 1 or bits in (0, 15) or hertz == 3:
        return 0
    factor = 144 if version == 3 else 72
    rate = _KILOBITS[3 if version == 3 else 2][bits] * 1000
    return factor * rate // _HERTZ[version][hertz] + (data[2] >> 1 & 1)


def _zip(path: Path) -> Kind:
    try:
        check_zip(path)
        names, mark = _inside(path)
        if mark.startswith(b"application/vnd.oasis.opendocument") or "[Content_Types].xml" in names:
            raise _office()
        if mark.startswith(b"application/epub+zip") or "META-INF/container.xml" in names:
            book.read_book(path)
            return EPUB
    except BadFile as error:
        raise _bad(error) from error
    if "index.html" not in names:
        raise BadInput(
            _("A zip file can be added when it holds a page named index.html, not in a folder but at its top."),
            code="no_page",
        )
    return ZIP


def _inside(path: Path) -> tuple[set[str], bytes]:
    """Return the names of the entries, and how the entry begins by which books and documents name their kind."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" not in names:
                return names, b""
            # Only so much is asked for: without a number all is unpacked, whatever size the list of entries says.
            with archive.open("mimetype") as source:
                return names, source.read(100)
    except FAULTS as error:
        raise BadFile("not_a_zip") from error


def _bad(error: BadFile) -> BadInput:
    return BadInput(_("This file cannot be added: %(reason)s.") % {"reason": error.message}, code="bad_zip")


def _office() -> BadInput:
    return BadInput(
        _(
            "Learners' devices cannot show this kind of file. Save it as a PDF in the program that you wrote it with,"
            " then add the PDF."
        ),
        code="office_file",
    )


def _unknown() -> BadInput:
    return BadInput(
        _(
            "This kind of file cannot be added. PDF, EPUB, MP4 and WebM films, MP3 sounds, JPEG, PNG, GIF and WebP"
            " pictures, and zip files with a page index.html can."
        ),
        code="unknown_kind",
    )
