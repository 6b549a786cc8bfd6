"""A channel's rows into the database and out of it, each in one short transaction.

All values are made ready before the transaction starts: on SQLite it holds the one write lock,
and the class goes on working meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from typing import Final
from typing import TypeVar

from django.db import IntegrityError
from django.db import connection
from django.db import models
from django.db import transaction
from django.utils.translation import gettext as _

from kolibri.core.content import availability
from kolibri.core.content.channel_rows import Content
from kolibri.core.content.models import AssessmentMetadata
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import ContentTag
from kolibri.core.content.models import File
from kolibri.core.content.models import GoneNode
from kolibri.core.content.models import Language
from kolibri.core.content.models import LocalFile
from kolibri.core.content.problems import ChannelProblem

SLICE: Final = 900  # parameters of one query; SQLite's oldest limit is 999
T = TypeVar("T")


@dataclass(frozen=True)
class Saved:
    """What a channel has here after it was saved; `gone` names resources of the older version that are no more."""

    resources: int
    size: int
    gone: list[str]


def sliced(items: Iterable[T], size: int = SLICE) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`, so that a query's parameters never run out."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def save_channel(content: Content, sizes: Mapping[str, int]) -> Saved:
    """Put the channel in the place of its older version, or beside the others, with availability worked out.

    `sizes` gives the bytes of each of its files that is in the storage now. Raises ChannelProblem when
    the channel claims places that belong to another channel.
    """
    channel = content.channel
    totals = availability.work_out(content.nodes, content.files, sizes)
    channel.on_device_resources, channel.on_device_size = totals
    channel.total_resource_count = sum(not node.is_topic for node in content.nodes)
    old = ChannelMetadata.objects.filter(pk=channel.pk).select_related("root").first()
    gone = _gone(content)
    never_here = set(ContentNode.objects.filter(channel_id=channel.pk, left_out=True).values_list("pk", flat=True))
    tree = old.root.tree_id if old else _next_tree()
    for node in content.nodes:
        node.tree_id = tree
    inserts = [
        _insert(Language, content.languages.values(), ignore=True),
        _insert(ContentTag, content.tags.values(), ignore=True),
        _insert(LocalFile, _local_files(content, sizes), ignore=True),
        _insert(ContentNode, content.nodes),
        _insert(File, content.files),
        _insert(AssessmentMetadata, content.assessments),
        _insert(ContentNode.tags.through, _pairs(ContentNode.tags.through, content.node_tags)),
        _insert(
            ContentNode.has_prerequisite.through, _pairs(ContentNode.has_prerequisite.through, content.prerequisites)
        ),
        _insert(ContentNode.related.through, _pairs(ContentNode.related.through, content.related)),
        _insert(ChannelMetadata, [channel]),
        _insert(GoneNode, gone, ignore=True),
    ]
    try:
        with transaction.atomic():
            _delete_rows(channel.pk)
            for ids in sliced(node.pk for node in content.nodes):
                GoneNode.objects.filter(pk__in=ids).delete()
            for sql, rows in inserts:
                if rows:
                    with connection.cursor() as cursor:
                        cursor.executemany(sql, rows)
            for ids in sliced(sizes):
                LocalFile.objects.filter(pk__in=ids, available=False).update(available=True)
    except IntegrityError as error:
        raise _foreign() from error
    return Saved(totals.resources, totals.size, [node.title for node in gone if node.pk not in never_here])


def remove_channel(channel: ChannelMetadata) -> None:
    """Take a channel's rows out; the names of its resources are kept for the lessons that used them."""
    gone = _insert(GoneNode, _gone_of(channel, frozenset()), ignore=True)
    with transaction.atomic():
        _delete_rows(channel.pk)
        if gone[1]:
            with connection.cursor() as cursor:
                cursor.executemany(*gone)


def refresh_channel(channel_id: str) -> None:
    """Work out anew what of a channel is here, after another channel brought or lost shared files."""
    nodes = list(
        ContentNode.objects.filter(channel_id=channel_id).order_by("lft").only(*_WORKED_OUT, "lft", "kind", "left_out")
    )
    files = File.objects.filter(contentnode__channel_id=channel_id)
    here = LocalFile.objects.filter(available=True, files__contentnode__channel_id=channel_id)
    sizes = {pk: size or 0 for pk, size in here.values_list("pk", "file_size")}
    before = {node.pk: _worked_out(node) for node in nodes}
    totals = availability.work_out(nodes, list(files), sizes)
    changed = [node for node in nodes if _worked_out(node) != before[node.pk]]
    with transaction.atomic():
        ContentNode.objects.bulk_update(changed, _WORKED_OUT[2:], batch_size=100)
        ChannelMetadata.objects.filter(pk=channel_id).update(
            on_device_resources=totals.resources, on_device_size=totals.size
        )


_WORKED_OUT: Final = (
    "parent_id",
    "coach_content",
    "available",
    "on_device_resources",
    "coach_resources",
    "on_device_size",
)


def _worked_out(node: ContentNode) -> tuple[object, ...]:
    return (node.available, node.on_device_resources, node.coach_resources, node.on_device_size)


def refuse_foreign_places(content: Content) -> None:
    """Raise ChannelProblem when a place of this channel's tree is one of another channel's."""
    for ids in sliced(node.pk for node in content.nodes):
        if ContentNode.objects.filter(pk__in=ids).exclude(channel_id=content.channel.pk).exists():
            raise _foreign()


def _foreign() -> ChannelProblem:
    sentence = _("The channel claims resources that belong to another channel. Ask where it came from.")
    return ChannelProblem(sentence, code="foreign")


def _next_tree() -> int:
    return (ContentNode.objects.aggregate(models.Max("tree_id"))["tree_id__max"] or 0) + 1


def _gone(content: Content) -> list[GoneNode]:
    return _gone_of(content.channel, frozenset(node.pk for node in content.nodes))


def _gone_of(channel: ChannelMetadata, staying: frozenset[str]) -> list[GoneNode]:
    nodes = ContentNode.objects.filter(channel_id=channel.pk).resources()
    return [
        GoneNode(id=pk, content_id=work, channel_id=channel.pk, channel_name=channel.name, title=title, kind=kind)
        for pk, work, title, kind in nodes.values_list("pk", "content_id", "title", "kind")
        if pk not in staying
    ]


def _local_files(content: Content, sizes: Mapping[str, int]) -> Iterator[LocalFile]:
    for wanted in content.wanted.values():
        size = sizes.get(wanted.id)
        yield LocalFile(
            id=wanted.id,
            extension=wanted.extension,
            file_size=wanted.size if size is None else size,
            available=size is not None,
        )


def _pairs(through: type[models.Model], pairs: Iterable[tuple[str, str]]) -> Iterator[models.Model]:
    first, second = (field.attname for field in through._meta.concrete_fields if field.is_relation)
    return (through(**{first: one, second: other}) for one, other in sorted(pairs))


def _delete_rows(channel_id: str) -> None:
    nodes = ContentNode.objects.filter(channel_id=channel_id).order_by().values("pk")
    ChannelMetadata.objects.filter(pk=channel_id)._raw_delete(connection.alias)
    for through in (ContentNode.has_prerequisite.through, ContentNode.related.through):
        through._default_manager.filter(from_contentnode__in=nodes)._raw_delete(connection.alias)
        through._default_manager.filter(to_contentnode__in=nodes)._raw_delete(connection.alias)
    for model in (ContentNode.tags.through, File, AssessmentMetadata):
        model._default_manager.filter(contentnode__in=nodes)._raw_delete(connection.alias)
    ContentNode.objects.filter(channel_id=channel_id).order_by()._raw_delete(connection.alias)


def _insert(
    model: type[models.Model], objects: Iterable[models.Model], *, ignore: bool = False
) -> tuple[str, Sequence[tuple[Any, ...]]]:
    """Return an INSERT and its rows. `bulk_create` builds one statement for every 28 nodes: ten times slower."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField)]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    ending = " ON CONFLICT DO NOTHING" if ignore else ""
    sql = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places}){ending}"
    rows = [
        tuple(field.get_db_prep_save(getattr(each, field.attname), connection) for field in fields) for each in objects
    ]
    return sql, rows
