"""The files on a stick: a plain SQLite database, or the same sealed when a passphrase is given.

<stick>/KOLIBRI_BACKUP/Hill-School-20261124-093005.sqlite3          whoever has the stick can read it
<stick>/KOLIBRI_BACKUP/Hill-School-20261124-093005.kolibri-backup   names and passwords stay closed
"""

from __future__ import annotations

import contextlib
import heapq
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from kolibri.core import sealed
from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.content import mounts
from kolibri.core.content.mounts import Mount
from kolibri.core.content.stick.target import Target
from kolibri.core.fields import local_now
from kolibri.errors import BadInput
from kolibri.errors import KolibriError

FOLDER: Final = "KOLIBRI_BACKUP"
PLAIN: Final = ".sqlite3"
LOCKED: Final = ".kolibri-backup"
MOST: Final = 20  # the latest of all sticks
_MOST_LOOKED_AT: Final = 5_000
_PIECE: Final = 4 * 1024 * 1024
_PASSING: Final = "backup-"
_OLD: Final = 24 * 60 * 60  # seconds
_SQLITE: Final = b"SQLite format 3\x00"
Tick = Callable[[int, int], None]


class BackupProblem(KolibriError):
    """A backup is refused as a whole (409): nothing was changed."""

    status = 409
    code = "no_good_backup"


class Another(BackupProblem):
    """The file is something else."""

    def __init__(self) -> None:
        super().__init__(_("This file is no backup of Kolibri Desktop. Choose another one."), field="file")


class NotWhole(BackupProblem):
    """The file was cut short or altered."""

    def __init__(self) -> None:
        super().__init__(_("This backup is not whole or was changed. Choose another one."), field="file")


class Gone(BackupProblem):
    """The file cannot be read, as when the stick was taken out."""

    def __init__(self) -> None:
        super().__init__(_("This file cannot be read. Put the stick in again."), field="file")


class Pack(sealed.Pack):
    """Writes a locked backup."""

    magic = b"Kolibri backup 1\n"


class Unpack(sealed.Unpack):
    """Reads a locked backup."""

    magic = b"Kolibri backup 1\n"
    another = Another
    damaged = NotWhole
    gone = Gone


@dataclass(frozen=True)
class Lying:
    """One file; `changed` is in seconds since 1970, as the computer that wrote it said."""

    path: Path
    label: str
    changed: float

    @property
    def is_locked(self) -> bool:
        """Whether it takes a passphrase."""
        return self.path.name.endswith(LOCKED)


@dataclass(frozen=True)
class Found:
    """The latest backups, and the places that were looked at."""

    places: list[Mount]
    files: list[Lying]


def look(chosen: Iterable[Path] = ()) -> Found:
    """Return what lies on the attached sticks, in the folders of the settings, and in those `chosen` by hand."""
    folders = [*map(Path, settings.KOLIBRI_EXTRA_DRIVES), *chosen]
    places = {one.path: one for one in [*mounts.attached(), *(Mount(path, path.name or str(path)) for path in folders)]}
    lying = (one for place in places.values() for one in _lying(place))
    return Found(list(places.values()), heapq.nlargest(MOST, lying, key=lambda one: one.changed))


def _lying(place: Mount) -> Iterator[Lying]:
    for folder in (place.path / FOLDER, place.path):
        try:
            with os.scandir(folder) as entries:
                for count, entry in enumerate(entries):
                    if count >= _MOST_LOOKED_AT:
                        break
                    # A plain one only from our own folder: a stick may hold databases of other programs.
                    endings = (LOCKED, PLAIN) if folder.name == FOLDER else (LOCKED,)
                    if entry.name.endswith(endings) and not entry.name.startswith("."):
                        facts = entry.stat()
                        if stat.S_ISREG(facts.st_mode):
                            yield Lying(Path(entry.path), place.label, facts.st_mtime)
        except OSError:  # no such folder, or the stick was taken out just now
            continue


def close(passphrase: str) -> tuple[dict[str, Any], bytes]:
    """Return a header and the new key that it locks away. Raises BadInput (`passphrase`) for one of a bad length."""
    key = os.urandom(sealed.KEY_BYTES)
    return {"format": 1, "passphrase": sealed.lock_away(key, passphrase)}, key


def key_of(path: Path, passphrase: str) -> bytes:
    """Return the key of a file, b"" of a plain one.

    Raises Another, NotWhole, Gone (`file`); BadInput (`passphrase`) when it is missing or another one.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) == _SQLITE:
                return b""
            file.seek(0)
            header = Unpack(file).header
    except (OSError, ValueError) as error:
        raise Gone from error
    if not isinstance(header, dict) or header.get("format") != 1:
        raise NotWhole
    if not passphrase:
        raise BadInput(
            _("Type the passphrase that was set when the file was saved."), code="needs_passphrase", field="passphrase"
        )
    try:
        return sealed.take_out(header.get("passphrase"), passphrase)
    except sealed.NotThePassphrase:
        raise BadInput(
            _("This is not the passphrase of this file."), code="wrong_passphrase", field="passphrase"
        ) from None
    except sealed.Broken:
        raise NotWhole from None


def save(database: Path, root: Path, header: dict[str, Any] | None, key: bytes, tick: Tick) -> Path:
    """Save a checked copy of the database on the stick at `root`, locked when `header` and `key` are of `close`.

    The file gets its name when it has been read back whole. `tick(done, total)` is told of bytes and may
    raise to stop. Raises NoCopy for a damaged database or no room in the home, and what `Target` raises.
    """
    target = Target(root)
    target.check_writable()
    with _passing() as folder:
        made = copies.back_up(database, folder)
        # Nothing of it comes back with the backup, and whoever finds the stick is not to be signed in with it.
        copies.forget_the_moment(made)
        name = f"{_words(made)}-{local_now():%Y%m%d-%H%M%S}"
        if header is not None:
            locked = folder / "locked"
            _seal(made, locked, header, key, tick)
            made = locked
        size = made.stat().st_size
        target.check_space([size])
        path = root / FOLDER / f"{name}{PLAIN if header is None else LOCKED}"
        total, done = (size, 0) if header is None else (size * 2, size)

        def count(piece: int) -> None:
            nonlocal done
            done += piece
            tick(min(done, total), total)

        target.put(made, path, count)
        target.settle([path.parent, root])
    return path


@contextmanager
def opened(path: Path, key: bytes, tick: Tick) -> Iterator[Path]:
    """Yield a readable database: the file itself, or what is in it when it is locked. Raises as `key_of`."""
    if not key:
        yield path
        return
    with _passing() as folder:
        plain = folder / "plain"
        try:
            with path.open("rb") as file, plain.open("wb") as out:
                plain.chmod(0o600)
                size = os.fstat(file.fileno()).st_size
                reader = Unpack(file)
                for piece, _is_last in reader.pieces(key):
                    # What is packed may be a thousand times as large.
                    if shutil.disk_usage(folder).free < copies.SPARE + len(piece):
                        raise copies.no_room()
                    out.write(piece)
                    tick(reader.place, size)
        except FileNotFoundError as error:
            raise Gone from error
        yield plain


def _seal(plain: Path, locked: Path, header: dict[str, Any], key: bytes, tick: Tick) -> None:
    total = plain.stat().st_size
    with plain.open("rb") as file, locked.open("wb") as out:
        pack = Pack(out, header, key)
        done = 0
        while True:
            piece = file.read(_PIECE)
            done += len(piece)
            pack.add(piece, is_last=done >= total)
            tick(done, total * 2)
            if done >= total:
                break


@contextmanager
def _passing() -> Iterator[Path]:
    """Yield a folder of the home that is removed afterwards; what a killed run left is removed by the next."""
    home = Path(settings.KOLIBRI_HOME)
    for left in home.glob(f"{_PASSING}*"):
        # What is young may be another job's.
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _OLD:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(prefix=_PASSING, dir=home) as folder:
        yield Path(folder)


def _words(database: Path) -> str:
    """Return the school's name as any stick can hold it."""
    schools = contents.read(database).schools
    return "-".join(re.findall(r"[A-Za-z0-9]+", schools[0] if schools else ""))[:40] or "school"
