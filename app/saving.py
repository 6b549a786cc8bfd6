"""Files that leave the program: their names, and writing them whole."""

import contextlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from app.language import gettext as _

_FORBIDDEN: Final = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
# Bytes; most file systems take 255, and some of a path is needed for others.
_LONGEST: Final = 150


def safe_name(name: str) -> str:
    """Return a file's name that every system takes: no folders, no control characters, not too long."""
    clean = _FORBIDDEN.sub("_", name).strip(" .")
    stem, dot, suffix = clean.rpartition(".")
    if not dot or len(suffix.encode()) > 20:
        stem, dot, suffix = clean, "", ""
    room = _LONGEST - len((dot + suffix).encode())
    stem = stem.encode(errors="replace")[:room].decode(errors="ignore").strip(" .")
    return stem + dot + suffix if stem else _("file")


def write_whole(path: Path, content: Iterable[bytes]) -> None:
    """Write a file so that it is there whole or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".kolibri-")
    try:
        with os.fdopen(handle, "wb") as file:
            for chunk in content:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        # A new file's usual rights; mkstemp's are for secrets.
        with contextlib.suppress(OSError):
            os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
