"""Taking content off this computer: rows first, then the files that nothing uses any more."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

from django.db.models import Exists
from django.db.models import OuterRef

from kolibri.core.content import paths
from kolibri.core.content import saving
from kolibri.core.content.models import ChannelMetadata
from kolibri.core.content.models import File
from kolibri.core.content.models import LocalFile

logger = logging.getLogger(__name__)


def forget_unused(home: Path, names: Iterable[str]) -> int:
    """Remove those of the files that nothing uses but what was left out, and return the bytes that became free.

    The row goes last: if the power goes in between, the next call finds it and goes on.
    """
    freed = 0
    for ids in saving.sliced(names):
        used = File.objects.filter(local_file=OuterRef("pk"), contentnode__left_out=False)
        unused = LocalFile.objects.filter(~Exists(used), pk__in=ids)
        freed += _remove(home, list(unused))
    return freed


def remove(home: Path, channel: ChannelMetadata) -> int:
    """Remove a channel, its database copy and the files that no other channel uses; return the bytes freed."""
    names = set(File.objects.filter(contentnode__channel_id=channel.pk).values_list("local_file_id", flat=True))
    saving.remove_channel(channel)
    paths.database_path(home / "content", channel.pk).unlink(missing_ok=True)
    # Also what an import left that never came to its end.
    names.update(LocalFile.objects.filter(files=None).values_list("pk", flat=True))
    return forget_unused(home, names)


def _remove(home: Path, files: list[LocalFile]) -> int:
    freed = 0
    held = set()
    pks = [file.pk for file in files]
    LocalFile.objects.filter(pk__in=pks).update(available=False)
    for file in files:
        # A row without a file's name, as earlier versions left them, has no file. It must not keep the others here.
        if not paths.is_id(file.pk) or not paths.is_extension(file.extension):
            continue
        path = paths.storage_path(home, file.pk, file.extension)
        try:
            path.unlink(missing_ok=True)
        except PermissionError:
            # Windows removes no file that is open, and a zip stays so a while after it was shown. Its row stays.
            logger.warning("%s is in use, so it is removed with the next channel.", path.name)
            held.add(file.pk)
            continue
        if file.available:
            freed += file.file_size or 0
    LocalFile.objects.filter(pk__in=set(pks) - held, files=None).delete()
    return freed
