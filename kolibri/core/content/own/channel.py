"""The own files' channel as a channel database of the format (schema 5), so that any Kolibri can import it."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

from kolibri.core.content import constants
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File
from kolibri.core.fields import local_now

# Each table with its columns and their types, as channel makers write them. What is never filled is there all the
# same: other programs ask for it.
_TABLES: Final[dict[str, str]] = {
    "content_channelmetadata": (
        "id CHAR(32) PRIMARY KEY, name VARCHAR(200), description VARCHAR(400), tagline VARCHAR(150),"
        " author VARCHAR(400), version INTEGER, thumbnail TEXT, last_updated VARCHAR, min_schema_version VARCHAR(50),"
        " root_id CHAR(32)"
    ),
    "content_contentnode": (
        "id CHAR(32) PRIMARY KEY, parent_id CHAR(32), title VARCHAR(200), kind VARCHAR(200), description TEXT,"
        " content_id CHAR(32), channel_id CHAR(32), sort_order REAL, author VARCHAR(200), license_owner VARCHAR(200),"
        " license_name VARCHAR(50), license_description TEXT, lang_id VARCHAR(14), available BOOL,"
        " coach_content BOOL, options TEXT, grade_levels TEXT, resource_types TEXT, learning_activities TEXT,"
        " accessibility_labels TEXT, categories TEXT, learner_needs TEXT, duration INTEGER, lft INTEGER, rght INTEGER,"
        " tree_id INTEGER, level INTEGER"
    ),
    "content_file": (
        "id CHAR(32) PRIMARY KEY, contentnode_id CHAR(32), local_file_id VARCHAR(32), preset VARCHAR(150),"
        " lang_id VARCHAR(14), supplementary BOOL, thumbnail BOOL, priority INTEGER"
    ),
    "content_localfile": "id VARCHAR(32) PRIMARY KEY, extension VARCHAR(40), file_size INTEGER, available BOOL",
    "content_language": (
        "id VARCHAR(14) PRIMARY KEY, lang_code VARCHAR(3), lang_subcode VARCHAR(10), lang_name VARCHAR(100),"
        " lang_direction VARCHAR(3)"
    ),
    "content_contenttag": "id CHAR(32) PRIMARY KEY, tag_name VARCHAR(30)",
    "content_contentnode_tags": "id INTEGER PRIMARY KEY, contentnode_id CHAR(32), contenttag_id CHAR(32)",
    "content_contentnode_has_prerequisite": (
        "id INTEGER PRIMARY KEY, from_contentnode_id CHAR(32), to_contentnode_id CHAR(32)"
    ),
    "content_contentnode_related": ("id INTEGER PRIMARY KEY, from_contentnode_id CHAR(32), to_contentnode_id CHAR(32)"),
    "content_assessmentmetadata": (
        "id CHAR(32) PRIMARY KEY, contentnode_id CHAR(32), assessment_item_ids TEXT, number_of_assessments INTEGER,"
        " mastery_model TEXT, randomize BOOL, is_manipulable BOOL"
    ),
}
_LABELS: Final = (
    "grade_levels",
    "resource_types",
    "learning_activities",
    "accessibility_labels",
    "categories",
    "learner_needs",
)


@dataclass(frozen=True)
class Stored:
    """A file of the storage as a channel names it."""

    id: str  # MD5
    extension: str
    size: int


@dataclass
class Shelf:
    """All of the own channel: its facts, its resources in the order in which they came, and their files.

    `nodes` and `uses` are unsaved models, or such as the database has.
    """

    id: str
    name: str
    version: int
    nodes: list[ContentNode]
    uses: list[File]
    stored: dict[str, Stored]


def read(channel: ChannelMetadata) -> Shelf:
    """Return the channel as this computer has it; three queries.

    Our tables are asked, not the file beside them, which may be lost or one change ahead.
    """
    nodes = ContentNode.objects.filter(channel_id=channel.pk).resources().order_by("lft")
    uses = list(File.objects.filter(contentnode__channel_id=channel.pk).select_related("local_file"))
    stored = {use.local_file_id: use.local_file for use in uses}
    return Shelf(
        id=channel.pk,
        name=channel.name,
        version=channel.version,
        nodes=list(nodes),
        uses=uses,
        stored={pk: Stored(pk, file.extension, file.file_size or 0) for pk, file in stored.items()},
    )


def write(shelf: Shelf, target: Path) -> None:
    """Write the channel's database to `target`, whole and on the disk. Raises OSError, sqlite3.Error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as db:
        # Nobody reads it before it has its name: no journal beside it.
        db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;")
        for table, columns in _TABLES.items():
            db.execute(f"CREATE TABLE {table} ({columns})")
        _insert(db, "content_channelmetadata", [_facts(shelf)])
        _insert(db, "content_contentnode", _nodes(shelf))
        _insert(db, "content_file", (_use(use) for use in shelf.uses))
        _insert(db, "content_localfile", (_file(file) for file in shelf.stored.values()))
        db.execute("COMMIT")
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _insert(db: sqlite3.Connection, table: str, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        places = ", ".join("?" * len(row))
        db.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})", list(row.values()))


def _facts(shelf: Shelf) -> dict[str, Any]:
    return {
        "id": shelf.id,
        "name": shelf.name,
        "description": "",
        "author": "",
        "version": shelf.version,
        "thumbnail": "",
        "last_updated": local_now().isoformat(" ", "seconds"),
        "min_schema_version": str(constants.NEWEST_SCHEMA),
        "root_id": shelf.id,
    }


def _nodes(shelf: Shelf) -> Iterator[dict[str, Any]]:
    # The root has the channel's id twice: without that a Kolibri's picker of resources stays empty.
    root = ContentNode(id=shelf.id, content_id=shelf.id, kind=constants.TOPIC, title=shelf.name)
    yield _node(shelf, root, None, 1, 2 * len(shelf.nodes) + 2, 1)
    for place, node in enumerate(shelf.nodes, 1):
        yield _node(shelf, node, shelf.id, 2 * place, 2 * place + 1, place)


def _node(shelf: Shelf, node: ContentNode, parent: str | None, lft: int, rght: int, order: int) -> dict[str, Any]:
    return {
        "id": node.pk,
        "parent_id": parent,
        "title": node.title,
        "kind": node.kind,
        "description": node.description or "",
        "content_id": node.content_id,
        "channel_id": shelf.id,
        "sort_order": float(order),
        "author": node.author,
        "license_owner": node.license_owner,
        "license_name": node.license_name,
        "license_description": node.license_description,
        "available": 0,
        "coach_content": int(node.coach_content),
        "options": json.dumps(node.options or {}),
        "duration": node.duration,
        "lft": lft,
        "rght": rght,
        "tree_id": 1,
        "level": 0 if parent is None else 1,
        **{label: getattr(node, label) for label in _LABELS},
    }


def _use(use: File) -> dict[str, Any]:
    return {
        "id": use.pk,
        "contentnode_id": use.contentnode_id,
        "local_file_id": use.local_file_id,
        "preset": use.preset,
        "supplementary": int(use.supplementary),
        "thumbnail": int(use.thumbnail),
        "priority": use.priority,
    }


def _file(file: Stored) -> dict[str, Any]:
    return {"id": file.id, "extension": file.extension, "file_size": file.size, "available": 0}
