"""Reading a school's changes from a file: all of it is verified before anything is taken in."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import BinaryIO

import orjson
from morango.models import Certificate
from morango.models import InstanceIDModel

from kolibri.core.sync import counting
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import counters
from kolibri.core.sync.parcel import locks
from kolibri.core.sync.parcel.container import Unpack
from kolibri.core.sync.parcel.counters import Counters
from kolibri.core.sync.parcel.problems import BaseNotHeld
from kolibri.core.sync.parcel.problems import Damaged
from kolibri.core.sync.parcel.problems import Gone
from kolibri.core.sync.parcel.problems import OwnParcel
from kolibri.core.sync.parcel.problems import WrongSignature
from kolibri.core.sync.parcel.records import Judge
from kolibri.core.sync.parcel.records import Record
from kolibri.core.sync.parcel.writing import SIGNED

_LONGEST_NAME = 100
Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class Preview:
    """What a verified file holds. `counts` is by model; `digest` names this very file."""

    dataset_id: str
    school: str
    fingerprint: str
    sender: str
    sender_instance: str
    written: str
    is_full: bool
    records: int
    counts: dict[str, int]
    digest: str


class Reading:
    """One reading through an open file. Make it, then go through `batches` to the end; only then `preview` is true.

    `tick(done, total)` is told of bytes and may raise to stop. Raises a ParcelProblem.
    """

    def __init__(self, file: BinaryIO, key: bytes, size: int, tick: Tick) -> None:
        self._unpack = Unpack(file)
        self._size = size
        self._tick = tick
        self.dataset_id = locks.school_of(self._unpack.header)
        self._pieces = self._unpack.pieces(key)
        plain, is_last = next(self._pieces)
        if is_last:
            raise Damaged
        try:
            self._read_opening(_object(plain))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise Damaged from None
        self._counts: dict[str, int] = {}
        self._records = 0
        self._digest = ""

    def _read_opening(self, opening: dict[str, Any]) -> None:
        if opening["format"] != 1 or opening["school"]["dataset"] != self.dataset_id:
            raise Damaged
        self.links: list[Certificate] = chain.verified(opening["chain"], self.dataset_id)
        self.computers: list[Certificate] = chain.verified_computers(opening["computers"], self.dataset_id)
        self.sender_instance = opening["sender"]["instance"]
        if not chain.is_id(self.sender_instance):
            raise Damaged
        self.gives: Counters = counters.checked(opening["gives"], self.dataset_id)
        self.holds: Counters = counters.checked(opening["holds"], self.dataset_id)
        base = opening["base"]
        self.base: Counters | None = None if base is None else counters.checked(base, self.dataset_id)
        self.sender = _named(opening["sender"]["name"])
        self._school = _named(opening["school"]["name"])
        self._written = datetime.datetime.fromisoformat(opening["written"]).isoformat()

    def batches(self) -> Iterator[list[Record]]:
        """Yield the checked records; after the last, the whole file is known to be signed and complete."""
        judge = Judge(self.dataset_id)
        for plain, is_last in self._pieces:
            if is_last:
                self._counts = judge.counts
                self._read_closing(_object(plain))
            else:
                batch = judge.batch(plain)
                self._records += len(batch)
                yield batch
            self._tick(self._unpack.place, self._size)

    def _read_closing(self, outer: dict[str, Any]) -> None:
        closing, signature = outer.get("closing"), outer.get("signature")
        if not isinstance(closing, str) or not isinstance(signature, str):
            raise Damaged
        try:
            is_theirs = self.links[-1].verify(SIGNED + closing, signature)
        except ValueError:
            is_theirs = False
        if not is_theirs:
            raise WrongSignature
        told = _object(closing.encode())
        self._digest = self._unpack.digest
        if (told.get("sha256"), told.get("records"), told.get("counts")) != (self._digest, self._records, self._counts):
            raise Damaged

    @property
    def preview(self) -> Preview:
        """What is shown before anything is taken in."""
        if not self._digest:
            raise Damaged
        return Preview(
            dataset_id=self.dataset_id,
            school=self._school,
            fingerprint=chain.fingerprint(self.dataset_id),
            sender=self.sender,
            sender_instance=self.sender_instance,
            written=self._written,
            is_full=self.base is None,
            records=self._records,
            counts=self._counts,
            digest=self._digest,
        )

    def check_fits(self) -> None:
        """Raise OwnParcel or BaseNotHeld where taking this in would leave this computer's counters wrong.

        Counters vouch for all that came before: taken in by a computer that lacks the base, a file of the
        newest changes would have it claim records that it never got, and never ask for them again.
        """
        own = InstanceIDModel.get_or_create_current_instance()[0].id
        # Unless it is of later than what this computer knows of itself: then it brings back what was lost here.
        if self.sender_instance == own and not counting.is_known_beyond(self.gives):
            raise OwnParcel
        if self.base is not None and not counters.covers(counters.held(self.dataset_id), self.base):
            raise BaseNotHeld


def key_of(path: Path, passphrase: str = "") -> bytes:
    """Return the key of a file. Raises what `locks.open_with` raises, NotAParcel, Damaged and Gone."""
    with opened(path) as file:
        return locks.open_with(Unpack(file).header, passphrase)


def look(path: Path, key: bytes, tick: Tick = lambda done, total: None) -> Preview:
    """Verify a whole file and return what it holds; nothing is kept. Raises a ParcelProblem."""
    with opened(path) as file:
        reading = Reading(file, key, size_of(file), tick)
        reading.check_fits()
        for _batch in reading.batches():
            pass
        return reading.preview


def opened(path: Path) -> BinaryIO:
    """Return the file, opened; raises Gone, also for what is no file."""
    try:
        if not path.is_file():
            raise Gone
        return path.open("rb")
    except (OSError, ValueError) as error:
        raise Gone from error


def size_of(file: BinaryIO) -> int:
    """Return how many bytes the open file has; raises Gone."""
    try:
        return os.fstat(file.fileno()).st_size
    except OSError as error:
        raise Gone from error


def _object(plain: bytes) -> dict[str, Any]:
    try:
        found = orjson.loads(plain)
    except orjson.JSONDecodeError:
        raise Damaged from None
    if not isinstance(found, dict):
        raise Damaged
    return found


def _named(text: Any) -> str:
    if not isinstance(text, str):
        raise Damaged
    return "".join(sign for sign in text if sign.isprintable())[:_LONGEST_NAME]
