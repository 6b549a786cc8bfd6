"""Which viewer shows a resource, and with what."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kolibri.core.content.models import ContentNode
from kolibri.core.content.services import ViewerFile
from kolibri.core.content.services import ViewerFiles
from kolibri.core.content.services import book_parts
from kolibri.core.content.services import viewer_files
from kolibri.core.device.host import content_origin

# What engines are asked about before a film is shown. MP4 with the codecs that channels use: engines
# without them still say "maybe" to the bare container.
MEDIA_TYPES = {
    "mp4": 'video/mp4; codecs="avc1.42E01E, mp4a.40.2"',
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "m4a": "audio/mp4",
    "wav": "audio/wav",
}


@dataclass(frozen=True)
class Source:
    """One file that a player may take."""

    url: str
    type: str


@dataclass(frozen=True)
class Part:
    """One part of a book: its address, and its name in the contents or ""."""

    url: str
    title: str


@dataclass(frozen=True)
class Viewer:
    """What the template shows: `name` is the template's; the rest as far as that one needs it."""

    name: str
    kind: str = ""
    url: str = ""
    sources: tuple[Source, ...] = ()
    captions: tuple[ViewerFile, ...] = ()
    shown_caption: str = ""  # the id of the one that is on at first
    poster: str = ""
    extension: str = ""
    parts: tuple[Part, ...] = ()  # of a book

    @property
    def shows(self) -> bool:
        """Whether there is anything to look at: what cannot be seen must not count as worked through."""
        return self.name not in ("missing", "unsupported")


MISSING = Viewer("missing")


def has_viewer(kind: str) -> bool:
    """Return whether resources of this kind can be looked at here, as far as a kind tells: some documents cannot."""
    return kind in ("video", "audio", "document", "html5")


def kind_name(kind: str) -> str:
    """Return the kind of a resource in a teacher's words."""
    names = {
        "topic": _("Folder"),
        "video": _("Video"),
        "audio": _("Audio"),
        "document": _("Document"),
        "html5": _("Interactive page"),
        "h5p": _("Interactive page"),
        "exercise": _("Exercise"),
        "quiz": _("Quiz"),
        "slideshow": _("Slides"),
        "zim": _("Collection of pages"),
    }
    return names.get(kind, _("Resource"))


def shown_name(viewer: Viewer) -> str:
    """Return what a resource is that cannot be shown, as exactly as a teacher would say it."""
    return _("Book (EPUB)") if viewer.extension == "epub" else kind_name(viewer.kind)


def viewer_of(request: HttpRequest, node: ContentNode | None) -> Viewer:
    """Return the viewer for `node` on the page that `request` asks for; None is one whose files are not here."""
    return describe(node, viewer_files(node), content_origin(request)) if node else MISSING


def describe(node: ContentNode, files: ViewerFiles, origin: str) -> Viewer:
    """Return the viewer for `node`; `origin` is where interactive pages come from for this request."""
    if files.main is None:
        return MISSING
    extension = files.main.extension
    if node.kind in ("video", "audio"):
        media = [file for file in (files.main, *files.others) if file.extension in MEDIA_TYPES]
        # The free format first: every engine but old Safari plays it, the window's plays no other.
        media.sort(key=lambda file: file.extension != "webm")
        sources = tuple(Source(file.url, MEDIA_TYPES[file.extension]) for file in media)
        if sources:
            return Viewer(
                node.kind,
                node.kind,
                sources[0].url,
                sources,
                captions=tuple(files.captions),
                shown_caption=_caption_shown_first(files.captions),
                poster=files.thumbnail_url,
            )
    if extension == "pdf":
        return Viewer("pdf", node.kind, files.main.url)
    if node.kind == "html5" and extension == "zip" and files.zip_path and origin:
        return Viewer("html5", node.kind, f"{origin}{files.zip_path}")
    if extension == "epub" and origin and (parts := book_parts(files.main)):
        made = tuple(Part(f"{origin}{path}", title) for path, title in parts)
        return Viewer("book", node.kind, files.main.url, extension=extension, parts=made)
    # A book that cannot be read here can at least be taken to another program; files of other kinds mean nothing there.
    return Viewer("unsupported", node.kind, files.main.url if extension == "epub" else "", extension=extension)


def _caption_shown_first(captions: list[ViewerFile]) -> str:
    """Return the id of the caption in the screen's language, else of the first one."""
    language = (get_language() or "").partition("-")[0]
    matching = [one.id for one in captions if one.language.partition("-")[0] == language]
    return next(iter(matching or [one.id for one in captions]), "")
