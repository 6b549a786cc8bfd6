"""How often a secret may be guessed: wrong tries are counted in lanes, and a full lane has to wait.

A lane counts the wrong tries of one kind (for this name from this device, from this address, ...).
Some are free. Each further one makes the next wait twice as long, up to the time in which the
lane forgets one: in the long run a lane lets through one try in that time and no more.

The counts stand in the database: a restart forgets none, and several processes share them. Who
types the right password writes nothing here, so a class that arrives together waits for nobody.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from django.db import models
from django.db import transaction
from django.utils.crypto import salted_hmac

from kolibri.errors import TooOften

# No lane counts more beyond its free ones: it recovers in hours, however many were sent at once.
_MOST_BEYOND: Final = 8
# A clock that was set back makes a count meaningless; this much may differ between two processes.
_SKEW: Final = 60.0
_MOST_DROPPED: Final = 100
_KEPT_EMPTY: Final = 60 * 60.0


@dataclass(frozen=True)
class Pace:
    """How many wrong tries are free, the first wait, and in which time one is forgotten; seconds."""

    free: int
    first: float
    forgets: float

    def wait_after(self, level: float) -> float:
        """Return how long to wait after the try that made the count `level`."""
        beyond = _whole(level) - self.free
        return 0.0 if beyond < 0 else min(self.first * 2.0**beyond, self.forgets)


@dataclass(frozen=True)
class Lane:
    """What is counted (`about`, any text) and at which pace. `forgiven`: a right try empties it."""

    about: str
    pace: Pace
    forgiven: bool = False

    @property
    def key(self) -> str:
        """The row's key, from which nobody reads a name or an address."""
        return salted_hmac("kolibri.guesses", self.about, algorithm="sha256").hexdigest()[:32]


class Guesses(models.Model):
    """The count of one lane as it was at the last wrong try."""

    key = models.CharField(max_length=32, primary_key=True)
    level = models.FloatField()
    # Seconds since 1970: the moment of the last wrong try, and that of the row's being worth nothing.
    at = models.FloatField()
    empty_at = models.FloatField(db_index=True)

    class Meta:
        app_label = "kolibriauth"

    def __str__(self) -> str:
        return f"{self.key} {self.level:.1f}"


def now() -> float:
    """Return the moment that counts, in seconds since 1970."""
    return time.time()


class Ticket:
    """The leave to try once. Say how it went: `failed()` or `succeeded()`."""

    def __init__(self, lanes: Sequence[Lane], *, is_charged: bool, seen: frozenset[str]) -> None:
        self._lanes = lanes
        self._is_charged = is_charged
        self._seen = seen

    def failed(self) -> None:
        """Count the try as wrong, in one short transaction."""
        if not self._is_charged:
            with transaction.atomic():
                _add(self._lanes, _locked(self._lanes), now())

    def succeeded(self) -> None:
        """Take back what was counted in advance. Writes nothing for who made no mistake before."""
        forgiven = [lane.key for lane in self._lanes if lane.forgiven and (lane.key in self._seen or self._is_charged)]
        if forgiven:
            Guesses.objects.filter(key__in=forgiven).delete()
        if self._is_charged:
            others = [lane.key for lane in self._lanes if lane.key not in forgiven]
            Guesses.objects.filter(key__in=others, level__gte=1).update(level=models.F("level") - 1)


def enter(lanes: Sequence[Lane]) -> Ticket:
    """Return the leave to try. Raises TooOften when one of the lanes has to wait.

    Reads only, as long as all lanes are far from full. From half full on the try is counted
    before it is made, under a lock, so that many at once gain nothing.
    """
    moment = now()
    rows = Guesses.objects.in_bulk([lane.key for lane in lanes])
    _refuse(lanes, rows, moment)
    is_warm = any(2 * _whole(_level(rows.get(lane.key), lane.pace, moment)) >= lane.pace.free for lane in lanes)
    if is_warm:
        with transaction.atomic():
            locked = _locked(lanes)
            moment = now()
            _refuse(lanes, locked, moment)
            _add(lanes, locked, moment)
    return Ticket(lanes, is_charged=is_warm, seen=frozenset(rows))


def _refuse(lanes: Iterable[Lane], rows: dict[str, Guesses], moment: float) -> None:
    wait = max(_wait(rows.get(lane.key), lane.pace, moment) for lane in lanes)
    if wait > 0:
        raise TooOften(wait)


def _whole(level: float) -> int:
    """Return the tries that a count stands for: a moment after the fifth it is a little less than 5."""
    return int(level + 0.5)


def _passed(row: Guesses, moment: float) -> float | None:
    passed = moment - row.at
    return None if passed < -_SKEW else max(passed, 0.0)


def _level(row: Guesses | None, pace: Pace, moment: float) -> float:
    if row is None or (passed := _passed(row, moment)) is None:
        return 0.0
    return max(0.0, row.level - passed / pace.forgets)


def _wait(row: Guesses | None, pace: Pace, moment: float) -> float:
    if row is None or (passed := _passed(row, moment)) is None:
        return 0.0
    return pace.wait_after(row.level) - passed


def _locked(lanes: Sequence[Lane]) -> dict[str, Guesses]:
    """Return the lanes' rows, made where they are missing, for this transaction alone to change."""
    keys = sorted(lane.key for lane in lanes)
    rows: dict[str, Guesses] = {}
    while len(rows) < len(keys):
        # Always in the order of the keys: two requests never wait for each other. Once more for an old row
        # that was there, and that another request has dropped before it was locked here.
        empty = [Guesses(key=key, level=0.0, at=0.0, empty_at=0.0) for key in keys if key not in rows]
        Guesses.objects.bulk_create(empty, ignore_conflicts=True)
        rows = {row.key: row for row in Guesses.objects.select_for_update().filter(key__in=keys).order_by("key")}
    return rows


def _add(lanes: Sequence[Lane], rows: dict[str, Guesses], moment: float) -> None:
    for lane in lanes:
        row = rows[lane.key]
        row.level = min(_level(row, lane.pace, moment) + 1.0, float(lane.pace.free + _MOST_BEYOND))
        row.at = moment
        row.empty_at = moment + row.level * lane.pace.forgets
    Guesses.objects.bulk_update([rows[key] for key in sorted(rows)], ["level", "at", "empty_at"])
    _drop_empty(moment)


def _drop_empty(moment: float) -> None:
    """Delete some rows that have said nothing for an hour, but none that another request is at: nobody waits here."""
    empty = Guesses.objects.select_for_update(skip_locked=True).filter(empty_at__lt=moment - _KEPT_EMPTY)
    if keys := list(empty.order_by().values_list("key", flat=True)[:_MOST_DROPPED]):
        Guesses.objects.filter(key__in=keys).delete()
