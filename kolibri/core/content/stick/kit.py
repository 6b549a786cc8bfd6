"""All that goes onto a stick for another school: installers, channels, a page to start from, and checksums.

START.html  SHA256SUMS  verify.sh  verify.cmd
windows/  macos/  linux/        installers; Windows' missing engine beside the setup
windows-portable/               a program that runs from the stick, where one was asked for; see `portable`
KOLIBRI_DATA/                   channels, see `channels`
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from kolibri.core.content import mounts
from kolibri.core.content import values
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.importer import Watcher
from kolibri.core.content.importer import alone
from kolibri.core.content.problems import BadFile
from kolibri.core.content.problems import ChannelProblem
from kolibri.core.content.stick import page
from kolibri.core.content.stick import portable
from kolibri.core.content.stick.channels import Export
from kolibri.core.content.stick.portable import Program
from kolibri.core.content.stick.target import LARGEST
from kolibri.core.content.stick.target import Target
from kolibri.core.content.stick.target import digests
from kolibri.errors import BadInput

SUMS: Final = "SHA256SUMS"
START: Final = "START.html"
INSTALLERS: Final = "installers"  # in the home
_KINDS: Final = {".exe": "windows", ".dmg": "macos", ".deb": "linux", ".run": "linux"}
_ENGINE: Final = re.compile(r"MicrosoftEdgeWebView2[a-z0-9._+-]{0,70}\.exe", re.IGNORECASE | re.ASCII)
# What the names of installers say of the processor, and the one name that we have for it.
_PROCESSOR: Final = re.compile(r"[-_.](x86_64|amd64|x64|arm64|aarch64)(?![a-z0-9])", re.IGNORECASE | re.ASCII)
_SAME: Final = {"amd64": "x86_64", "x64": "x86_64", "aarch64": "arm64"}
_SYSTEMS: Final = {"windows": "Windows", "macos": "macOS", "linux": "Linux"}
_MACS: Final = {"arm64": "macOS (Apple)", "x86_64": "macOS (Intel)"}
# Only letters that FAT, exFAT and every shell hold without a second thought; the same in a line of the sums.
_OURS: Final = re.compile(r"kolibri[a-z0-9._+-]{1,92}", re.IGNORECASE | re.ASCII)
# Some ten thousand lines; bytes.
_MOST_SUMS: Final = 4_000_000
_LINE: Final = re.compile(r"([0-9a-f]{64})  ((?:[A-Za-z0-9_][A-Za-z0-9._+ -]*/)*[A-Za-z0-9_][A-Za-z0-9._+ -]*)")

_VERIFY_SH: Final = """\
#!/bin/sh
# Says whether every file of this stick is whole. In a terminal: sh verify.sh
cd "$(dirname "$0")" || exit 2
[ -s SHA256SUMS ] || { echo "The list SHA256SUMS is missing. Make the stick again."; exit 2; }
if command -v sha256sum >/dev/null 2>&1; then check="sha256sum"; else check="shasum -a 256"; fi
said=$(LC_ALL=C $check -c SHA256SUMS 2>/dev/null)
if [ $? -ne 0 ]; then
    echo "$said" | grep -v ': OK$'
    echo "These files are damaged or missing. Make the stick again."
    exit 1
fi
echo "Every file is whole."
"""
_VERIFY_CMD: Final = """\
@echo off
rem Says whether every file of this stick is whole: double-click it.
cd /d "%~dp0"
if not exist SHA256SUMS (
  echo The list SHA256SUMS is missing. Make the stick again.
  pause
  exit /b 2
)
powershell -NoProfile -ExecutionPolicy Bypass -Command "$bad = @(); foreach ($line in Get-Content SHA256SUMS) { \
$sum = $line.Substring(0, 64); $name = $line.Substring(66); if (-not (Test-Path -LiteralPath $name) -or \
(Get-FileHash -LiteralPath $name -Algorithm SHA256).Hash -ne $sum) { $bad += $name } }; if ($bad) { $bad; \
'These files are damaged or missing. Make the stick again.'; exit 1 } else { 'Every file is whole.' }"
set result=%errorlevel%
pause
exit /b %result%
"""


@dataclass(frozen=True)
class Installer:
    """An installer at hand. `system` is windows, macos or linux; `is_engine` for what old Windows lacks."""

    path: Path
    system: str
    size: int
    is_engine: bool = False

    @property
    def name(self) -> str:
        """Its file name, here and on the stick."""
        return self.path.name

    @property
    def processor(self) -> str:
        """Return the processor that it is for, x86_64 or arm64; "" when its name says none."""
        said = _PROCESSOR.search(self.name)
        return _SAME.get(said[1].lower(), said[1].lower()) if said else ""

    @property
    def kind(self) -> tuple[str, str, bool]:
        """Return what one of is enough on a stick."""
        return self.path.suffix.lower(), self.processor, self.is_engine


def find_installers(folders: Iterable[Path]) -> list[Installer]:
    """Return the installers in these folders and in their `windows`, `macos` and `linux`.

    Of each kind, and for each processor, the newest of the first folder that has one; what cannot be read is
    passed over.
    """
    found: dict[tuple[str, str, bool], Installer] = {}
    for folder in folders:
        here = [*_listed(folder)]
        for system in sorted(set(_KINDS.values())):
            here += _listed(folder / system)
        newest: dict[tuple[str, str, bool], tuple[float, Installer]] = {}
        for path in here:
            engine = _ENGINE.fullmatch(path.name) is not None
            if path.suffix.lower() not in _KINDS or not (engine or _OURS.fullmatch(path.name)):
                continue
            try:
                facts = path.stat()
                # A stick's link to a file of this computer is not what its name says.
                if not path.resolve().is_relative_to(folder.resolve()):
                    continue
            except OSError:
                continue
            one = Installer(path, _KINDS[path.suffix.lower()], facts.st_size, engine)
            newest[one.kind] = max(newest.get(one.kind, (0.0, one)), (facts.st_mtime, one), key=lambda pair: pair[0])
        for key, (_when, one) in newest.items():
            found.setdefault(key, one)
    return list(found.values())


def missing_systems(installers: Iterable[Installer]) -> list[str]:
    """Return the names of the systems that none of these is for; none when there are no installers at all."""
    programs = [one for one in installers if not one.is_engine]
    missing = [name for system, name in _SYSTEMS.items() if all(one.system != system for one in programs)]
    macs = {one.processor for one in programs if one.system == "macos"}
    if macs and "" not in macs:
        missing += [name for processor, name in _MACS.items() if processor not in macs]
    return sorted(missing) if programs else []


def at_hand(home: Path, root: Path) -> list[Installer]:
    """Return the installers of the home's folder `installers`, else of another stick that was made as this one."""
    return find_installers([home / INSTALLERS, *_other_sticks(root)])


def program_at_hand(home: Path, root: Path) -> Path | None:
    """Return the folder of the program for Windows that may go onto the stick at `root`; None when there is none.

    The one that runs now, else that of the home's folder `installers`, else of another stick that was made as this one.
    """
    return portable.find([home / INSTALLERS, *_other_sticks(root)])


def check_program(home: Path, root: Path) -> Path:
    """Return the same, when it can go onto that stick. Raises BadInput (`portable`), NoSpace and as `Target` does."""
    target = Target(root)
    if portable.runs_from(target.root):
        raise BadInput(
            _("Kolibri runs from this stick now and is on it already. Take the tick away."),
            code="runs_from_it",
            field="portable",
        )
    bundle = program_at_hand(home, target.root)
    if bundle is None:
        raise BadInput(
            _("The program for Windows is not at hand. Put in a stick that has it, or take the tick away."),
            code="no_program",
            field="portable",
        )
    program = Program(bundle, target)
    if not program.is_later_there():
        target.check_space(program.missing())
    return bundle


def _other_sticks(root: Path) -> list[Path]:
    others = [mount.path for mount in mounts.attached() if mount.path != root]
    return [place for place in others if (place / START).is_file()]


def make(
    root: Path,
    source: Path,
    channel_ids: Iterable[str],
    installers: Iterable[Installer],
    watcher: Watcher,
    bundle: Path | None = None,
) -> dict[str, Any]:
    """Make a stick at `root`, or add to it, with channels of the `content` folder `source`.

    `bundle` is a packed program for Windows that is to run from the stick; a later version there stays.

    Returns `{"channels": [...], "installers": [names], "portable": bool, "sentences": [...]}`, the channels as
    `channels.Export` describes. Raises BadInput (`folder`, `portable`), NoSpace and StickGone; what was written before
    stays, and the same call goes on from there.
    """
    target = Target(root)
    here, there = source.resolve(), target.root.resolve()
    if target.content.resolve() == here or there == here.parent or here in there.parents or there == here:
        raise BadInput(
            _("This folder holds the channels that are to be copied. Choose another one."), code="same", field="folder"
        )
    target.check_writable()
    program = Program(bundle, target) if bundle else None
    with alone(watcher.check_for_cancel):
        return _Kit(target, Export(source, target, watcher), list(installers), program).make(channel_ids)


class _Kit:
    def __init__(self, target: Target, export: Export, installers: list[Installer], program: Program | None) -> None:
        self.target = target
        self.export = export
        self.sentences: list[str] = []
        self.program = program if program and not self._is_later_there(program) else None
        self.installers = [one for one in installers if self._fits(one)]

    def make(self, channel_ids: Iterable[str]) -> dict[str, Any]:
        sizes = self.export.plan(channel_ids)
        places = {one: self.target.root / one.system / one.name for one in self.installers}
        sizes += [one.size for one, place in places.items() if _size(place) != one.size]
        self.export.total += sum(one.size for one in self.installers)
        if self.program:
            sizes += self.program.missing()
            self.export.total += self.program.total
        self.target.check_space(sizes)
        own = {SUMS, START, "verify.sh", "verify.cmd", *(self._name(place) for place in places.values())}
        # Never a sum of what is no more: what is replaced below leaves the list first.
        kept = self._read_sums(own | self.export.changing())
        if (self.target.root / SUMS).exists():
            self._write_sums(kept)
        sums: dict[str, str] = {}
        if self.program:
            sums |= self.program.put(self.export.tick, self.export.watcher.check_for_cancel)
        copied = [one for one, place in places.items() if self._put(one, place, sums)]
        channels = self.export.run()
        for name, text in (
            (START, self._page(copied)),
            ("verify.sh", _VERIFY_SH),
            ("verify.cmd", _VERIFY_CMD.replace("\n", "\r\n")),
        ):
            sums[name] = self.target.put(text.encode(), self.target.root / name, lambda _count: None)
        self._write_sums(kept | self.export.sums | sums)
        self.target.clear()
        return {
            "channels": channels,
            "installers": [one.name for one in copied],
            "portable": self.program is not None,
            "sentences": self.sentences,
        }

    def _page(self, copied: list[Installer]) -> str:
        """Return the page, with what earlier runs put on the stick as well."""
        installers = {one.kind: one for one in find_installers([self.target.root])}
        installers.update({one.kind: one for one in copied})
        names = []
        for database in sorted((self.target.content / "databases").glob("*.sqlite3")):
            try:
                with ChannelFile(database) as file:
                    names.append(values.line(file.channel()["name"], 200) or file.channel_id)
            except ChannelProblem:
                # Not importable, so it is not offered.
                continue
        is_portable = (self.target.root / portable.FOLDER / portable.PROGRAM).is_file()
        return page.render(installers.values(), names, is_portable=is_portable)

    def _is_later_there(self, program: Program) -> bool:
        if not program.is_later_there():
            return False
        self.sentences.append(
            _("The stick has a later version of the program that runs from it. It was left as it is.")
        )
        return True

    def _fits(self, one: Installer) -> bool:
        if one.size <= LARGEST:
            return True
        self.sentences.append(
            _("%(file)s was left out: it has %(size)s, and many sticks hold no file over 4 GB.")
            % {"file": one.name, "size": filesizeformat(one.size)}
        )
        return False

    def _put(self, one: Installer, place: Path, sums: dict[str, str]) -> bool:
        before = self.export.done
        try:
            sha = digests(one.path, self._check)[1]
            if _size(place) != one.size or sha != digests(place, self._check)[1]:
                sha = self.target.put(one.path, place, self.export.tick)
                self.target.settle([place.parent])
            sums[self._name(place)] = sha
        except (BadFile, OSError):
            self.sentences.append(_("The file %(file)s cannot be read and was left out.") % {"file": one.name})
            return False
        finally:
            self.export.done = before + one.size
        return True

    def _check(self, _count: int) -> None:
        self.export.watcher.check_for_cancel()

    def _read_sums(self, without: set[str]) -> dict[str, str]:
        try:
            if (self.target.root / SUMS).stat().st_size > _MOST_SUMS:
                return {}
            lines = (self.target.root / SUMS).read_text("ascii").splitlines()
        except (OSError, ValueError):
            return {}
        found = {match[2]: match[1] for line in lines if (match := _LINE.fullmatch(line))}
        if self.program:
            without = without | {name for name in found if self.program.owns(name)}
        return {name: sha for name, sha in found.items() if name not in without and (self.target.root / name).is_file()}

    def _write_sums(self, sums: dict[str, str]) -> None:
        said = "".join(f"{sha}  {name}\n" for name, sha in sorted(sums.items()))
        self.target.put(said.encode("ascii"), self.target.root / SUMS, lambda _count: None)
        self.target.settle([self.target.root])

    def _name(self, path: Path) -> str:
        return path.relative_to(self.target.root).as_posix()


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.is_file())
    except OSError:
        return []


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
