"""Static files: packed once, kept in memory, and kept by browsers for good."""

from __future__ import annotations

import gzip
from pathlib import Path

from django.http import HttpRequest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import Redirect
from whitenoise.responders import StaticFile

from kolibri.server.packing import is_text
from kolibri.server.packing import takes_gzip


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]
    """whitenoise's, which packs texts itself: the program runs from its source, so nothing has packed them before.

    Nothing in them is secret, so that unlike pages they may be packed as small as they go, and for the
    window as well: it is done once for each file. All texts together take less than one megabyte.
    """

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        # By path and ETag: while developing, files change under the running server.
        self._packed: dict[tuple[str, str], bytes] = {}

    def serve(self, static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponseBase:
        if not isinstance(static_file, StaticFile):
            return self._plainly(static_file, request)
        path, given = static_file.get_path_and_headers({})
        headers = dict(given)
        if not is_text(headers["Content-Type"]):
            return self._plainly(static_file, request)
        whole = request.method == "GET" and "HTTP_RANGE" not in request.META
        if whole and takes_gzip(request) and not static_file.is_not_modified(request.META):
            packed = self._pack(path, headers["ETag"])
            size = {"Content-Length": str(len(packed)), "Content-Encoding": "gzip"}
            answer: HttpResponseBase = HttpResponse(packed, headers={**headers, **size})
        else:
            answer = self._plainly(static_file, request)
        patch_vary_headers(answer, ["Accept-Encoding"])
        return answer

    @staticmethod
    def _plainly(static_file: StaticFile | Redirect, request: HttpRequest) -> HttpResponseBase:
        answer: HttpResponseBase = WhiteNoiseMiddleware.serve(static_file, request)
        return answer

    def _pack(self, path: str, tag: str) -> bytes:
        if (path, tag) not in self._packed:
            self._packed[path, tag] = gzip.compress(Path(path).read_bytes(), 9, mtime=0)
        return self._packed[path, tag]
