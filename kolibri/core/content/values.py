"""Values of a file that nobody vouches for, brought into the shape that the columns here want."""

from collections.abc import Iterable
from typing import Any
from typing import Final


def below(included: frozenset[str], parents: Iterable[tuple[Any, Any]]) -> set[str]:
    """Return `included` and everything under it; `parents` yields (id, parent id)."""
    children: dict[Any, list[Any]] = {}
    known = set()
    for node, parent in parents:
        known.add(node)
        children.setdefault(parent, []).append(node)
    wanted: set[str] = set()
    waiting = [node for node in included if node in known]
    while waiting:
        node = waiting.pop()
        if node not in wanted:
            wanted.add(node)
            waiting.extend(children.get(node, ()))
    return wanted


def text(value: object, most: int) -> str:
    """Return a value as text of at most `most` characters, without null and other control characters but line ends."""
    if value is None:
        return ""
    raw = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return "".join(letter for letter in raw[: most * 2] if letter >= " " or letter in "\n\t")[:most]


def line(value: object, most: int) -> str:
    """Return a value as one line of at most `most` characters."""
    return " ".join(text(value, most).split())


def whole(value: object, most: int = 2**53) -> int:
    """Return a value as a whole number from 0 to `most`; what is none reads as 0."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if isinstance(value, (int, float)) and 0 <= value <= most:
        return int(value)
    return 0


_PICTURES = ("data:image/png;base64,", "data:image/jpeg;base64,", "data:image/gif;base64,", "data:image/webp;base64,")
MOST_PICTURE: Final = 400_000


def picture(value: object) -> str:
    """Return a channel's own picture as a data address, or "" when it is none that a page may show."""
    address = value if isinstance(value, str) else ""
    body = address.partition(",")[2]
    fits = len(address) <= MOST_PICTURE and address.startswith(_PICTURES)
    plain = body.isascii() and body.rstrip("=").replace("+", "a").replace("/", "a").isalnum()
    return address if fits and plain else ""


def number(value: object) -> float:
    """Return a value as a finite number; what is none reads as 0."""
    if isinstance(value, (int, float)) and -1e15 < value < 1e15:
        return float(value)
    return 0.0
