"""A channel's rows turned into this program's models: checked, shortened, put into one tree. Saves nothing."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from kolibri.core.content import constants
from kolibri.core.content import paths
from kolibri.core.content import search
from kolibri.core.content import values
from kolibri.core.content.channel_file import ChannelFile
from kolibri.core.content.channel_file import Row
from kolibri.core.content.models import AssessmentMetadata
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import ContentTag
from kolibri.core.content.models import File
from kolibri.core.content.models import Language
from kolibri.core.content.problems import ChannelProblem

DEEPEST: Final = 100  # folders in folders
Pair = tuple[str, str]
_LABELS = (
    "learning_activities",
    "grade_levels",
    "resource_types",
    "categories",
    "learner_needs",
    "accessibility_labels",
)


@dataclass(frozen=True)
class Wanted:
    """A file that the channel names: where it must come from and how large it should be (0: not said)."""

    id: str
    extension: str
    size: int

    @property
    def name(self) -> str:
        """The file's name in the storage."""
        return f"{self.id}.{self.extension}"


@dataclass
class Content:
    """Everything of one channel, as unsaved models; `nodes` is in tree order, parents first."""

    channel: ChannelMetadata
    nodes: list[ContentNode]
    files: list[File] = field(default_factory=list)
    wanted: dict[str, Wanted] = field(default_factory=dict)
    # Files whose id or extension is not a name that the format allows: (what it said, who needs it, part).
    unsafe: list[tuple[str, str, bool]] = field(default_factory=list)
    languages: dict[str, Language] = field(default_factory=dict)
    tags: dict[str, ContentTag] = field(default_factory=dict)
    node_tags: set[Pair] = field(default_factory=set)
    assessments: list[AssessmentMetadata] = field(default_factory=list)
    prerequisites: set[Pair] = field(default_factory=set)
    related: set[Pair] = field(default_factory=set)
    lost_nodes: int = 0  # rows that hang nowhere in the tree


def read(source: ChannelFile) -> Content:
    """Return the whole channel. Raises ChannelProblem when it has no tree that can be shown."""
    row = source.channel()
    licences = {
        licence["id"]: (licence["license_name"], licence["license_description"])
        for licence in source.rows("content_license")
    }
    languages = {language.pk: language for language in _languages(source)}
    rows = places(source)
    nodes = _tree(rows, row["root_id"], source.channel_id, licences, languages)
    content = Content(_channel(row, source), nodes, languages=languages, lost_nodes=len(rows) - len(nodes))
    content.channel.root = nodes[0]
    known = {node.pk: node for node in nodes}
    _read_files(source, content, known)
    _read_links(source, content, known)
    names: dict[str, list[str]] = {}
    for node_id, tag_id in content.node_tags:
        names.setdefault(node_id, []).append(content.tags[tag_id].tag_name)
    for node in nodes:
        search.prepare(node, names.get(node.pk, ()))
    return content


def _channel(row: Row, source: ChannelFile) -> ChannelMetadata:
    return ChannelMetadata(
        id=source.channel_id,
        name=values.line(row["name"], 200) or source.channel_id,
        description=values.text(row["description"], 400),
        tagline=values.line(row["tagline"], 150) or None,
        author=values.line(row["author"], 400),
        version=source.version(),
        thumbnail=values.picture(row["thumbnail"]),
        last_updated=_moment(row["last_updated"]),
        min_schema_version=source.schema,
    )


def _moment(value: object) -> datetime.datetime | None:
    try:
        moment = parse_datetime(values.line(value, 40))
    except ValueError:
        return None
    if moment is None:
        return None
    return timezone.make_aware(moment, datetime.UTC) if timezone.is_naive(moment) else moment


def _languages(source: ChannelFile) -> Iterable[Language]:
    for row in source.rows("content_language"):
        name = values.line(row["id"], 15)
        if name and len(name) <= 14:
            code, _dash, subcode = name.partition("-")
            yield Language(
                id=name,
                lang_code=(values.line(row["lang_code"], 3) or code)[:3],
                lang_subcode=values.line(row["lang_subcode"], 10) or subcode[:10] or None,
                lang_name=values.line(row["lang_name"], 100) or None,
                lang_direction="rtl" if row["lang_direction"] == "rtl" else "ltr",
            )


def places(source: ChannelFile) -> dict[str, Row]:
    """Return the rows of the folders and resources that have a name of the format, by their ids."""
    return {
        node["id"]: node
        for node in source.rows("content_contentnode")
        if paths.is_id(node["id"]) and node["id"] != node["parent_id"]
    }


def in_order(rows: dict[str, Row], root: str, channel_id: str) -> Iterator[tuple[Row, int]]:
    """Yield what hangs under `root`, itself first, in the order of screens, with its level.

    The file's numbers only tell the order of siblings: wrong ones cannot spoil the tree here. Raises ChannelProblem.
    """
    root = root if root in rows else channel_id
    if root not in rows:
        raise ChannelProblem(_("The channel has no contents. Copy the channel to the stick again."), code="no_tree")
    children: dict[Any, list[Row]] = {}
    for row in rows.values():
        # A root that hangs below itself would be walked down again and again. All others hang in one place.
        if row["id"] != root:
            children.setdefault(row["parent_id"], []).append(row)
    for siblings in children.values():
        siblings.sort(key=lambda row: (values.number(row["lft"]), values.number(row["sort_order"]), row["id"]))
    # A walk with a stack of its own: how deep the file goes is not ours to trust.
    waiting = [(rows[root], 0)]
    while waiting:
        row, level = waiting.pop()
        yield row, level
        if level < DEEPEST and (level == 0 or kind(row) == constants.TOPIC):
            waiting.extend((child, level + 1) for child in reversed(children.get(row["id"], ())))


def kind(row: Row) -> str:
    """Return what a row is; what does not say so is a document."""
    return values.line(row["kind"], 200) or constants.DOCUMENT


def title(row: Row) -> str:
    """Return a row's title as it is shown."""
    return values.line(row["title"], 200) or _("Untitled")


def _tree(
    rows: dict[str, Row], root: str, channel_id: str, licences: dict[Any, Pair], languages: dict[str, Language]
) -> list[ContentNode]:
    """Return the nodes under `root` in order, with nested-set numbers of our own making."""
    nodes: list[ContentNode] = []
    path: list[ContentNode] = []
    number = 0
    for row, level in in_order(rows, root, channel_id):
        while len(path) > level:
            number += 1
            path.pop().rght = number
        number += 1
        node = _node(row, path[-1] if path else None, channel_id, licences, languages)
        node.lft, node.level = number, level
        nodes.append(node)
        path.append(node)
    while path:
        number += 1
        path.pop().rght = number
    return nodes


def _node(
    row: Row, above: ContentNode | None, channel_id: str, licences: dict[Any, Pair], languages: dict[str, Language]
) -> ContentNode:
    licence, licence_text = licences.get(row["license_id"], (row["license_name"], row["license_description"]))
    return ContentNode(
        id=row["id"],
        parent=above,
        tree_id=0,
        sort_order=values.number(row["sort_order"]),
        kind=constants.TOPIC if above is None else kind(row),
        title=title(row),
        description=values.text(row["description"], 20_000) or None,
        content_id=row["content_id"] if paths.is_id(row["content_id"]) else row["id"],
        channel_id=channel_id,
        # What hangs in a folder for coaches is for coaches.
        coach_content=bool(values.whole(row["coach_content"])) or (above is not None and above.coach_content),
        license_name=values.line(licence, 50) or None,
        license_description=values.text(licence_text, 20_000) or None,
        license_owner=values.line(row["license_owner"], 200),
        author=values.line(row["author"], 200),
        lang=languages.get(values.line(row["lang_id"], 15)),
        options=_json(row["options"], dict),
        duration=values.whole(row["duration"], 2**31 - 1) or None,
        **{label: values.line(row[label], 4_000) or None for label in _LABELS},
    )


def _json(value: object, kind: type[Any]) -> Any:
    """Return the JSON value, or an empty `kind` when it is not one, or not of that kind."""
    try:
        found = json.loads(values.text(value, 1_000_000) or "null")
    except (ValueError, RecursionError):
        return kind()
    return found if isinstance(found, kind) else kind()


def _read_files(source: ChannelFile, content: Content, known: dict[str, ContentNode]) -> None:
    stored = {row["id"]: row for row in source.rows("content_localfile")}
    seen: set[str] = set()
    for row in source.rows("content_file"):
        node = known.get(row["contentnode_id"])
        if node is None or not paths.is_id(row["id"]) or row["id"] in seen:
            continue
        seen.add(row["id"])
        # Before schema 1 the file's row itself carries checksum, extension and size.
        name = row["local_file_id"] or row["checksum"]
        facts = stored.get(name, row)
        file = File(
            id=row["id"],
            contentnode=node,
            preset=values.line(row["preset"], 150),
            lang=content.languages.get(values.line(row["lang_id"], 15)),
            supplementary=bool(values.whole(row["supplementary"])),
            thumbnail=bool(values.whole(row["thumbnail"])),
            priority=values.whole(row["priority"], 2**31 - 1) or None,
        )
        if not paths.is_id(name) or not paths.is_extension(facts["extension"]):
            said = values.line(f"{name}.{facts['extension']}", 100)
            content.unsafe.append((said, node.pk, file.supplementary or file.thumbnail))
            continue
        size = values.whole(facts["file_size"])
        wanted = content.wanted.setdefault(name, Wanted(name, facts["extension"], size))
        file.local_file_id = wanted.id
        content.files.append(file)


def _read_links(source: ChannelFile, content: Content, known: dict[str, ContentNode]) -> None:
    for row in source.rows("content_contenttag"):
        if paths.is_id(row["id"]) and values.line(row["tag_name"], 30):
            content.tags[row["id"]] = ContentTag(id=row["id"], tag_name=values.line(row["tag_name"], 30))
    for row in source.rows("content_contentnode_tags"):
        if row["contentnode_id"] in known and row["contenttag_id"] in content.tags:
            content.node_tags.add((row["contentnode_id"], row["contenttag_id"]))
    for table, pairs in (("has_prerequisite", content.prerequisites), ("related", content.related)):
        for row in source.rows(f"content_contentnode_{table}"):
            if row["from_contentnode_id"] in known and row["to_contentnode_id"] in known:
                pairs.add((row["from_contentnode_id"], row["to_contentnode_id"]))
    seen: set[str] = set()
    for row in source.rows("content_assessmentmetadata"):
        node = known.get(row["contentnode_id"])
        if node is None or not paths.is_id(row["id"]) or row["id"] in seen:
            continue
        seen.add(row["id"])
        items: Any = [values.line(item, 32) for item in _json(row["assessment_item_ids"], list)]
        content.assessments.append(
            AssessmentMetadata(
                id=row["id"],
                contentnode=node,
                assessment_item_ids=items,
                number_of_assessments=values.whole(row["number_of_assessments"], 100_000) or len(items),
                mastery_model=_json(row["mastery_model"], dict),
                randomize=bool(values.whole(row["randomize"])),
                is_manipulable=bool(values.whole(row["is_manipulable"])),
            )
        )
