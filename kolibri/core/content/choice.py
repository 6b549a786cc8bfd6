"""Which parts of a channel are wanted on this computer: those that were just chosen, and those that are kept.

A folder stands for all in it, also for what a later version puts there. The channel's own id stands for
everything. What is chosen is noted on the channel (`chosen`) and, place by place, on its nodes (`left_out`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kolibri.core.content import availability
from kolibri.core.content.channel_rows import Content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.problems import ChannelProblem


@dataclass(frozen=True)
class Asked:
    """Folders and resources that somebody chose, by their ids, when the stick had this version of the channel."""

    nodes: frozenset[str]
    version: int


def apply(content: Content, known: ChannelMetadata | None, asked: Asked | None) -> None:
    """Mark what of `content` is left out, and note the choice on its channel. Nothing is saved.

    `known` is the channel as it is here. Without `asked` a channel of which parts were chosen keeps its choice.
    Raises ChannelProblem for a choice that was made in another version, or in another channel.
    """
    if asked is not None:
        _check(content, asked)
        if content.nodes[0].pk in asked.nodes:
            return
    elif known is None or known.chosen is None:
        return
    wanted = set() if asked is None else set(asked.nodes)
    if known is not None:
        wanted.update(kept(known), _still_there(content, known))
    content.channel.chosen = _mark(content.nodes, wanted)
    left_out = {node.pk for node in content.nodes if node.left_out}
    content.unsafe = [unsafe for unsafe in content.unsafe if unsafe[1] not in left_out]


def kept(channel: ChannelMetadata) -> list[str]:
    """Return the ids of what is wanted of a channel on this computer: its choice, else the folders that are whole.

    Never its own id: parts that are chosen of a newer version would otherwise bring the rest with them.
    """
    if channel.chosen is not None:
        return list(channel.chosen)
    nodes = ContentNode.objects.filter(channel_id=channel.pk, parent__isnull=False).order_by("lft")
    return availability.smallest_set(list(nodes.only("parent_id", "kind", "available")))


def _check(content: Content, asked: Asked) -> None:
    if asked.version != content.channel.version:
        raise ChannelProblem(stale(), code="stale")
    if not asked.nodes.issubset(node.pk for node in content.nodes):
        raise ChannelProblem(foreign(), code="other_parts")


def stale() -> str:
    """Return the sentence for a stick that has another version now."""
    return _("The stick has another version of this channel now. Choose the parts again.")


def foreign() -> str:
    """Return the sentence for ids that are none of the channel."""
    return _("Some of what was ticked is not in this channel. Choose the parts again.")


def _still_there(content: Content, known: ChannelMetadata) -> set[str]:
    """Return the resources that were here and are to stay, wherever the new version has put them."""
    was = ContentNode.objects.filter(channel_id=known.pk).resources()
    was = was.available() if known.chosen is None else was.filter(left_out=False)
    works = dict(was.values_list("pk", "content_id"))
    ids = {node.pk for node in content.nodes}
    # A resource that has a new place is known by its work.
    moved = {work for pk, work in works.items() if pk not in ids}
    return {node.pk for node in content.nodes if not node.is_topic and (node.pk in works or node.content_id in moved)}


def _mark(nodes: list[ContentNode], wanted: Collection[str]) -> list[str]:
    """Set `left_out` on one tree, parents first, and return the uppermost of the wanted ids."""
    inside: set[str] = set()
    uppermost = []
    for node in nodes:
        if node.parent_id in inside:
            inside.add(node.pk)
        elif node.pk in wanted:
            inside.add(node.pk)
            uppermost.append(node.pk)
    for node in reversed(nodes):
        # The folders on the way down are not left out: their pictures come along.
        node.left_out = node.pk not in inside
        if not node.left_out and node.parent_id is not None:
            inside.add(node.parent_id)
    return sorted(uppermost)
