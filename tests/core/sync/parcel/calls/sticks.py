"""Changes to and from sticks and files, joining by a stick, and somebody who takes the stick out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from kolibri.core.content.stick.target import UNFINISHED
from kolibri.core.sync import turn
from kolibri.core.sync.parcel import joining
from kolibri.core.sync.parcel import locks
from kolibri.core.sync.parcel import reading
from kolibri.core.sync.parcel import taking_in
from kolibri.core.sync.parcel import writing
from tests.core.sync.parcel import forging


class Cut(BaseException):
    """The power goes, or the stick."""


def _cut_after(ticks: int | None) -> Any:
    left = [ticks]

    def tick(done: int, total: int) -> None:
        if left[0] is not None:
            if left[0] <= 0:
                raise Cut
            left[0] -= 1

    return tick


def _pulled_when(is_now: Callable[[], bool], pull: list[str]) -> Any:
    """Return what runs the command once, as soon as it is time: somebody takes the stick out."""
    left = [pull]

    def tick(done: int, total: int) -> None:
        if left and is_now():
            subprocess.run(left.pop(), check=True)

    return tick


def ask(stick: str) -> list[str]:
    path, fingerprint = joining.ask(Path(stick))
    return [str(path), fingerprint]


def requests() -> int:
    return joining.JoinRequest.objects.count()


def sign(path: str, dataset: str) -> str:
    return str(joining.sign(Path(path), dataset, joining.look_at_request(Path(path)).fingerprint))


def join(path: str) -> str:
    return joining.join(Path(path), joining.look_at_answer(Path(path)).fingerprint).dataset_id


def write(
    stick: str,
    dataset: str,
    for_instance: str = "",
    passphrase: str = "",
    cut: int | None = None,
    pull: list[str] | None = None,
) -> dict[str, Any]:
    """Save to the stick; with `pull`, a command that is run while the file goes onto it."""
    header, key = locks.close(dataset, passphrase)
    tick = _pulled_when((Path(stick) / UNFINISHED).is_dir, pull) if pull else _cut_after(cut)
    try:
        made = writing.write(Path(stick), dataset, header, key, for_instance=for_instance, tick=tick)
    except Cut:
        return {"cut": True}
    return {"path": str(made.path), "records": made.records, "size": made.size, "is_full": made.is_full}


def look(path: str, passphrase: str = "") -> dict[str, Any]:
    return dict(vars(reading.look(Path(path), reading.key_of(Path(path), passphrase))))


def take(
    path: str, passphrase: str = "", digest: str = "", cut: int | None = None, pull: list[str] | None = None
) -> dict[str, Any]:
    """Take in; with `pull`, a command that is run when the first piece was read."""
    key = reading.key_of(Path(path), passphrase)
    wanted = digest or reading.look(Path(path), key).digest
    try:
        tick = _pulled_when(lambda: True, pull) if pull else _cut_after(cut)
        done = taking_in.take_in(Path(path), key, wanted, tick)
    except Cut:
        return {"cut": True}
    return {"new": done.new, "waiting": done.waiting}


def take_blindly(path: str, dataset: str) -> Any:
    """Take in without having looked, as if the file had been swapped afterwards."""
    key = reading.key_of(Path(path))
    return taking_in.take_in(Path(path), key, "0" * 64).new


def take_while_syncing(path: str) -> dict[str, Any]:
    taking_in._WAIT = 0.1  # type: ignore[misc]
    with turn.taken():
        return take(path)


def forge_file(kind: str, dataset: str, path: str) -> str:
    made = forging.bomb(dataset) if kind == "bomb" else forging.forged(kind, dataset, Path(os.environ["KOLIBRI_HOME"]))
    Path(path).write_bytes(made)
    return path
