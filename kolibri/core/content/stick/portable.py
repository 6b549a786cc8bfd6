"""The Windows program as a folder that runs from the stick and keeps its data there (docs/stick.md, "Portable").

windows-portable/portable.ini                   what makes it portable; never written over
windows-portable/kolibri-desktop.exe            comes last: half a program does not start; a later version stays
windows-portable/_internal/                     its parts; what a newer program has no more is removed
windows-portable/Kolibri Desktop Data/          the school; never touched here
"""

from __future__ import annotations

import functools
import re
import struct
import sys
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from kolibri.core.content.problems import BadFile
from kolibri.core.content.stick.target import LARGEST
from kolibri.core.content.stick.target import Target
from kolibri.core.content.stick.target import Tick
from kolibri.core.content.stick.target import digests
from kolibri.core.content.stick.target import locked
from kolibri.errors import BadInput

FOLDER: Final = "windows-portable"
PROGRAM: Final = "kolibri-desktop.exe"
INSIDE: Final = "_internal"
MARK: Final = "portable.ini"
_MARK: Final = b"; Beside the program, this file keeps all of its data on the stick, in the folder named here.\r\n" + (
    b"[portable]\r\ndata = Kolibri Desktop Data\r\n"
)
# What FAT and exFAT hold, and a line of the sums; the stick's folder and a drive's letter come on top.
_NAME: Final = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9._+ -]*/)*[A-Za-z0-9_][A-Za-z0-9._+ -]*")
_LONGEST: Final = 200
# For a school's first weeks: the program does not start where less than 20 MB are free.
_ROOM: Final = 32 * 1024 * 1024
# What is read at a time of a program, and how much of it tells the version; bytes.
_PIECE: Final = 1024 * 1024
_VERSION: Final = 16


def find(folders: Iterable[Path]) -> Path | None:
    """Return the program for Windows to be put on a stick: of the first folder that is one or has one.

    What runs now is one itself on Windows. A folder counts when its program is there, which comes last.
    """
    return next((found for folder in _candidates(folders) if (found := _there(folder))), None)


def running() -> Path | None:
    """Return the folder of the packed program that runs now; None from source."""
    return Path(sys.executable).absolute().parent if getattr(sys, "frozen", False) else None


def runs_from(root: Path) -> bool:
    """Whether the program that runs now is the one on this stick: Windows replaces no program that runs."""
    own = running()
    return own is not None and own.resolve() == (root / FOLDER).resolve()


def needs(bundle: Path) -> int:
    """Return the bytes that a stick must have free for it, the first weeks of a school among them."""
    facts = (bundle / PROGRAM).stat()
    return _bytes(bundle, facts.st_size, facts.st_mtime_ns) + _ROOM


@functools.lru_cache(maxsize=8)
def _bytes(bundle: Path, *_program: int) -> int:
    """Count once for each program: a page that is asked for every two seconds shows it, and sticks are slow."""
    return sum(path.stat().st_size for path in _in_order(bundle))


def version_of(program: Path) -> tuple[int, ...]:
    """Return the version that Windows shows of a program; () when there is none, or it says none. Raises OSError."""
    # The fixed part of its version resource begins with this number, and that of the form.
    mark = struct.pack("<II", 0xFEEF04BD, 0x00010000)
    try:
        with program.open("rb") as file:
            content = b""
            # A file of any size may be called so. The end of each piece is kept: the place may lie over two.
            while piece := file.read(_PIECE):
                content = content[-_VERSION:] + piece
                place = content.find(mark)
                if 0 <= place <= len(content) - _VERSION:
                    high, low = struct.unpack_from("<II", content, place + len(mark))
                    return high >> 16, high & 0xFFFF, low >> 16, low & 0xFFFF
    except FileNotFoundError:
        pass
    return ()


def _candidates(folders: Iterable[Path]) -> Iterator[Path]:
    if own := running():
        yield own
    for folder in folders:
        yield folder / FOLDER


def _there(folder: Path) -> Path | None:
    try:
        return folder if (folder / PROGRAM).is_file() and (folder / INSIDE).is_dir() else None
    except OSError:  # a stick that is broken
        return None


class Program:
    """A packed program for Windows on its way to a stick. Raises BadInput when `bundle` is none, or cannot be held."""

    def __init__(self, bundle: Path, target: Target) -> None:
        self._target = target
        self._root = target.root / FOLDER
        if not _there(bundle):
            raise BadInput(
                _("There is no program for Windows in %(folder)s. Make it first: make windows") % {"folder": bundle},
                field="folder",
            )
        try:
            self._files = {path.relative_to(bundle).as_posix(): path for path in _in_order(bundle)}
            self._sizes = {name: path.stat().st_size for name, path in self._files.items()}
        except OSError as error:
            raise _unreadable() from error
        for name, path in self._files.items():
            if not _NAME.fullmatch(name) or len(name) > _LONGEST or path.is_symlink() or self._sizes[name] > LARGEST:
                raise BadInput(_("A stick cannot hold the file %(file)s.") % {"file": name}, field="folder")
        # Two names that a stick takes for one.
        if len({name.casefold() for name in self._files}) < len(self._files):
            raise BadInput(_("A stick cannot hold the file %(file)s.") % {"file": bundle}, field="folder")

    @property
    def total(self) -> int:
        """All of its bytes."""
        return sum(self._sizes.values())

    def missing(self) -> list[int]:
        """Return the bytes of each file that is not on the stick yet, and of a new school's first weeks."""
        sizes = {self._root / name: size for name, size in self._sizes.items()}
        with self._target.writing():
            missing = [size for place, size in sizes.items() if not place.is_file() or place.stat().st_size != size]
            return missing if self._has_data() else [*missing, _ROOM]

    def is_later_there(self) -> bool:
        """Whether the stick's own program is of a later version: a school that it has upgraded opens with no other."""
        with self._target.writing():
            there = version_of(self._root / PROGRAM)
        try:
            return there > version_of(self._files[PROGRAM])
        except OSError as error:
            raise _unreadable() from error

    def owns(self, name: str) -> bool:
        """Whether a name in the stick's sums is one of the program's, of this version or another."""
        return name.startswith((f"{FOLDER}/{INSIDE}/", f"{FOLDER}/{PROGRAM}"))

    def put(self, tick: Tick, check: Callable[[], None]) -> dict[str, str]:
        """Write what is not there yet, and return each file's SHA-256 by its name on the stick.

        Raises StickGone, NoSpace, BadFile; the same call goes on from there. BadInput when a folder of the stick is a
        link that leads off it: what lies there is somebody else's, and would be replaced and removed.
        """
        there = self._root / PROGRAM
        with self._target.writing():
            if not all(map(self._target.holds, {(self._root / name).parent for name in self._files})):
                raise locked()
        wanted = self._digests(check)
        if any(_sha(self._root / name, check) != sha for name, sha in wanted.items()):
            with self._target.writing():
                _remove_program(there)
        folders = {self._root}
        if not (self._root / MARK).exists():
            self._target.put(_MARK, self._root / MARK, lambda _count: None)
        for name, path in self._files.items():
            place = self._root / name
            if _sha(place, check) == wanted[name]:
                tick(self._sizes[name])
                continue
            try:
                self._target.put(path, place, tick)
            except BadFile as error:
                raise _unreadable() from error
            folders.add(place.parent)
        self._remove_others()
        self._target.settle(sorted(folders))
        return {f"{FOLDER}/{name}": sha for name, sha in wanted.items()}

    def _digests(self, check: Callable[[], None]) -> dict[str, str]:
        try:
            return {name: digests(path, lambda _count: check())[1] for name, path in self._files.items()}
        except OSError as error:
            raise _unreadable() from error

    def _has_data(self) -> bool:
        return self._root.is_dir() and any(path.is_dir() and path.name != INSIDE for path in self._root.iterdir())

    def _remove_others(self) -> None:
        with self._target.writing():
            for path in (self._root / INSIDE).rglob("*"):
                is_other = path.is_file() and path.relative_to(self._root).as_posix() not in self._files
                # Python goes into a junction of Windows, which is no link to it.
                if is_other and self._target.holds(path.parent):
                    path.unlink()


def _in_order(bundle: Path) -> Iterator[Path]:
    yield from sorted(path for path in (bundle / INSIDE).rglob("*") if not path.is_dir())
    yield bundle / PROGRAM


def _remove_program(place: Path) -> None:
    try:
        place.unlink(missing_ok=True)
    except PermissionError as error:
        # The stick itself was written to a moment ago; Windows lets nobody remove a program that runs.
        raise BadInput(
            _("The program on this stick is running. Close it, then make the stick again."),
            code="running",
            field="portable",
        ) from error


def _unreadable() -> BadInput:
    return BadInput(
        _(
            "The program for Windows cannot be read any more. "
            "If it comes from another stick, put that in again, then make this one again: what was copied is kept."
        ),
        code="program_gone",
        field="portable",
    )


def _sha(path: Path, check: Callable[[], None]) -> str:
    try:
        return digests(path, lambda _count: check())[1]
    except OSError:
        return ""
