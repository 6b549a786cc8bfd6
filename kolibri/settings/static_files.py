"""The address of the static files: it changes with what is in them, so a browser keeps each for good."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(folders: Iterable[Path]) -> str:
    """Return twelve characters that name everything in these folders.

    Of the contents and not of the times, so that all computers of one version agree. One name for all of
    them: what a style or a script names beside itself is then found, and kept, the same way.
    """
    found = hashlib.blake2b(digest_size=6)
    for folder in folders:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            found.update(path.relative_to(folder).as_posix().encode() + b"\0")
            found.update(hashlib.blake2b(path.read_bytes()).digest())
    return found.hexdigest()
