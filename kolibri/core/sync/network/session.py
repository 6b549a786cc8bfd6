"""Requests to a peer: with patience for slow networks, and none for answers without an end."""

from __future__ import annotations

import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from typing import Final

from morango.sync.session import SessionWrapper
from requests import Response
from requests.exceptions import ChunkedEncodingError
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ContentDecodingError
from requests.exceptions import ReadTimeout
from urllib3.exceptions import DecodeError
from urllib3.exceptions import HTTPError as BadAnswer
from urllib3.exceptions import ReadTimeoutError
from urllib3.util.retry import Retry

from kolibri.core.sync.network import wire
from kolibri.core.sync.network.patience import wait_patiently

# To be connected; and between two pieces of an answer, since a small computer may integrate for minutes before
# it answers. Seconds.
CONNECT: Final = 6.0
ANSWER: Final = 300.0
_PIECE: Final = 64 * 1024
# Seconds between two calls of `pulse` while an answer comes in.
_LOOK: Final = 0.1
# 0, 0.4, 0.8, 1.6, 3.2 s: enough for a phone's hotspot that blinks. Longer cuts are resumed by the next sync.
TRIES: Final = 5
_PAUSE: Final = 0.2


class PeerSession(SessionWrapper):  # type: ignore[misc]
    """morango's session with bounds: time, size, no redirects. `pulse` is called often; it may raise to stop."""

    def __init__(self, pulse: Callable[[], None], tries: int = TRIES, answer: float | None = None) -> None:
        super().__init__(Retry(total=tries, backoff_factor=_PAUSE, allowed_methods=None, redirect=0))
        # What the environment says about proxies is for the internet, never for a school's computer.
        self.trust_env = False
        self._pulse = pulse
        self._answer = answer or ANSWER
        for scheme in ("http://", "https://"):
            wait_patiently(self.get_adapter(scheme).poolmanager, pulse)

    def request(self, method: str, url: str, **options: Any) -> Response:
        """Send it within the bounds; raises as requests does."""
        self._pulse()
        options.setdefault("timeout", (CONNECT, self._answer))
        options["allow_redirects"] = False
        options["stream"] = True
        answer: Response = super().request(method, url, **options)
        if answer.is_redirect:
            answer.close()
            raise NoConnection("sent elsewhere")
        return answer

    def _track_bytes_received(self, response: Response, *args: Any, **options: Any) -> None:
        # morango's hook reads the whole body here, however long it is.
        response._content = self._bounded(response)
        super()._track_bytes_received(response, *args, **options)

    def _bounded(self, response: Response) -> bytes:
        pieces: list[bytes] = []
        size = 0
        began = looked = time.monotonic()
        for piece in _pieces(response):
            size += len(piece)
            now = time.monotonic()
            if size > wire.MOST_BYTES or now - began > 4 * self._answer:
                response.close()
                raise wire.Unfit("answer")
            pieces.append(piece)
            if now - looked > _LOOK:
                looked = now
                self._pulse()
        response._content_consumed = True  # type: ignore[attr-defined]
        content = b"".join(pieces)
        # Whatever it says of itself: the values are counted as they are in UTF-8.
        response.encoding = "utf-8"
        if wire.has_too_many_values(content):
            raise wire.Unfit("answer")
        return content


def _pieces(response: Response) -> Iterator[bytes]:
    """Yield what comes, as it comes: requests waits until a whole piece is there. Raises as requests does."""
    try:
        while piece := response.raw.read1(_PIECE, decode_content=True):
            yield piece
    except ReadTimeoutError as error:
        # Not to be tried again: that would be as long once more.
        raise ReadTimeout(error) from error
    except DecodeError as error:
        raise ContentDecodingError(error) from error
    except BadAnswer as error:
        raise ChunkedEncodingError(error) from error
