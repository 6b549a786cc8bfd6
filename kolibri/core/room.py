"""A disk without room, whichever part of the program meets it: files say it one way, databases another."""

from __future__ import annotations

import contextlib
import errno
import re
import shutil
from collections.abc import Callable
from collections.abc import Iterator
from typing import Final

from django.conf import settings
from django.db import OperationalError
from django.utils.translation import gettext as _

from kolibri.errors import KolibriError

_FULL: Final = {errno.ENOSPC, errno.EDQUOT}
# SQLite's words and PostgreSQL's.
_WORDS: Final = re.compile("disk is full|no space left|disk I/O error", re.IGNORECASE)

_SCARCE: Final = 16 * 1024 * 1024


class DiskFull(KolibriError):
    """This computer cannot write any more (507); nothing of what was being written is there."""

    status = 507
    code = "disk_full"

    def __init__(self) -> None:
        super().__init__(_("The disk of the computer with this school is full. Make room on it and try again."))


def is_full(error: BaseException) -> bool:
    """Return whether this is how a full disk shows."""
    if isinstance(error, OSError):
        return error.errno in _FULL
    return isinstance(error, OperationalError) and bool(_WORDS.search(str(error)))


def is_scarce() -> bool:
    """Return whether what went wrong may be for want of room: almost none is left beside the database."""
    return shutil.disk_usage(settings.KOLIBRI_HOME).free < _SCARCE


@contextlib.contextmanager
def minded(problem: Callable[[], KolibriError] = DiskFull) -> Iterator[None]:
    """Raise `problem` for a full disk; everything else passes as it is."""
    try:
        yield
    except (OSError, OperationalError) as error:
        if is_full(error):
            raise problem() from error
        raise
