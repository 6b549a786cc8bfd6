"""Content files at `/content/storage/<a>/<b>/<md5>.<ext>`: whole, in ranges, or "you have it already"."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from typing import Final

from whitenoise.responders import MissingFileError
from whitenoise.responders import NotARegularFileError
from whitenoise.responders import Response
from whitenoise.responders import SlicedFile
from whitenoise.responders import StaticFile

from kolibri.server.connections import FileBody
from kolibri.server.plain import Environ
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer
from kolibri.server.plain import status_line

PREFIX: Final = "/content/storage/"
_PATH: Final = re.compile(r"/content/storage/([0-9a-f])/([0-9a-f])/((\1\2[0-9a-f]{30})\.([0-9a-z]{1,40}))")

TYPES: Final = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "opus": "audio/ogg",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "vtt": "text/vtt; charset=utf-8",
    "srt": "text/plain; charset=utf-8",
    "pdf": "application/pdf",
    "epub": "application/epub+zip",
    "json": "application/json",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "svg": "image/svg+xml",
    "webp": "image/webp",
}


class MediaFile(StaticFile):  # type: ignore[misc]
    """whitenoise's file, which also gives a range of a single byte."""

    def get_range_response(self, range_header: str, base_headers: Any, file_handle: Any) -> Response:
        size = int(dict(base_headers)["Content-Length"])
        start, end = self.get_byte_range(range_header, size)
        if start != end or start >= size:
            return super().get_range_response(range_header, base_headers, file_handle)
        headers = [item for item in base_headers if item[0] != "Content-Length"]
        headers += [("Content-Range", f"bytes {start}-{end}/{size}"), ("Content-Length", "1")]
        return Response(206, headers, SlicedFile(file_handle, start, end) if file_handle else None)


class Media:
    """A WSGI application over one content folder."""

    def __init__(self, content: Path) -> None:
        self._storage = content / "storage"

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        named = _PATH.fullmatch(environ["PATH_INFO"])
        if named is None or named[5] not in TYPES:
            return answer(environ, start_response, 404)
        headers = [
            ("Content-Type", TYPES[named[5]]),
            ("ETag", f'"{named[4]}"'),
            # The name is the content's sum: what is under it never changes.
            ("Cache-Control", "public, max-age=31536000, immutable"),
            ("Accept-Ranges", "bytes"),
            ("X-Content-Type-Options", "nosniff"),
            ("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        try:
            file = MediaFile(str(self._storage / named[1] / named[2] / named[3]), headers)
            response = file.get_response(environ["REQUEST_METHOD"], environ)
        except (MissingFileError, NotARegularFileError, NotADirectoryError, FileNotFoundError):
            return answer(environ, start_response, 404)
        sent = dict(response.headers)
        if response.file is None and environ["REQUEST_METHOD"] != "HEAD" and response.status != 304:
            sent["Content-Length"] = "0"
        start_response(status_line(int(response.status)), list(sent.items()))
        if response.file is None:
            return []
        return FileBody(response.file, int(sent["Content-Length"]))
