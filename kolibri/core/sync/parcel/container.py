"""The outer form of a file of changes: sealed, and what is said of one that is not as it was written."""

from __future__ import annotations

from typing import Final

from kolibri.core import sealed
from kolibri.core.sealed import KEY_BYTES
from kolibri.core.sealed import MOST_PLAIN
from kolibri.core.sync.parcel.problems import Damaged
from kolibri.core.sync.parcel.problems import Gone
from kolibri.core.sync.parcel.problems import NotAParcel

__all__ = ["KEY_BYTES", "MAGIC", "MOST_PLAIN", "Pack", "Unpack"]

MAGIC: Final = b"Kolibri parcel 1\n"


class Pack(sealed.Pack):
    """Writes a file of changes."""

    magic = MAGIC


class Unpack(sealed.Unpack):
    """Reads a file of changes. Raises NotAParcel, Damaged, Gone."""

    magic = MAGIC
    another = NotAParcel
    damaged = Damaged
    gone = Gone
