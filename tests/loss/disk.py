"""A disk that can lose its power at any moment of a diary that `shim.c` kept."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from random import Random
from typing import NamedTuple

RECORD = struct.Struct("=ccHIQ")
SECTOR = 512
FATES = ("dropped", "torn", "kept")


class NoCompiler(Exception):
    """There is no C compiler here, so no diary can be kept."""


def build_shim(folder: Path) -> Path:
    """Compile the shim into the folder and return it. Raises NoCompiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoCompiler("no C compiler: install gcc")
    made = folder / "shim.so"
    source = Path(__file__).with_name("shim.c")
    command = [compiler, "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", made, source, "-ldl"]
    subprocess.run([*command, "-lpthread"], check=True)
    return made


class Entry(NamedTuple):
    """One call that a process made; `end` is the diary's length with it."""

    what: str
    name: str
    offset: int
    data: bytes
    end: int


def read_diary(path: Path) -> Iterator[Entry]:
    """Yield the diary's entries; a last one that is not whole is left out."""
    diary = path.read_bytes()
    at = 0
    while at + RECORD.size <= len(diary):
        what, _zero, name_length, data_length, offset = RECORD.unpack_from(diary, at)
        at += RECORD.size
        end = at + name_length + data_length
        if end > len(diary):
            return
        yield Entry(what.decode(), diary[at : at + name_length].decode(), offset, diary[at + name_length : end], end)
        at = end


def play(content: bytearray, write: Entry) -> None:
    """Do one write or cut to the content."""
    missing = write.offset - len(content)
    if missing > 0:
        content.extend(bytes(missing))
    if write.what == "T":
        del content[write.offset :]
    else:
        content[write.offset : write.offset + len(write.data)] = write.data


@dataclass
class File:
    """What the disk surely holds, and what is only on its way there.

    `synced` is None for a file that may not be there yet. `deleted` is what an unlinked file of
    this name held: the unlinking, too, is only on its way until the next file of the name is synced.
    """

    synced: bytearray | None = None
    waiting: list[Entry] = field(default_factory=list)
    deleted: bytearray | None = None

    def sync(self) -> None:
        content = bytearray() if self.synced is None else self.synced
        for write in self.waiting:
            play(content, write)
        self.synced, self.waiting, self.deleted = content, [], None

    def after_cut(self, fate: str, random: Random) -> bytes | None:
        """Return what is found of the file afterwards, or None when there is no file."""
        if self.synced is None:
            stays = fate == "dropped" or (fate == "torn" and random.random() < 0.5)
            if stays or not self.waiting:
                return bytes(self.deleted) if stays and self.deleted is not None else None
        content = bytearray(self.synced or b"")
        if fate != "dropped":
            for write in self.waiting:
                for part in tear(write, random) if fate == "torn" else [write]:
                    play(content, part)
        return bytes(content)


def tear(write: Entry, random: Random) -> Iterator[Entry]:
    """Yield those sectors of a write that came to the disk: all, none or some."""
    luck = random.random()
    if luck < 0.3:
        return
    if luck < 0.6 or write.what == "T":
        yield write
        return
    at = 0
    while at < len(write.data):
        size = SECTOR - (write.offset + at) % SECTOR
        if random.random() < 0.5:
            yield write._replace(offset=write.offset + at, data=write.data[at : at + size])
        at += size


class Disk:
    """The files of a database, from what they held when the diary began."""

    def __init__(self, database: Path) -> None:
        self.database = database.name
        self.files: dict[str, File] = {}
        for path in database.parent.glob(f"{database.name}*"):
            if not path.name.endswith("-shm"):
                self.files[path.name.removeprefix(database.name)] = File(bytearray(path.read_bytes()))

    def take(self, entry: Entry) -> None:
        """Go on by one entry of the diary."""
        file = self.files.setdefault(entry.name, File())
        if entry.what == "S":
            file.sync()
        elif entry.what == "U":
            self.files[entry.name] = File(deleted=file.synced if file.synced is not None else file.deleted)
        else:
            file.waiting.append(entry)

    def cut(self, folder: Path, fate: str, random: Random) -> Path:
        """Write the files as they are found after a cut now, and return the database among them.

        `fate` is what happens to everything not synced: dropped, kept, or torn (each write by chance).
        """
        folder.mkdir(parents=True, exist_ok=True)
        for name, file in self.files.items():
            content = file.after_cut(fate, random)
            if content is not None:
                (folder / f"{self.database}{name}").write_bytes(content)
        return folder / self.database
