"""Makes sticks with sample channels for tests: whole ones, old ones, and spoilt in every known way.

`make_stick(folder)` from a test, or `python -m tests.sticks FOLDER --break KIND` by hand.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from tests.sticks import files
from tests.sticks.channel import ARABIC_TITLE
from tests.sticks.channel import LONG_TITLE
from tests.sticks.channel import SampleFile
from tests.sticks.channel import SampleNode
from tests.sticks.channel import number_tree
from tests.sticks.channel import sample_id
from tests.sticks.channel import sample_tree
from tests.sticks.channel import write_database
from tests.sticks.tables import AGES

__all__ = ["AGES", "ARABIC_TITLE", "FAULTS", "LONG_TITLE", "RESOURCES", "Stick", "make_stick"]

FAULTS = (
    "missing-file",
    "bad-checksum",
    "short-file",
    "empty-db",
    "garbage-db",
    "damaged-db",
    "future-schema",
    "no-manifest",
    "bad-filename",
    "zip-traversal",
    "zip-bomb",
    "not-a-zip",
)
# Resources of the sample channel; four of them are the same word list (one PDF), one is for coaches only.
RESOURCES = 13
SHARING_THE_WORD_LIST = 4


@dataclass
class Stick:
    """A stick that was made: where it is and what is on it."""

    root: Path
    channel_ids: list[str] = field(default_factory=list)
    node_ids: dict[str, str] = field(default_factory=dict)  # by title, of the first channel
    file_names: dict[str, str] = field(default_factory=dict)  # `<md5>.<ext>` of the main file, by title

    @property
    def export(self) -> Path:
        return self.root / "KOLIBRI_DATA"

    @property
    def content(self) -> Path:
        return self.export / "content"

    @property
    def channel_id(self) -> str:
        return self.channel_ids[0]

    def database(self, number: int = 0) -> Path:
        return self.content / "databases" / f"{self.channel_ids[number]}.sqlite3"

    def file(self, title: str) -> Path:
        """Return the place of a resource's main file on the stick."""
        name = self.file_names[title]
        return self.content / "storage" / name[0] / name[1] / name

    def storage_bytes(self) -> int:
        return sum(path.stat().st_size for path in (self.content / "storage").rglob("*") if path.is_file())

    def state(self) -> dict[str, tuple[int, int, str]]:
        """Return mode, time of change and hash of everything on it: equal before and after means untouched."""
        return {
            str(path.relative_to(self.root)): (
                path.stat().st_mode,
                path.stat().st_mtime_ns,
                hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            )
            for path in sorted([self.root, *self.root.rglob("*")])
        }


def make_stick(
    folder: Path,
    *,
    schema: int | str = 5,
    fault: str | None = None,
    channels: int = 1,
    version: int = 1,
    drop: Collection[str] = (),
    only: Collection[str] = (),
    padding: int = 0,
    films: int = 0,
) -> Stick:
    """Write sample channels as an export to `folder`, which stands for a drive's root.

    `drop` leaves out resources by title, as a newer version of the channel might. `only` exports only
    these folders or resources: the others are named in the database but their files are not on the stick.
    """
    stick = Stick(folder)
    if stick.content.exists():
        shutil.rmtree(stick.content)
    (stick.content / "databases").mkdir(parents=True)
    listed = []
    for number in range(1, channels + 1):
        root = sample_tree(number, padding, films)
        channel_id = sample_id("channel", number)
        _name_nodes(root, channel_id, drop)
        number_tree(root)
        stick.channel_ids.append(channel_id)
        write_database(stick.database(number - 1), channel_id, root, version, schema)
        _write_files(stick, root, only)
        if number == 1:
            stick.node_ids = {node.title: node.id for node in root.walk()}
            stick.file_names = {node.title: node.files[0].name for node in root.walk() if node.files}
        included = sorted(node.id for node in root.walk() if node.title in only) if only else [root.id]
        listed.append({"id": channel_id, "version": version, "include_node_ids": included})
    digest = hashlib.md5(json.dumps(listed, sort_keys=True).encode()).hexdigest()
    manifest = {"channels": listed, "channel_list_hash": digest}
    (stick.content / "manifest.json").write_text(json.dumps(manifest))
    if fault:
        _spoil(stick, fault)
    return stick


def _name_nodes(root: SampleNode, channel_id: str, drop: Collection[str]) -> None:
    """Drop what is to be dropped and give every place its id, the same in each version."""

    def name(node: SampleNode, place: str) -> None:
        node.children = [child for child in node.children if child.title not in drop]
        node.id = sample_id(channel_id, place)
        for child in node.children:
            name(child, f"{place}/{child.title}")

    name(root, "")
    root.id = channel_id


def _write_files(stick: Stick, root: SampleNode, only: Collection[str]) -> None:
    def write(node: SampleNode, wanted: bool) -> None:
        wanted = wanted or node.title in only
        for file in node.files if wanted else ():
            _store(stick, file)
        for child in node.children:
            write(child, wanted)

    write(root, not only)


def _store(stick: Stick, file: SampleFile) -> None:
    path = stick.content / "storage" / file.name[0] / file.name[1] / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file.body)


def _spoil(stick: Stick, fault: str) -> None:
    sheet, film, database = stick.file("Water words"), stick.file("The water cycle"), stick.database()
    match fault:
        case "missing-file":
            sheet.unlink()
        case "bad-checksum":
            body = bytearray(sheet.read_bytes())
            body[len(body) // 2] ^= 0xFF
            sheet.write_bytes(body)
        case "short-file":
            film.write_bytes(film.read_bytes()[:1000])
        case "empty-db":
            database.write_bytes(b"")
        case "garbage-db":
            database.write_bytes(b"this is no database" * 500)
        case "damaged-db":
            body = bytearray(database.read_bytes())
            for place in range(5_000, len(body), 3_000):
                body[place : place + 500] = b"\xee" * 500
            database.write_bytes(body)
        case "future-schema":
            _change(database, "UPDATE content_channelmetadata SET min_schema_version = '99'")
        case "no-manifest":
            (stick.content / "manifest.json").unlink()
        case "bad-filename":
            _change(database, "UPDATE content_localfile SET extension = '../../evil' WHERE id = ?", sheet.stem)
        case "zip-traversal" | "zip-bomb" | "not-a-zip":
            bodies = {"zip-traversal": files.leading_out, "zip-bomb": files.bomb, "not-a-zip": lambda: b"no zip at all"}
            _replace_app(stick, bodies[fault]())
        case _:
            raise ValueError(f"{fault!r} is none of {', '.join(FAULTS)}")


def _replace_app(stick: Stick, body: bytes) -> None:
    file = SampleFile(body, "zip", "html5_zip")
    _store(stick, file)
    _change(stick.database(), "INSERT INTO content_localfile VALUES (?, 'zip', 0, ?)", file.md5, len(body))
    _change(stick.database(), "UPDATE content_file SET local_file_id = ? WHERE preset = 'html5_zip'", file.md5)
    stick.file_names["Counting beads"] = file.name


def _change(database: Path, sql: str, *values: object) -> None:
    db = sqlite3.connect(database)
    db.execute(sql, values)
    db.commit()
    db.close()
