"""Reading one channel's database from a stick, without trusting it and without writing to it.

Columns are taken as `PRAGMA table_info` finds them and what is missing reads as empty: that
covers schema 5 to 1 and the unversioned ones before them by one path.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Final
from typing import Self
from urllib.parse import quote

from django.utils.translation import gettext as _

from kolibri.core.content import constants
from kolibri.core.content import paths
from kolibri.core.content import values
from kolibri.core.content.problems import ChannelProblem

Row = dict[str, Any]

MOST_BYTES: Final = 2 * 1024**3
MOST_ROWS: Final = 500_000
MOST_TEXT: Final = 4_000_000  # one value, in bytes
# What a table may read as beyond the bytes of the file, which holds a column's default once for all rows.
MOST_DEFAULTS: Final = 32 * 1024**2
_STEP: Final = 50_000  # SQLite instructions between two looks at the clock

_NODE = (
    "id parent_id lft rght sort_order kind title description content_id coach_content license_name"
    " license_description license_owner author lang_id options learning_activities grade_levels"
    " resource_types categories learner_needs accessibility_labels duration license_id"
)
# Each table that is read, with all columns that any schema gives it.
_COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    table: tuple(columns.split())
    for table, columns in {
        "content_channelmetadata": "id name description tagline author version thumbnail last_updated"
        " min_schema_version root_id root_pk",
        "content_contentnode": _NODE,
        "content_file": "id contentnode_id local_file_id preset lang_id supplementary thumbnail priority"
        " checksum extension file_size",
        "content_localfile": "id extension file_size",
        "content_language": "id lang_code lang_subcode lang_name lang_direction",
        "content_license": "id license_name license_description",
        "content_contenttag": "id tag_name",
        "content_contentnode_tags": "contentnode_id contenttag_id",
        "content_contentnode_has_prerequisite": "from_contentnode_id to_contentnode_id",
        "content_contentnode_related": "from_contentnode_id to_contentnode_id",
        "content_assessmentmetadata": "id contentnode_id assessment_item_ids number_of_assessments"
        " mastery_model randomize is_manipulable",
    }.items()
}
_NEEDED = ("content_channelmetadata", "content_contentnode", "content_file")


@dataclass(frozen=True)
class Facts:
    """What a channel's database says of itself, before anything is imported."""

    id: str
    name: str
    description: str
    version: int
    schema: str
    thumbnail: str
    resources: int
    size: int  # bytes of its files, each counted once, thumbnails included
    more: int = 0  # resources that are there, but were left out by who chose parts of it


class ChannelFile:
    """A channel's database, open for reading. Use with `with`.

    `patience` is the number of seconds that reading may take in all, `interrupt` is asked now and
    then and may raise to stop. Raises ChannelProblem, with the sentence to show, from any method.
    """

    def __init__(
        self, path: Path, *, patience: float = 600.0, interrupt: Callable[[], None] | None = None, channel_id: str = ""
    ) -> None:
        self.path = path
        self.channel_id = channel_id or path.stem
        self._until = time.monotonic() + patience
        self._interrupt = interrupt
        self._raised: BaseException | None = None
        if not paths.is_id(self.channel_id):
            raise ChannelProblem(_("%(file)s is not the name of a channel.") % {"file": path.name}, code="bad_name")
        self._look_at_the_file()
        self._db = self._open()
        try:
            self._tables = self._find_tables()
            self.schema = self._find_schema()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def check_whole(self) -> None:
        """Read every page once: a database that is damaged anywhere is refused before anything is copied."""
        if self._all("PRAGMA quick_check(1)") != [("ok",)]:
            raise self._damaged()

    def channel(self) -> Row:
        """Return the one row about the channel; `root_id` is set whatever the schema calls it."""
        for row in self.rows("content_channelmetadata"):
            if row["id"] == self.channel_id:
                row["root_id"] = row["root_id"] or row["root_pk"]
                return row
        raise ChannelProblem(
            _("The channel's file does not hold the channel that it is named after. Copy the stick again."),
            code="other_channel",
        )

    def version(self) -> int:
        """Return the channel's version; it grows with each publication."""
        return values.whole(self.channel()["version"], 2**31 - 1)

    def rows(self, table: str) -> Iterator[Row]:
        """Yield a table's rows with all columns of any schema; what the file lacks is None.

        `table` must be one of the format's tables; one that the file lacks has no rows.
        """
        here = self._tables.get(table, frozenset())
        columns = _COLUMNS[table]
        known = [column for column in columns if column in here]
        if not known:
            return
        found = self._all(f"SELECT {', '.join(known)} FROM {table} LIMIT {MOST_ROWS + 1}")
        if len(found) > MOST_ROWS:
            raise _too_large()
        empty = dict.fromkeys(columns)
        for row in found:
            yield {**empty, **dict(zip(known, row, strict=True))}

    def facts(self, included: frozenset[str] | None = None, chosen: Collection[str] | None = None) -> Facts:
        """Return name, version, number of resources and size.

        With `included` (ids of folders and resources) only these and what is below them are counted, and with
        `chosen` only what is below both.
        """
        row = self.channel()
        wanted = None if included is None else self._below(included)
        kinds = {
            str(node["id"]): node["kind"]
            for node in self.rows("content_contentnode")
            if wanted is None or node["id"] in wanted
        }
        there = _resources(kinds)
        if chosen is not None:
            asked = self._below(frozenset(chosen))
            kinds = {pk: kind for pk, kind in kinds.items() if pk in asked}
        return Facts(
            id=self.channel_id,
            name=values.line(row["name"], 200) or self.channel_id,
            description=values.line(row["description"], 400),
            version=self.version(),
            schema=self.schema,
            thumbnail=values.picture(row["thumbnail"]),
            resources=_resources(kinds),
            size=sum(self._sizes(kinds)),
            more=there - _resources(kinds),
        )

    def _sizes(self, nodes: dict[str, Any]) -> Iterator[int]:
        used: dict[str, int] = {}
        for row in self.rows("content_file"):
            if row["contentnode_id"] in nodes:
                used[str(row["local_file_id"] or row["checksum"])] = values.whole(row["file_size"])
        known = {str(row["id"]): values.whole(row["file_size"]) for row in self.rows("content_localfile")}
        return (known.get(name, size) for name, size in used.items())

    def _below(self, included: frozenset[str]) -> set[str]:
        return values.below(included, ((row["id"], row["parent_id"]) for row in self.rows("content_contentnode")))

    def _look_at_the_file(self) -> None:
        try:
            facts = self.path.lstat()
            if not stat.S_ISREG(facts.st_mode):
                raise self._damaged()
            with self.path.open("rb") as file:
                head = file.read(16)
        except OSError as error:
            raise ChannelProblem(
                _("The channel's file cannot be read: %(reason)s. Try the stick again, or another one.")
                % {"reason": error.strerror or type(error).__name__},
                code="unreadable",
            ) from error
        if facts.st_size == 0:
            raise ChannelProblem(_("The channel's file is empty. Copy the channel to the stick again."), code="empty")
        if head != b"SQLite format 3\0":
            raise self._damaged()
        if facts.st_size > MOST_BYTES:
            raise _too_large()
        self._most_text = facts.st_size + MOST_DEFAULTS

    def _open(self) -> sqlite3.Connection:
        place = self.path.absolute().as_posix()
        start = "" if place.startswith("/") else "/"
        name = quote(place, safe="/:", errors="surrogateescape")
        # immutable: no lock, no journal, nothing beside the file; the stick may be write-protected.
        try:
            db = sqlite3.connect(f"file://{start}{name}?mode=ro&immutable=1", uri=True, isolation_level=None)
        except sqlite3.Error as error:
            raise self._damaged() from error
        db.text_factory = lambda raw: raw.decode("utf-8", "replace")
        db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_TEXT)
        db.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        db.set_progress_handler(self._go_on, _STEP)
        # mmap: a stick that is pulled out must give an error, not end the process.
        db.executescript("PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;")
        return db

    def _go_on(self) -> int:
        """Called by SQLite while it works; anything but 0 stops it."""
        if time.monotonic() > self._until:
            return 1
        if self._interrupt is not None:
            try:
                self._interrupt()
            except BaseException as error:  # SQLite would swallow it: keep it for `_all`
                self._raised = error
                return 1
        return 0

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        found, room = [], self._most_text
        try:
            for row in self._db.execute(sql):
                room -= sum(len(value) for value in row if isinstance(value, (str, bytes)))
                # Of an honest file each letter is a byte of it. Rows that share theirs fill any memory.
                if room < 0:
                    raise _too_large()
                found.append(row)
            return found
        except (sqlite3.Error, OverflowError) as error:
            if self._raised is not None:
                raise self._raised from None
            raise self._damaged() from error

    def _find_tables(self) -> dict[str, frozenset[str]]:
        # Views and virtual tables run code of the file's own: only plain tables are read.
        plain = {
            name
            for name, sql in self._all("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
            if name in _COLUMNS and str(sql).split(None, 2)[:2] == ["CREATE", "TABLE"]
        }
        # table_xinfo marks generated columns (hidden > 0): code again.
        found = {
            name: frozenset(row[1] for row in self._all(f"PRAGMA table_xinfo({name})") if row[6] == 0) for name in plain
        }
        if any(table not in found for table in _NEEDED):
            raise self._damaged()
        return found

    def _find_schema(self) -> str:
        columns = self._tables["content_channelmetadata"]
        if "min_schema_version" not in columns:
            if "root_pk" in columns:
                return "unversioned"
            raise self._damaged()
        schema = str(self.channel()["min_schema_version"])
        if schema in constants.OLDER_SCHEMAS:
            return schema
        if not schema.isascii() or not schema.isdecimal() or not 0 < len(schema) < 10 or int(schema) == 0:
            raise ChannelProblem(
                _("The channel is in a form that this program does not know. Ask where it came from."),
                code="odd_schema",
            )
        if int(schema) > constants.NEWEST_SCHEMA:
            raise ChannelProblem(
                _("The channel was made for a newer version of this program. Update the program, then import again."),
                code="future_schema",
            )
        return schema

    def _damaged(self) -> ChannelProblem:
        return ChannelProblem(
            _("The channel's file is damaged. Copy the channel to the stick again, or try another stick."),
            code="damaged",
        )


def _too_large() -> ChannelProblem:
    return ChannelProblem(_("The channel is larger than this program can read."), code="too_large")


def _resources(kinds: dict[str, Any]) -> int:
    return sum(kind != constants.TOPIC for kind in kinds.values())
