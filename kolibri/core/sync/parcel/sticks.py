"""What lies on the attached sticks: files of changes, requests to join, answers to them."""

from __future__ import annotations

import heapq
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from kolibri.core.content import mounts
from kolibri.core.content.mounts import Mount
from kolibri.core.sync.parcel.joining import ANSWER
from kolibri.core.sync.parcel.joining import REQUEST
from kolibri.core.sync.parcel.writing import ENDING
from kolibri.core.sync.parcel.writing import FOLDER

MOST: Final = 20  # of a kind, the latest: a stick may be full of them
_MOST_LOOKED_AT: Final = 5_000


@dataclass(frozen=True)
class Lying:
    """One file; `changed` is in seconds since 1970, as the computer that wrote it said."""

    path: Path
    label: str
    changed: float


@dataclass(frozen=True)
class Found:
    """The latest files of each kind, and the places that were looked at."""

    places: list[Mount]
    changes: list[Lying]
    requests: list[Lying]
    answers: list[Lying]


def look(chosen: Iterable[Path] = ()) -> Found:
    """Return what lies on the attached sticks, in the folders of the settings, and in those `chosen` by hand."""
    folders = [*map(Path, settings.KOLIBRI_EXTRA_DRIVES), *chosen]
    places = {one.path: one for one in [*mounts.attached(), *(Mount(path, path.name or str(path)) for path in folders)]}
    lying = [one for place in places.values() for one in _lying(place)]
    return Found(list(places.values()), *(_latest(lying, ending) for ending in (ENDING, REQUEST, ANSWER)))


def _latest(lying: list[Lying], ending: str) -> list[Lying]:
    return heapq.nlargest(MOST, (one for one in lying if one.path.name.endswith(ending)), key=lambda one: one.changed)


def _lying(place: Mount) -> list[Lying]:
    found: list[Lying] = []
    for folder in (place.path / FOLDER, place.path):
        try:
            with os.scandir(folder) as entries:
                for count, entry in enumerate(entries):
                    if count >= _MOST_LOOKED_AT:
                        break
                    if entry.name.endswith((ENDING, REQUEST, ANSWER)) and not entry.name.startswith("."):
                        facts = entry.stat()
                        if stat.S_ISREG(facts.st_mode):
                            found.append(Lying(Path(entry.path), place.label, facts.st_mtime))
        except OSError:  # no such folder, or the stick was taken out just now
            continue
    return found
