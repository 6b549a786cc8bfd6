"""Where the window may go: its own server's pages, nowhere else."""

from enum import Enum
from typing import Final
from urllib.parse import urlsplit

_FOR_BROWSERS: Final = frozenset({"http", "https", "mailto"})
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})


class Verdict(Enum):
    """What becomes of a wish to go somewhere."""

    HERE = "here"
    BROWSER = "browser"
    """The system's browser shows it."""
    REFUSED = "refused"


def judge(address: str, own: str, *, is_main: bool = True, is_clicked: bool = False) -> Verdict:
    """Say whether the window may go to `address`, being at home at `own` ("http://127.0.0.1:43210/").

    `is_main`: the page itself and not a frame in it. `is_clicked`: a person pressed a link. Only a
    person sends anything to the browser; a script that wants to leave is refused.
    """
    inner = address.removeprefix("blob:")
    origin = _origin(inner)
    if origin and origin == _origin(own):
        return Verdict.HERE
    if address == "about:blank":
        return Verdict.HERE
    if not is_main:
        # Resources live at the content origin, another port of this computer; what a frame makes
        # for itself stays as confined as the frame.
        is_ours = origin is not None and origin[0] == "http" and origin[1] in _LOOPBACK
        is_own_making = address.startswith(("about:srcdoc", "data:", "blob:"))
        return Verdict.HERE if is_ours or is_own_making else Verdict.REFUSED
    if is_clicked and urlsplit(address).scheme in _FOR_BROWSERS:
        return Verdict.BROWSER
    return Verdict.REFUSED


def _origin(address: str) -> tuple[str, str, int] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    return parts.scheme, parts.hostname, port or {"http": 80, "https": 443}[parts.scheme]
