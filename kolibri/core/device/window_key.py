"""The one-time key: proof that a browser session is this computer's own window.

It grants the wizard and this computer's settings, never a user. The key stands in the first
address only, opens once, and is swapped for a mark in the session that dies with the process.
"""

import hashlib
import hmac
import secrets
import threading
from typing import Final

_MOST_OPEN: Final = 8

# The mark in a session: one of an earlier run of the server proves nothing.
RUN: Final = secrets.token_urlsafe(32)
SESSION_NAME: Final = "window"

_lock = threading.Lock()
_open: list[bytes] = []


def issue() -> str:
    """Return a fresh key of 32 random bytes. Only the last few that were not used stay good."""
    key = secrets.token_urlsafe(32)
    with _lock:
        _open.append(_digest(key))
        del _open[:-_MOST_OPEN]
    return key


def redeem(key: str) -> bool:
    """Use up a key: True exactly once for each that was issued."""
    given = _digest(key)
    with _lock:
        found = [kept for kept in _open if hmac.compare_digest(kept, given)]
        for kept in found:
            _open.remove(kept)
    return bool(found)


def is_mark(value: object) -> bool:
    """Whether a session's value is the mark of this run."""
    return isinstance(value, str) and hmac.compare_digest(value.encode(), RUN.encode())


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
