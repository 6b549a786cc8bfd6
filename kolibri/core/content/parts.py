"""A channel on a stick as a tree of which parts can be chosen, with what each would bring.

Reads the stick, never writes; two queries, however much there is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import Final

from kolibri.core.content import channel_rows
from kolibri.core.content import choice
from kolibri.core.content import constants
from kolibri.core.content import manifest
from kolibri.core.content import paths
from kolibri.core.content import values
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.channel_file import Row
from kolibri.core.content.drives import PATIENCE
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import LocalFile

MOST_ROWS: Final = 600  # beyond that only the top folders and their subfolders are told one by one
_DEEPEST: Final = 8  # folders in folders that are told one by one


@dataclass
class Part:
    """A folder or resource that can be ticked. `parts` is what it shows when it is opened."""

    id: str
    title: str
    kind: str
    number: int  # its place in the `sums` of `Parts`
    above: Part | None = None
    is_open: bool = False
    resources: int = 0  # on the stick
    here: int = 0  # how many of them are on this computer
    size: int = 0  # bytes on the stick of its files, each counted once
    parts: list[Part] = field(default_factory=list)

    @property
    def is_topic(self) -> bool:
        """Whether this is a folder."""
        return self.kind == constants.TOPIC

    @property
    def is_here(self) -> bool:
        """Whether nothing of it is missing here."""
        return self.here >= self.resources

    @property
    def is_in_part(self) -> bool:
        """Whether some of it is here, and some is not."""
        return 0 < self.here < self.resources


@dataclass(frozen=True)
class Parts:
    """A channel of a stick with its parts. `whole` is the channel itself, whose id stands for all of it.

    `sums` tells what there is to copy: each entry is a number of bytes and the numbers of the parts that bring
    them, whichever of these is ticked, or has something ticked in it or around it. `always` are the bytes that
    come with any choice: what was chosen before and is not here, or not in this version.
    """

    name: str
    version: int
    here_version: int | None
    whole: Part
    by_id: dict[str, Part]
    sums: list[list[int]]
    always: int

    @property
    def is_newer(self) -> bool:
        """Whether the stick has a later version than this computer."""
        return self.here_version is not None and self.version > self.here_version

    @property
    def is_older(self) -> bool:
        """Whether this computer has a later version than the stick."""
        return self.here_version is not None and self.version < self.here_version

    def size(self, ticked: Collection[str]) -> int:
        """Return the bytes that there are to copy for the ticked parts."""
        touched: set[int] = set()
        for part in _preorder(self.whole):
            if part.id in ticked or (part.above is not None and part.above.number in touched):
                touched.add(part.number)
        for part in [one for one in self.by_id.values() if one.number in touched]:
            above = part.above
            while above is not None and above.number not in touched:
                touched.add(above.number)
                above = above.above
        return sum(size for size, *numbers in self.sums if touched.intersection(numbers)) + (
            self.always if touched else 0
        )


def look(content: Path, channel_id: str) -> Parts:
    """Return the parts of a channel in a stick's `content` folder. Raises ChannelProblem when it cannot be read."""
    with ChannelFile(paths.database_path(content, channel_id), patience=PATIENCE) as source:
        channel, version = source.channel(), source.version()
        rows = channel_rows.places(source)
        order = list(channel_rows.in_order(rows, channel["root_id"], channel_id))
        files, sizes = _files(source)
    known = ChannelMetadata.objects.filter(pk=channel_id).first()
    here = _here(channel_id) if known is not None else frozenset()
    order = _on_the_stick(order, manifest.read(content).get((channel_id, version), frozenset()))
    whole, by_id, row_of = _tree(order)
    here_files = set(LocalFile.objects.filter(available=True).values_list("pk", flat=True))
    _count(order, row_of, here)
    _add_sizes(whole, order, row_of, files, sizes)
    keeping = _below(order, {*choice.kept(known), *here}) if known is not None else set()
    coming = {name for pk in keeping for name in files.get(pk, ())} - here_files
    return Parts(
        name=values.line(channel["name"], 200) or channel_id,
        version=version,
        here_version=known.version if known else None,
        whole=whole,
        by_id=by_id,
        sums=_sums(order, row_of, files, sizes, here_files | coming),
        always=sum(sizes.get(name, 0) for name in coming),
    )


def _files(source: ChannelFile) -> tuple[dict[str, set[str]], dict[str, int]]:
    """Return the files of each place, and the bytes of each file."""
    files: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}
    for row in source.rows("content_file"):
        name = row["local_file_id"] or row["checksum"]
        if paths.is_id(name):
            files.setdefault(row["contentnode_id"], set()).add(name)
            sizes[name] = values.whole(row["file_size"])
    for row in source.rows("content_localfile"):
        if row["id"] in sizes:
            sizes[row["id"]] = values.whole(row["file_size"])
    return files, sizes


def _here(channel_id: str) -> frozenset[str]:
    nodes = ContentNode.objects.filter(channel_id=channel_id).resources().available()
    return frozenset(nodes.values_list("pk", flat=True))


Order = list[tuple[Row, int]]


def _below(order: Order, ids: Collection[str]) -> set[str]:
    inside: set[str] = set()
    for row, _level in order:
        if row["id"] in ids or row["parent_id"] in inside:
            inside.add(row["id"])
    return inside


def _on_the_stick(order: Order, listed: frozenset[str]) -> Order:
    """Return what the stick's list names with the folders on the way down; everything when it names nothing of it."""
    wanted = _below(order, listed)
    if not wanted:
        return order
    for row, _level in reversed(order):
        if row["id"] in wanted:
            wanted.add(row["parent_id"])
    return [(row, level) for row, level in order if row["id"] in wanted]


def _deepest(order: Order) -> int:
    """Return the level down to which everything is told one by one."""
    levels = Counter(level for _row, level in order)
    rows, deepest = 0, 0
    while deepest < _DEEPEST and 0 < levels[deepest + 1] <= MOST_ROWS - rows:
        deepest += 1
        rows += levels[deepest]
    return deepest


def _tree(order: Order) -> tuple[Part, dict[str, Part], dict[str, Part]]:
    """Return the channel itself, the parts by their ids, and for each place the part that it is told with.

    A folder is opened as a whole or not at all: the top ones that hold folders, and those that are not too deep.
    """
    deepest = _deepest(order)
    holding = {row["parent_id"] for row, level in order if level == 2 and channel_rows.kind(row) == constants.TOPIC}
    whole = Part(order[0][0]["id"], channel_rows.title(order[0][0]), constants.TOPIC, 0, is_open=True)
    by_id, row_of = {whole.id: whole}, {whole.id: whole}
    for row, level in order[1:]:
        above = row_of[row["parent_id"]]
        if above.id != row["parent_id"] or not above.is_open:
            row_of[row["id"]] = above
            continue
        part = Part(row["id"], channel_rows.title(row), channel_rows.kind(row), len(by_id), above)
        part.is_open = part.is_topic and (level < deepest or (level == 1 and part.id in holding))
        above.parts.append(part)
        by_id[part.id] = row_of[part.id] = part
    return whole, by_id, row_of


def _count(order: Order, row_of: Mapping[str, Part], here: frozenset[str]) -> None:
    for row, level in order:
        if level == 0 or channel_rows.kind(row) == constants.TOPIC:
            continue
        part: Part | None = row_of[row["id"]]
        while part is not None:
            part.resources += 1
            part.here += row["id"] in here
            part = part.above


def _add_sizes(
    whole: Part, order: Order, row_of: Mapping[str, Part], files: Mapping[str, set[str]], sizes: Mapping[str, int]
) -> None:
    inside: dict[int, set[str]] = {}
    for row, _level in order:
        inside.setdefault(row_of[row["id"]].number, set()).update(files.get(row["id"], ()))
    for part in reversed(list(_preorder(whole))):
        names = inside.pop(part.number, set())
        part.size = sum(sizes.get(name, 0) for name in names)
        if part.above is not None:
            more = inside.setdefault(part.above.number, set())
            if len(more) < len(names):  # always pour the smaller set into the larger
                more, names = names, more
                inside[part.above.number] = more
            more |= names


def _sums(
    order: Order, row_of: Mapping[str, Part], files: Mapping[str, set[str]], sizes: Mapping[str, int], had: set[str]
) -> list[list[int]]:
    """Return the bytes that are missing here, with the parts that bring them; see `Parts`."""
    users: dict[str, set[int]] = {}
    for row, _level in order:
        for name in files.get(row["id"], ()):
            if name not in had:
                users.setdefault(name, set()).add(row_of[row["id"]].number)
    groups: dict[tuple[int, ...], int] = {}
    for name, numbers in users.items():
        key = tuple(sorted(numbers))
        groups[key] = groups.get(key, 0) + sizes.get(name, 0)
    return [[size, *key] for key, size in sorted(groups.items()) if size]


def _preorder(whole: Part) -> Iterator[Part]:
    waiting: list[Part] = [whole]
    while waiting:
        part = waiting.pop()
        yield part
        waiting.extend(reversed(part.parts))


def uppermost(parts: Parts, ticked: Iterable[str]) -> list[str]:
    """Return those of the ticked ids that are in no other ticked one, in order."""
    asked = set(ticked)
    found: list[str] = []
    covered: set[int] = set()
    for part in _preorder(parts.whole):
        if part.above is not None and part.above.number in covered:
            covered.add(part.number)
        elif part.id in asked:
            covered.add(part.number)
            found.append(part.id)
    return found
