"""One of the own files goes off this computer, out of every lesson and the library."""

from __future__ import annotations

import logging
import sqlite3
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _

from kolibri.core.content import removal
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import ContentNode
from kolibri.core.content.own import versions
from kolibri.errors import Conflict
from kolibri.errors import KolibriError
from kolibri.errors import NotHere

logger = logging.getLogger(__name__)

WAIT: Final = 20.0  # seconds for which an import or a deletion is awaited


def remove(node_id: str) -> int:
    """Take the resource out of the own channel and remove its file; return the bytes that became free.

    The channel goes with its last resource. A file that another channel has as well stays for that. The names of
    what is gone are kept for the lessons that used it. Raises NotHere, Conflict (`importing`), and
    KolibriError (`not_deleted`) when the disk refuses.
    """
    home = Path(settings.KOLIBRI_HOME)
    try:
        with versions.turn(WAIT, _busy):
            return _remove(home, node_id)
    except (OSError, sqlite3.Error) as error:
        # The channel's file is written by SQLite, which says a full disk in its own way.
        logger.exception("The own files' channel could not be written")
        sentence = _("The computer could not delete this file: %(reason)s. Make room on its disk, then try again.")
        reason = getattr(error, "strerror", None) or str(error)
        raise KolibriError(sentence % {"reason": reason}, code="not_deleted") from error


def find(node_id: str) -> ContentNode:
    """Return the resource that was made of one of the own files. Raises NotHere."""
    node = ContentNode.objects.filter(pk=node_id, channel_id=versions.current_id()).resources().first()
    if node is None:
        raise _gone()
    return node


def _gone() -> NotHere:
    return NotHere(_("This file is not on this computer any more."), code="no_resource")


def _remove(home: Path, node_id: str) -> int:
    shelf = versions.current()
    if shelf is None or all(node.pk != node_id for node in shelf.nodes):
        raise _gone()
    if len(shelf.nodes) == 1:
        return removal.remove(home, ChannelMetadata.objects.get(pk=shelf.id))
    names = {use.local_file_id for use in shelf.uses if use.contentnode_id == node_id}
    shelf.nodes = [node for node in shelf.nodes if node.pk != node_id]
    shelf.uses = [use for use in shelf.uses if use.contentnode_id != node_id]
    used = {use.local_file_id for use in shelf.uses}
    shelf.stored = {pk: file for pk, file in shelf.stored.items() if pk in used}
    versions.write(home, shelf)
    return removal.forget_unused(home, names)


def _busy() -> Conflict:
    sentence = _("Channels are being brought in or deleted just now. Try again when that is done.")
    return Conflict(sentence, code="importing")
