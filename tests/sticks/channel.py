"""What is in the sample channel: folders, resources and their files."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path

from tests.sticks import files
from tests.sticks.books import book
from tests.sticks.tables import Database

_SPACE = uuid.UUID("b3b1f5c2-2f0a-4d38-9a55-5a4c0f5f7a11")
LONG_TITLE = ("A long title that goes on and on, " * 6)[:165]
ARABIC_TITLE = "كلمات الماء"
_ACTIVITIES = {
    "video": "UD5UGM0z",
    "audio": "mkA1R3NU",
    "document": "wA01urpi",
    "html5": "#j8L0eq3",
    "exercise": "VwRCom7G",
}


def sample_id(*parts: object) -> str:
    return uuid.uuid5(_SPACE, "/".join(map(str, parts))).hex


@dataclass
class SampleFile:
    body: bytes
    extension: str
    preset: str
    lang: str | None = None
    extra: bool = False
    thumbnail: bool = False

    @property
    def md5(self) -> str:
        return hashlib.md5(self.body).hexdigest()

    @property
    def name(self) -> str:
        return f"{self.md5}.{self.extension}"


@dataclass
class SampleNode:
    title: str
    kind: str = "topic"
    files: list[SampleFile] = field(default_factory=list)
    children: list[SampleNode] = field(default_factory=list)
    description: str = ""
    lang: str = "en"
    coach: bool = False
    duration: int | None = None
    work: str = ""  # the same for copies of one work
    tags: tuple[str, ...] = ()
    id: str = ""
    lft: int = 0
    rght: int = 0
    level: int = 0

    def walk(self) -> Iterator[SampleNode]:
        yield self
        for child in self.children:
            yield from child.walk()


def number_tree(node: SampleNode, number: int = 1, level: int = 0) -> int:
    node.lft, node.level = number, level
    for child in node.children:
        number = number_tree(child, number + 1, level + 1)
    node.rght = number + 1
    return node.rght


def sample_tree(channel: int, padding: int, films: int) -> SampleNode:
    """Return the tree of the sample channel number `channel`.

    All channels share their files but "Number words". `padding` adds that many one-page documents that
    share a file, `films` that many files of one megabyte.
    """
    sky = SampleFile(files.picture(70, 130, 220), "png", "thumbnail", extra=True, thumbnail=True)
    green = SampleFile(files.picture(40, 140, 70), "png", "thumbnail", extra=True, thumbnail=True)
    words = [SampleFile(files.pdf("Water words", "vapour", "cloud", "rain"), "pdf", "document")]
    water = SampleNode(
        "Water",
        files=[sky],
        children=[
            SampleNode(
                "The water cycle",
                "video",
                [
                    SampleFile(files.media("water.webm"), "webm", "high_res_video"),
                    SampleFile(
                        files.captions("Water rises.", "It falls as rain."), "vtt", "video_subtitle", "en", True
                    ),
                    SampleFile(files.captions("El agua sube.", "Cae la lluvia."), "vtt", "video_subtitle", "es", True),
                    sky,
                ],
                description="Where rain comes from",
                duration=8,
                tags=("weather",),
            ),
            SampleNode("Water words", "document", words, work="water words"),
            SampleNode(
                "Palabras del agua",
                "document",
                [SampleFile(files.pdf("Palabras del agua", "vapor", "nube"), "pdf", "document")],
                lang="es",
            ),
            SampleNode(
                "Notes for teachers",
                "document",
                [SampleFile(files.pdf("Ask first: where does rain come from?"), "pdf", "document")],
                coach=True,
            ),
            SampleNode(
                "Plants",
                files=[green],
                children=[
                    SampleNode("How a plant grows", "document", [SampleFile(book(), "epub", "epub"), green]),
                    SampleNode(
                        "A leaf in the wind",
                        "video",
                        [SampleFile(files.media("leaf.mp4"), "mp4", "high_res_video")],
                        duration=5,
                    ),
                    SampleNode(ARABIC_TITLE, "document", words, lang="ar"),
                ],
            ),
        ],
    )
    sums = [sample_id("item", number) for number in range(3)]
    numbers = SampleNode(
        "Numbers",
        children=[
            SampleNode("Adding", "exercise", [SampleFile(files.exercise(sums), "perseus", "exercise")]),
            SampleNode("Counting beads", "html5", [SampleFile(files.app(), "zip", "html5_zip"), sky]),
            SampleNode(
                "Number words",
                "document",
                [SampleFile(files.pdf("Number words", f"one two three {channel}"), "pdf", "document")],
            ),
        ],
    )
    sounds = SampleNode(
        "Sounds and stories",
        children=[
            SampleNode(
                "A steady tone", "audio", [SampleFile(files.media("tone.mp3"), "mp3", "audio"), green], duration=6
            ),
            SampleNode("Water words", "document", words, work="water words"),
            SampleNode(LONG_TITLE, "document", words),
        ],
    )
    root = SampleNode("Sample channel" if channel == 1 else f"Sample channel {channel}")
    root.children = [water, numbers, sounds]
    if padding:
        pages = [SampleNode(f"Page {number} of the big book", "document", words) for number in range(1, padding + 1)]
        root.children.append(SampleNode("The big book", children=pages))
    if films:
        body = [
            SampleNode(f"Long film {number}", "video", [SampleFile(files.film(number, 2**20), "mp4", "high_res_video")])
            for number in range(films)
        ]
        root.children.append(SampleNode("Films", children=body))
    return root


LANGUAGES = [("en", "English", "ltr"), ("es", "Español", "ltr"), ("ar", "العربية", "rtl")]


def write_database(path: Path, channel_id: str, root: SampleNode, version: int, schema: int | str) -> None:
    db = Database(str(path), schema)
    for code, name, direction in LANGUAGES:
        db.add("content_language", id=code, lang_code=code, lang_name=name, lang_direction=direction)
    db.add("content_license", id=1, license_name="CC BY")
    parents: dict[str, tuple[str | None, float]] = {root.id: (None, 1.0)}
    for node in root.walk():
        for order, child in enumerate(node.children, 1):
            parents[child.id] = (node.id, float(order))
        _write_node(db, channel_id, node, *parents[node.id])
    by_title = {node.title: node.id for node in root.walk()}
    if "Adding" in by_title and "Counting beads" in by_title:
        link = {"from_contentnode_id": by_title["Adding"], "to_contentnode_id": by_title["Counting beads"]}
        db.add("content_contentnode_has_prerequisite", id=1, **link)
        db.add("content_contentnode_related", id=1, **link)
    db.add(
        "content_channelmetadata",
        id=channel_id,
        name=root.title,
        description="Small channel made for tests",
        tagline="Every common kind of resource",
        author="The makers of this program",
        version=version,
        thumbnail="",
        last_updated="2026-01-01 00:00:00+00:00",
        min_schema_version=str(schema),
        root_id=root.id,
        root_pk=root.id,
    )
    db.close()


def _write_node(db: Database, channel_id: str, node: SampleNode, parent: str | None, order: float) -> None:
    topic = node.kind == "topic"
    db.add(
        "content_contentnode",
        id=node.id,
        parent_id=parent,
        title=node.title,
        kind=node.kind,
        description=node.description,
        content_id=channel_id if parent is None else sample_id("work", node.work or node.id),
        channel_id=channel_id,
        sort_order=order,
        author="The makers",
        license_owner="" if topic else "The makers",
        license_id=None if topic else 1,
        license_name=None if topic else "CC BY",
        lang_id=node.lang,
        available=0,
        stemmed_metaphone="",
        coach_content=int(node.coach),
        options="{}",
        learning_activities=None if topic else _ACTIVITIES[node.kind],
        duration=node.duration,
        lft=node.lft,
        rght=node.rght,
        tree_id=1,
        level=node.level,
    )
    for priority, file in enumerate(node.files, 1):
        size = len(file.body)
        md5 = file.md5
        db.add("content_localfile", id=md5, extension=file.extension, available=0, file_size=size)
        db.add(
            "content_file",
            id=sample_id("file", node.id, file.preset, file.lang),
            contentnode_id=node.id,
            local_file_id=md5,
            checksum=md5,
            extension=file.extension,
            file_size=size,
            available=0,
            preset=file.preset if file.preset != "thumbnail" else f"{node.kind}_thumbnail",
            lang_id=file.lang,
            supplementary=int(file.extra),
            thumbnail=int(file.thumbnail),
            priority=priority,
        )
    for tag in node.tags:
        tag_id = sample_id("tag", tag)
        db.add("content_contenttag", id=tag_id, tag_name=tag)
        db.add("content_contentnode_tags", id=1, contentnode_id=node.id, contenttag_id=tag_id)
    if node.kind == "exercise":
        items = [sample_id("item", number) for number in range(3)]
        db.add(
            "content_assessmentmetadata",
            id=sample_id("assessment", node.id),
            contentnode_id=node.id,
            assessment_item_ids=json.dumps(items),
            number_of_assessments=3,
            mastery_model=json.dumps({"type": "m_of_n", "m": 2, "n": 3}),
            randomize=1,
            is_manipulable=1,
        )
