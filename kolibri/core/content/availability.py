"""Which resources can be opened on this computer, worked out up the tree in memory."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import NamedTuple

from kolibri.core.content import constants
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import File


class Totals(NamedTuple):
    """What a channel has here: resources, and the bytes of its files, each file once, thumbnails too."""

    resources: int
    size: int


def makes_resource(kind: str, file: File) -> bool:
    """Whether a resource of `kind` can be opened with this file alone."""
    if file.supplementary or file.thumbnail:
        return False
    # An unknown preset of a known kind comes from a newer channel maker: leave it to the viewer.
    others = (presets for other, presets in constants.MAIN_PRESETS.items() if other != kind)
    return file.preset in constants.MAIN_PRESETS.get(kind, ()) or not any(file.preset in presets for presets in others)


def work_out(nodes: Sequence[ContentNode], files: Iterable[File], sizes: Mapping[str, int]) -> Totals:
    """Set `available`, `on_device_resources`, `coach_resources` and `on_device_size` on `nodes`.

    `nodes` is one whole tree, parents before children; `sizes` gives the bytes of each local file
    that is on this computer, by its id. What was left out has nothing here. The nodes are not saved.
    """
    by_id = {node.pk: node for node in nodes}
    present: dict[str, set[str]] = {node.pk: set() for node in nodes}
    for node in nodes:
        node.available = False
        node.on_device_resources = node.coach_resources = node.on_device_size = 0
    for file in files:
        owner = by_id[file.contentnode_id]
        if file.local_file_id in sizes and not owner.left_out:
            present[owner.pk].add(file.local_file_id)
            if not owner.is_topic and makes_resource(owner.kind, file):
                owner.available = True
    total = Totals(0, 0)
    for node in reversed(nodes):
        here = present.pop(node.pk)
        node.on_device_size = sum(sizes[name] for name in here)
        if not node.is_topic:
            node.on_device_resources = int(node.available)
            node.coach_resources = int(node.available and node.coach_content)
        node.available = node.on_device_resources > 0
        if node.parent_id is None:
            total = Totals(node.on_device_resources, node.on_device_size)
            continue
        parent = by_id[node.parent_id]
        parent.on_device_resources += node.on_device_resources
        parent.coach_resources += node.coach_resources
        above = present[parent.pk]
        if len(above) < len(here):  # always pour the smaller set into the larger
            above, here = here, above
            present[parent.pk] = above
        above |= here
    return total


def smallest_set(nodes: Sequence[ContentNode]) -> list[str]:
    """Return the fewest ids that name every available resource: a folder's id stands for all below it.

    `nodes` is one tree in its order, parents before children, with `available` worked out.
    """
    whole = {node.pk: node.available or node.is_topic for node in nodes}
    for node in reversed(nodes):
        if not whole[node.pk] and node.parent_id is not None:
            whole[node.parent_id] = False
    found: list[str] = []
    covered: set[str] = set()
    for node in nodes:
        if node.parent_id in covered:
            covered.add(node.pk)
        elif whole[node.pk] and node.available:
            covered.add(node.pk)
            found.append(node.pk)
    return found
