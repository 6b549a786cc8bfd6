"""Writing a school's changes into one file."""

from __future__ import annotations

import contextlib
import datetime
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import BinaryIO
from typing import Final

import orjson
from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from morango.models import Certificate
from morango.models import Filter
from morango.models import InstanceIDModel
from morango.models import Store

from kolibri.core import room
from kolibri.core.auth.models import Facility
from kolibri.core.content.stick.target import Target
from kolibri.core.device.models import DeviceSettings
from kolibri.core.fields import local_now
from kolibri.core.sync import counting
from kolibri.core.sync import turn
from kolibri.core.sync.arrivals import settling
from kolibri.core.sync.parcel import chain
from kolibri.core.sync.parcel import counters
from kolibri.core.sync.parcel import records
from kolibri.core.sync.parcel.chain import PROFILE
from kolibri.core.sync.parcel.container import Pack
from kolibri.core.sync.parcel.counters import Counters
from kolibri.core.sync.parcel.models import Holding
from kolibri.core.sync.parcel.problems import NoRoom
from kolibri.core.sync.parcel.problems import NotJoined
from kolibri.errors import NotHere

FOLDER: Final = "KOLIBRI_SYNC"  # at the stick's root
ENDING: Final = ".kolibri-changes"
SIGNED: Final = "Kolibri parcel 1\n"  # before what is signed: the same key signs other things for morango
_PASSING: Final = "stick-changes-"  # folders in the home
_OLD: Final = 86_400  # seconds
_WAIT: Final = 10.0  # seconds for a sync that is just ending
Tick = Callable[[int, int], None]


@dataclass(frozen=True)
class Written:
    """What was written: where, how many records, how many bytes; `is_full`: for any computer of the school."""

    path: Path
    records: int
    size: int
    is_full: bool


def write(
    root: Path,
    dataset_id: str,
    header: dict[str, Any],
    key: bytes,
    *,
    for_instance: str = "",
    tick: Tick = lambda done, total: None,
) -> Written:
    """Write the school's changes into a file on the stick at `root`; `header` and `key` come from `locks.close`.

    Everything goes in, unless `for_instance` names a computer that has said, in a file that it signed, what
    it holds: then only what is new to it. `tick(done, total)` is told of records and may raise to stop. The
    file gets its name when it has been read back whole. Raises Syncing, NotJoined, NotHere, and what
    `Target` raises.
    """
    target = Target(root)
    target.check_writable()
    _sweep()
    with room.minded(NoRoom), tempfile.TemporaryDirectory(prefix=_PASSING, dir=settings.KOLIBRI_HOME) as passing:
        file = Path(passing) / "parcel"
        with file.open("wb") as out:
            count, is_full = pack(out, dataset_id, header, key, for_instance=for_instance, tick=tick)
        size = file.stat().st_size
        target.check_space([size])
        path = root / FOLDER / _name(dataset_id)
        target.put(file, path, lambda _bytes: tick(count, count))
        target.settle([path.parent, root])
    return Written(path, count, size, is_full)


def _sweep() -> None:
    """Remove what a program that was killed while it wrote left in the home; what is young may be being written."""
    for left in Path(settings.KOLIBRI_HOME).glob(f"{_PASSING}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                shutil.rmtree(left)


def pack(
    out: BinaryIO,
    dataset_id: str,
    header: dict[str, Any],
    key: bytes,
    *,
    for_instance: str = "",
    tick: Tick = lambda done, total: None,
) -> tuple[int, bool]:
    """Write the school's changes to an open file; returns how many records, and whether they are all.

    Raises Syncing, NotJoined, NotHere; else as `write`.
    """
    own = chain.own_certificate(dataset_id)
    school = Facility.objects.filter(dataset_id=dataset_id).first()
    if school is None:
        raise NotHere(_("This school is not on this computer."), code="not_found")
    if own is None:
        raise NotJoined
    with turn.taken(wait=_WAIT):
        counting.recount()
        settling.serialize(Filter(dataset_id))
        # Before the records are read: it must never vouch for one that is not in the file.
        vouched = counters.given(dataset_id)
        base, condition = _base(dataset_id, for_instance, vouched)
        opening = _opening(own, school, vouched, base)
        return _records(Pack(out, header, key), opening, own, _batches(dataset_id, base, condition), tick)


def _records(
    pack: Pack,
    opening: dict[str, Any],
    own: Certificate,
    found: tuple[int, Iterator[list[records.Record]]],
    tick: Tick,
) -> tuple[int, bool]:
    total, batches = found
    pack.add(orjson.dumps(opening))
    done = 0
    counts: dict[str, int] = {}
    tick(0, total)
    for batch in batches:
        pack.add(orjson.dumps(batch))
        done += len(batch)
        for record in batch:
            counts[record[1]] = counts.get(record[1], 0) + 1
        tick(done, max(done, total))
    closing = orjson.dumps({"sha256": pack.digest, "records": done, "counts": counts}).decode()
    pack.add(orjson.dumps({"closing": closing, "signature": own.sign(SIGNED + closing)}), is_last=True)
    return done, opening["base"] is None


def _batches(dataset_id: str, base: Counters | None, condition: Q | None) -> tuple[int, Iterator[list[records.Record]]]:
    if base is not None and condition is None:
        return 0, iter(())
    rows = Store.objects.filter(profile=PROFILE, partition__startswith=dataset_id)
    total = (rows.filter(condition) if condition is not None else rows).count()
    return total, records.stored(dataset_id, condition)


def _base(dataset_id: str, for_instance: str, vouched: Counters) -> tuple[Counters | None, Q | None]:
    """Return what the receiver has said that it holds, and the condition for what it lacks; Nones: everything."""
    if not for_instance:
        return None, None
    holding = Holding.objects.filter(dataset_id=dataset_id, instance_id=for_instance).first()
    if holding is None or counters.is_many(vouched, holding.counters):
        return None, None
    base: Counters = holding.counters
    return base, counters.newer(vouched, base)


def _opening(own: Certificate, school: Facility, vouched: Counters, base: Counters | None) -> dict[str, Any]:
    dataset_id = str(school.dataset_id)
    return {
        "format": 1,
        "school": {"dataset": dataset_id, "id": school.pk, "name": school.name},
        "sender": {"instance": InstanceIDModel.get_or_create_current_instance()[0].id, "name": computer_name()},
        "chain": chain.written(own),
        "computers": chain.known(dataset_id),
        "fingerprint": chain.fingerprint(dataset_id),
        "written": local_now().astimezone(datetime.UTC).isoformat(timespec="seconds"),
        "gives": vouched,
        "holds": counters.held(dataset_id),
        "base": base,
    }


def computer_name() -> str:
    """Return what this computer calls itself."""
    return str(DeviceSettings.current().name) or _("A computer")


def _name(dataset_id: str) -> str:
    """Return a file's name that any stick takes, as "Hill-School-20261124-093005-3f2a.kolibri-changes"."""
    school = Facility.objects.get(dataset_id=dataset_id)
    words = "-".join(re.findall(r"[A-Za-z0-9]+", school.name))[:40] or "school"
    instance = InstanceIDModel.get_or_create_current_instance()[0].id
    return f"{words}-{local_now():%Y%m%d-%H%M%S}-{instance[:4]}{ENDING}"


def holdings(dataset_id: str) -> list[Holding]:
    """Return the school's computers that have said what they hold, the latest first."""
    return list(Holding.objects.filter(dataset_id=dataset_id).order_by("-seen_at"))
