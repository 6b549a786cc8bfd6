"""Files of people's own, put in as an upload puts them, for tests of what comes after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from kolibri.core.content.own import adding
from kolibri.core.content.own.adding import Added
from kolibri.core.content.own.adding import Left
from kolibri.core.content.own.receiving import Received
from kolibri.core.content.own.receiving import folder
from tests.sticks import files

NAME = "Files of Hill School"
PDF = files.pdf("Rain")
PICTURE = files.picture(10, 120, 40)
Give = Callable[..., tuple[list[Added], list[Left]]]


def arrive(home: Path, name: str, body: bytes) -> Received:
    """Put a file where the receiver would have put it."""
    md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
    place = folder(home) / f"{md5}.part"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(body)
    return Received(name, place, len(body), md5)


def nothing(added: list[Added]) -> None:
    """What is done with the resources in their transaction, where a test has no lesson."""


def add(
    home: Path, *named: tuple[str, bytes], then: Callable[[list[Added]], None] = nothing
) -> tuple[list[Added], list[Left]]:
    """Add files, each by its name and bytes, to the own channel of the computer whose home this is."""
    arrived = [arrive(home, name, body) for name, body in named]
    try:
        return adding.add(arrived, author="Class Coach", name=NAME, then=then)
    finally:
        for one in arrived:
            one.path.unlink(missing_ok=True)


def entry(added: Added) -> dict[str, str]:
    """Return the resource as a lesson keeps it."""
    return {"contentnode_id": added.id, "content_id": added.content_id, "channel_id": added.channel_id}
