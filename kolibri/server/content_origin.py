"""The content origin: HTML5 resources at `/zip/<md5>.<ext>/<entry>`, apart from the school's pages.

What an author put into a zip may run scripts, but in a sandbox without an origin: it cannot
read the learner's session, reach the school's pages or keep anything. This server trusts
nothing it serves and reads no cookie.
"""

import logging
import mimetypes
import re
import zipfile
from collections.abc import Iterable
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Final
from xml.parsers import expat

from whitenoise.responders import StaticFile

from kolibri.core.content.problems import BadFile
from kolibri.core.content.zips import FAULTS
from kolibri.server.plain import Environ
from kolibri.server.plain import Headers
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer
from kolibri.server.plain import status_line
from kolibri.server.zip_entries import OpenZip
from kolibri.server.zip_entries import Zips

logger = logging.getLogger(__name__)

_SHIMS: Final = {name: Path(__file__).with_name(f"{name}_shim.js") for name in ("storage", "book")}
# Pages above this size are no pages; they pass unchanged.
MOST_PAGE: Final = 8 * 1024 * 1024

_PATH: Final = re.compile(r"/zip/([0-9a-f]{32}\.(?:zip|kpub|h5p|epub))/(.*)", re.DOTALL)
_SHIM_PLACES: Final = (
    re.compile(rb"<head(?:\s[^>]*)?>", re.IGNORECASE),
    re.compile(rb"<html(?:\s[^>]*)?>", re.IGNORECASE),
    re.compile(rb"<!doctype[^>]*>", re.IGNORECASE),
)
_SHIM_PATH: Final = re.compile(r"/shim/(\w+)\.js")

# The system's own list is not asked: on Windows any program may have changed it.
_TYPES: Final = mimetypes.MimeTypes()
for _ending, _type in {
    ".css": "text/css",
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".m4a": "audio/mp4",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".otf": "font/otf",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".vtt": "text/vtt",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
}.items():
    _TYPES.add_type(_type, _ending)


class ContentOrigin:
    """The WSGI application of the content origin, over one content folder."""

    def __init__(self, content: Path) -> None:
        self.zips = Zips(content / "storage")
        self._shims = {name: path.read_bytes() for name, path in _SHIMS.items()}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        headers = _headers(environ)
        if environ["REQUEST_METHOD"] == "OPTIONS":
            allow = [("Access-Control-Allow-Methods", "GET, HEAD"), ("Access-Control-Allow-Headers", "*")]
            return answer(environ, start_response, 204, headers=headers + allow)
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return answer(environ, start_response, 405, headers=[*headers, ("Allow", "GET, HEAD, OPTIONS")])
        shim = _SHIM_PATH.fullmatch(environ["PATH_INFO"])
        if shim and shim[1] in self._shims:
            body = self._shims[shim[1]]
            return answer(environ, start_response, 200, body, headers, "text/javascript; charset=utf-8")
        named = _PATH.fullmatch(environ["PATH_INFO"])
        entry_name = _entry_name(named[2]) if named else None
        if named is None or entry_name is None:
            return answer(environ, start_response, 404, headers=headers)
        try:
            with self.zips.use(named[1]) as zipped:
                entry = zipped.entries.get(entry_name)
                if entry is None:
                    return answer(environ, start_response, 404, headers=headers)
                return self._entry(environ, start_response, headers, named[1], zipped, entry)
        except FileNotFoundError:
            return answer(environ, start_response, 404, headers=headers)
        except (BadFile, *FAULTS) as error:
            logger.warning("The resource %s cannot be opened: %r", named[1], error)
            return answer(environ, start_response, 422, headers=headers)

    def _entry(
        self,
        environ: Environ,
        start_response: StartResponse,
        headers: Headers,
        zip_name: str,
        zipped: OpenZip,
        entry: zipfile.ZipInfo,
    ) -> Iterable[bytes]:
        etag = f'"{zip_name[:32]}-{entry.CRC:08x}"'
        headers = [*headers, ("ETag", etag), ("Accept-Ranges", "bytes"), ("Cache-Control", "public, max-age=86400")]
        if environ.get("HTTP_IF_NONE_MATCH") == etag:
            return answer(environ, start_response, 304, headers=headers)
        media_type = _TYPES.guess_type(entry.filename)[0] or "application/octet-stream"
        if media_type in ("text/html", "application/xhtml+xml") and entry.file_size <= MOST_PAGE:
            page = b"".join(zipped.read(entry, 0, entry.file_size))
            is_book = zip_name.endswith(".epub")
            if is_book and media_type == "application/xhtml+xml" and not _is_xml(page):
                # A browser shows nothing after the first fault of an XML page, and books are full of them.
                media_type = "text/html"
            page = with_shim(page, "book" if is_book else "storage")
            return answer(environ, start_response, 200, page, [*headers, ("Content-Type", media_type)])
        headers.append(("Content-Type", media_type))
        status, start, size = _range(environ.get("HTTP_RANGE", ""), entry.file_size)
        if status == 416:
            return answer(environ, start_response, 416, headers=[*headers, ("Content-Range", f"bytes */{size}")])
        if status == 206:
            headers.append(("Content-Range", f"bytes {start}-{start + size - 1}/{entry.file_size}"))
        headers.append(("Content-Length", str(size)))
        if environ["REQUEST_METHOD"] == "HEAD" or not size:
            start_response(status_line(status), headers)
            return []
        pieces = zipped.read(entry, start, size)
        # The first piece is read before anything is promised: most faults show there.
        first = next(pieces, b"")
        start_response(status_line(status), headers)
        return _logged(chain([first], pieces), zip_name)


def with_shim(page: bytes, name: str = "storage") -> bytes:
    """Return an HTML page with a shim before its first script; other encodings pass unchanged."""
    if page.startswith((b"\xff\xfe", b"\xfe\xff")):
        return page
    tag = f'<script src="/shim/{name}.js"></script>'.encode()
    for place in _SHIM_PLACES:
        if found := place.search(page):
            return page[: found.end()] + tag + page[found.end() :]
    return tag + page


def _is_xml(page: bytes) -> bool:
    """Whether a browser reads the page as XML to its end: with "&nbsp;" only where a DTD is named."""
    try:
        expat.ParserCreate().Parse(page, True)
    except expat.ExpatError:
        return False
    return True


def _headers(environ: Environ) -> Headers:
    # A proxy in front may speak https with the browser.
    origin = f"{environ.get('kolibri.scheme', 'http')}://{environ.get('HTTP_HOST', '')}"
    return [
        (
            "Content-Security-Policy",
            "sandbox allow-scripts; "
            # In a sandbox some engines take 'self' for the opaque origin, which matches nothing.
            f"default-src 'self' {origin} 'unsafe-inline' 'unsafe-eval' data: blob:; "
            # No frame-ancestors: apps frame their own pages, and a sandboxed ancestor matches no source.
            # Nothing here knows a session, so a stranger who frames it gains nothing.
            "form-action 'none'",
        ),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        # The sandboxed page has the origin "null" even towards its own files.
        ("Access-Control-Allow-Origin", "*"),
        ("Cross-Origin-Resource-Policy", "cross-origin"),
    ]


def _entry_name(path: str) -> str | None:
    """Return the entry that a path names; None for one that could not be a plain path inside."""
    try:
        name = path.encode("latin-1").decode()
    except UnicodeError:
        return None
    if name.endswith("/") or not name:
        name += "index.html"
    parts = name.split("/")
    if "\\" in name or "\0" in name or ":" in parts[0] or any(part in ("", ".", "..") for part in parts):
        return None
    return name


def _range(header: str, size: int) -> tuple[int, int, int]:
    """Return status, start and number of bytes for a Range header; a strange one is passed over."""
    if not header:
        return 200, 0, size
    try:
        start, last = StaticFile.parse_byte_range(header)
    except ValueError:
        return 200, 0, size
    if start < 0:
        start = max(size + start, 0)
    last = size - 1 if last is None else min(last, size - 1)
    if start > last:
        return 416, 0, size
    return 206, start, last - start + 1


def _logged(pieces: Iterator[bytes], zip_name: str) -> Iterator[bytes]:
    try:
        yield from pieces
    except FAULTS as error:
        logger.warning("The resource %s breaks off: %r", zip_name, error)
        # The length was promised: only a broken connection tells the browser.
        raise ConnectionAbortedError(f"{zip_name} breaks off") from error
