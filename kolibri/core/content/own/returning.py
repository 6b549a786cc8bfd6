"""The own files' channel coming back on a stick: it must not take away what was added here since."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kolibri.core.content.channel_rows import Content
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.models import OwnChannel
from kolibri.core.content.problems import ChannelProblem


def refuse_loss(known: ChannelMetadata | None, content: Content) -> None:
    """Raise ChannelProblem (`own_files`) when the stick's version lacks a file that was added on this computer.

    A later version can lack one after a backup was brought back: both then went on from the same beginning.
    """
    if known is None or not OwnChannel.objects.filter(channel_id=known.pk).exists():
        return
    here = ContentNode.objects.filter(channel_id=known.pk).resources().available().order_by()
    if set(here.values_list("pk", flat=True)) - {node.pk for node in content.nodes}:
        sentence = _("“%(name)s” on this computer holds files that the stick does not have. Nothing was changed.")
        raise ChannelProblem(sentence % {"name": known.name}, code="own_files")
