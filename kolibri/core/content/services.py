"""What the rest of the program asks of the content: lists, folders, resources, files, deleting.

Every list takes a fixed number of queries. `coach=False` leaves out what is for coaches only.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Final
from urllib.parse import quote

from django.conf import settings
from django.db.models import Count
from django.utils.translation import gettext as _

from kolibri.core.content import book
from kolibri.core.content import constants
from kolibri.core.content import importer
from kolibri.core.content import paths
from kolibri.core.content import removal
from kolibri.core.content import saving
from kolibri.core.content import search
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import ContentNodeQuerySet
from kolibri.core.content.models import File
from kolibri.core.content.models import GoneNode
from kolibri.core.content.problems import BadFile
from kolibri.errors import Conflict
from kolibri.errors import NotHere

FOUND: Final = 50
_LEAN: Final = ("options", "license_description", "search_title", "search_text")


@dataclass(frozen=True)
class Resource:
    """A resource or folder as lists show it. `missing`: not on this computer at all; then little else is known."""

    id: str
    content_id: str
    channel_id: str
    title: str
    kind: str = ""
    description: str = ""
    available: bool = False
    coach_content: bool = False
    duration: int | None = None  # seconds
    size: int = 0  # bytes on this computer; of a folder, of everything in it
    resources: int = 0  # of a folder: how many can be opened in it, by the one who asks
    thumbnail_url: str = ""
    language: str = ""
    direction: str = ""  # "rtl", "ltr" or, when the channel does not say, ""
    missing: bool = False
    # Where it can be opened: its own id, or that of a copy when the place that a lesson names is gone.
    shown_id: str = ""

    @property
    def is_topic(self) -> bool:
        """Whether this is a folder."""
        return self.kind == constants.TOPIC


@dataclass(frozen=True)
class Channel:
    """An imported channel: one honest size, thumbnails and captions included, each file once."""

    id: str
    root_id: str
    name: str
    description: str
    version: int
    thumbnail: str  # a data address or ""
    resources: int  # on this computer
    total_resources: int
    size: int
    freed: int  # what deleting it would free: files that no other channel uses


@dataclass(frozen=True)
class Place:
    """A step on the way from the channel down to a resource."""

    id: str
    title: str


@dataclass(frozen=True)
class Folder:
    """A folder opened: the way to it and what is in it, in the channel's order."""

    folder: Resource
    path: list[Place]  # from the channel down to and with the folder
    items: list[Resource]


@dataclass(frozen=True)
class ViewerFile:
    """A file as a viewer needs it."""

    id: str
    extension: str
    preset: str
    url: str  # on the listener that shows the page
    size: int
    language: str = ""
    language_name: str = ""
    direction: str = ""


@dataclass(frozen=True)
class ViewerFiles:
    """What is there to show a resource; `main` is None when nothing is. `zip_path` is for the content origin."""

    main: ViewerFile | None
    others: list[ViewerFile]  # further main files: another resolution, another form of the document
    captions: list[ViewerFile]
    thumbnail_url: str
    zip_path: str


def list_channels() -> list[Channel]:
    """Return the channels on this computer, by name, with true sizes. Two queries."""
    shared: dict[str, set[str]] = {}
    sizes: dict[str, int] = {}
    uses = File.objects.filter(local_file__available=True, contentnode__left_out=False).order_by()
    for name, size, channel in uses.values_list("local_file_id", "local_file__file_size", "contentnode__channel_id"):
        shared.setdefault(name, set()).add(channel)
        sizes[name] = size or 0
    freed: dict[str, int] = {}
    for name, channels in shared.items():
        if len(channels) == 1:
            (only,) = channels
            freed[only] = freed.get(only, 0) + sizes[name]
    return [
        Channel(
            id=channel.pk,
            root_id=channel.root_id,
            name=channel.name,
            description=channel.tagline or channel.description,
            version=channel.version,
            thumbnail=channel.thumbnail,
            resources=channel.on_device_resources,
            total_resources=channel.total_resource_count,
            size=channel.on_device_size,
            freed=freed.get(channel.pk, 0),
        )
        for channel in ChannelMetadata.objects.all()
    ]


def delete_channel(channel_id: str) -> dict[str, Any]:
    """Delete a channel and the files that no other channel uses; return `{"name": str, "bytes": freed}`.

    Raises NotHere, and Conflict while channels are imported.
    """
    channel = _channel(channel_id)
    if not importer.one_at_a_time.acquire(blocking=False):
        raise Conflict(_("Channels are being imported just now. Wait until that is done."), code="importing")
    try:
        return _delete(channel)
    finally:
        importer.one_at_a_time.release()


def delete_when_free(channel_id: str, check: Callable[[], None]) -> dict[str, Any]:
    """As `delete_channel`, but wait for an import; `check` is asked meanwhile and may raise to stop.

    A channel that is gone already counts as deleted.
    """
    with importer.alone(check):
        channel = ChannelMetadata.objects.filter(pk=channel_id).first() if paths.is_id(channel_id) else None
        return {"name": "", "bytes": 0} if channel is None else _delete(channel)


def resources_by_ids(ids: Iterable[str]) -> dict[str, Resource]:
    """Return a resource for every id, in the order given: also for those that are not here any more.

    A place that is gone is shown by a copy of the same work when one is here. At most four queries for
    up to 900 ids.
    """
    asked = list(dict.fromkeys(ids))
    valid = [node for node in asked if paths.is_id(node)]
    found = {resource.id: resource for resource in _resources(_by_ids(valid), coach=True)}
    lost = [node for node in valid if node not in found]
    gone = {row.pk: row for batch in saving.sliced(lost) for row in GoneNode.objects.filter(pk__in=batch)}
    works = {row.content_id for row in gone.values()}
    copies = ContentNode.objects.resources().available().filter(content_id__in=list(works)) if works else None
    by_work = {} if copies is None else {copy.content_id: copy for copy in reversed(_resources(copies, coach=True))}
    for node, row in gone.items():
        copy = by_work.get(row.content_id)
        found[node] = (
            replace(copy, id=node, channel_id=row.channel_id)
            if copy
            else Resource(node, row.content_id, row.channel_id, row.title, kind=row.kind, missing=True)
        )
    return {node: found.get(node) or Resource(node, "", "", "", missing=True) for node in asked}


def browse(folder_id: str, *, coach: bool, available: bool = True) -> Folder:
    """Return a folder with what is in it; a channel's id opens its root. Five queries.

    With `available` only what can be opened here is listed. Raises NotHere.
    """
    channel = ChannelMetadata.objects.filter(pk=folder_id).first() if paths.is_id(folder_id) else None
    folder = node_or_missing(channel.root_id if channel else folder_id, coach=coach)
    children = ContentNode.objects.filter(parent=folder).order_by("lft")
    items = _resources(children.available() if available else children, coach=coach)
    return Folder(_resource(folder, "", coach), folder_path(folder) + [Place(folder.pk, folder.title)], items)


def folders_beside(folder: Folder) -> list[Place]:
    """Return the folders that lie beside an opened one and have something to open, in order; one query."""
    if len(folder.path) < 2:
        return []
    beside = ContentNode.objects.filter(parent_id=folder.path[-2].id, kind=constants.TOPIC).available()
    rows = beside.exclude(pk=folder.folder.id).order_by("lft").values_list("pk", "title")
    return [Place(pk, title) for pk, title in rows]


def find(
    typed: str, *, coach: bool, channel_id: str = "", kinds: Sequence[str] = (), most: int = FOUND
) -> list[Resource]:
    """Return resources that can be opened here and hold every word typed, the closest titles first. Two queries."""
    nodes = ContentNode.objects.resources().available()
    if channel_id:
        nodes = nodes.filter(channel_id=channel_id) if paths.is_id(channel_id) else nodes.none()
    if kinds:
        nodes = nodes.filter(kind__in=kinds)
    return _resources(search.matching(nodes if coach else nodes.for_learners(), typed)[:most], coach=True)


def channel_names(channel_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of those of the channels that are or were on this computer, by their ids; two queries."""
    ids = [one for one in dict.fromkeys(channel_ids) if paths.is_id(one)]
    gone = GoneNode.objects.filter(channel_id__in=ids).order_by("gone_at").values_list("channel_id", "channel_name")
    here = ChannelMetadata.objects.filter(pk__in=ids).values_list("pk", "name")
    return {pk: name for pk, name in (*gone, *here) if name}


def kinds_here() -> list[str]:
    """Return the kinds of the resources that can be opened here, the most frequent first; one query."""
    counted = ContentNode.objects.resources().available().order_by().values("kind").annotate(count=Count("*"))
    return [row["kind"] for row in counted.order_by("-count", "kind")]


def node_or_missing(node_id: str, *, coach: bool) -> ContentNode:
    """Return a folder or resource with its language. Raises NotHere, also for what is for coaches only."""
    nodes = ContentNode.objects.select_related("lang")
    node = nodes.filter(pk=node_id).first() if paths.is_id(node_id) else None
    if node is None or (node.coach_content and not coach):
        raise NotHere(_("This resource is not on this computer."), code="no_resource")
    return node


def folder_path(node: ContentNode) -> list[Place]:
    """Return the folders above `node`, from the channel down. One query."""
    above = ContentNode.objects.filter(tree_id=node.tree_id, lft__lt=node.lft, rght__gt=node.rght).order_by("lft")
    return [Place(pk, title) for pk, title in above.values_list("pk", "title")]


def viewer_files(node: ContentNode) -> ViewerFiles:
    """Return the files that show a resource, those of them that are here. One query."""
    files = File.objects.filter(contentnode=node, local_file__available=True).select_related("local_file", "lang")
    main: list[ViewerFile] = []
    captions: list[ViewerFile] = []
    thumbnail = ""
    for file in files:
        shown = _viewer_file(file)
        if file.thumbnail:
            thumbnail = thumbnail or shown.url
        elif file.preset == constants.SUBTITLES:
            captions.append(shown)
        elif not file.supplementary:
            main.append(shown)
    known = constants.MAIN_PRESETS.get(node.kind, frozenset())
    main.sort(key=lambda file: (file.preset not in known, file.preset.startswith("low_")))
    first = main[0] if main else None
    is_zip = first is not None and first.extension in ("zip", "kpub", "h5p")
    return ViewerFiles(
        main=first,
        others=main[1:],
        captions=captions,
        thumbnail_url=thumbnail,
        zip_path=paths.zip_path(first.id, first.extension) if first and is_zip else "",
    )


def book_parts(file: ViewerFile) -> list[tuple[str, str]]:
    """Return the parts of a book in reading order: the path of each at the content origin, and its name or "".

    Empty for a file that is no book, is damaged, or is locked by its publisher.
    """
    try:
        found = book.read_book(paths.storage_path(settings.KOLIBRI_HOME, file.id, file.extension))
    except (BadFile, OSError):
        return []
    return [(paths.zip_path(file.id, file.extension, quote(part.entry)), part.title) for part in found.parts]


def _viewer_file(file: File) -> ViewerFile:
    stored = file.local_file
    return ViewerFile(
        id=stored.pk,
        extension=stored.extension,
        preset=file.preset,
        url=paths.storage_url(stored.pk, stored.extension),
        size=stored.file_size or 0,
        language=file.lang.pk if file.lang else "",
        language_name=str(file.lang) if file.lang else "",
        direction=file.lang.lang_direction if file.lang else "",
    )


def _channel(channel_id: str) -> ChannelMetadata:
    channel = ChannelMetadata.objects.filter(pk=channel_id).first() if paths.is_id(channel_id) else None
    if channel is None:
        raise NotHere(_("This channel is not on this computer any more."), code="no_channel")
    return channel


def _delete(channel: ChannelMetadata) -> dict[str, Any]:
    return {"name": channel.name, "bytes": removal.remove(settings.KOLIBRI_HOME, channel)}


def _by_ids(ids: Sequence[str]) -> Iterable[ContentNode]:
    for batch in saving.sliced(ids):
        yield from _lean(ContentNode.objects.filter(pk__in=batch).order_by())


def _lean(nodes: ContentNodeQuerySet) -> ContentNodeQuerySet:
    return nodes.defer(*_LEAN).select_related("lang")


def _resources(nodes: ContentNodeQuerySet | Iterable[ContentNode], *, coach: bool) -> list[Resource]:
    """Return the nodes as lists show them, with their thumbnails. Two queries."""
    if isinstance(nodes, ContentNodeQuerySet):
        nodes = _lean(nodes if coach else nodes.for_learners())
    rows = list(nodes)
    pictures: dict[str, str] = {}
    for ids in saving.sliced(row.pk for row in rows):
        files = File.objects.filter(contentnode__in=ids, thumbnail=True, local_file__available=True)
        for node, name, extension in files.values_list("contentnode_id", "local_file_id", "local_file__extension"):
            pictures.setdefault(node, paths.storage_url(name, extension))
    return [_resource(row, pictures.get(row.pk, ""), coach) for row in rows]


def _resource(node: ContentNode, picture: str, coach: bool) -> Resource:
    return Resource(
        id=node.pk,
        content_id=node.content_id,
        channel_id=node.channel_id,
        title=node.title,
        kind=node.kind,
        description=node.description or "",
        available=node.available,
        coach_content=node.coach_content,
        duration=node.duration,
        size=node.on_device_size,
        resources=node.on_device_resources - (0 if coach else node.coach_resources),
        thumbnail_url=picture,
        language=node.lang_id or "",
        direction=node.lang.lang_direction if node.lang else "",
        shown_id=node.pk,
    )
