"""Whether a zip that came on a stick may be kept: no way out of its folder, no bomb."""

import io
import re
import stat
import zipfile
import zlib
from pathlib import Path
from typing import Final

from kolibri.core import packings
from kolibri.core.content.problems import BadFile

MOST_ENTRIES: Final = 50_000
MOST_LIST: Final = 12 * 1024**2  # bytes of the list of entries: 200 for each
MOST_BYTES: Final = 4 * 1024**3  # all entries, unpacked
MOST_RATIO: Final = 250  # unpacked to packed; deflate itself ends near 1,030
RATIO_MATTERS: Final = 20 * 1024**2  # a small file of blanks is no bomb
# What reading a faulty entry may raise; of later versions of the format the library says that it has not got them.
FAULTS: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)
_DRIVE = re.compile(r"[A-Za-z]:")


def check_zip(path: Path) -> None:
    """Look through the zip's list of entries without unpacking it.

    Raises BadFile: `not_a_zip`, `zip_escape`, `zip_bomb`, `zip_locked`, `zip_packing`.
    """
    try:
        with _Zip(io.FileIO(path)) as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, UnicodeDecodeError) as error:
        raise BadFile("not_a_zip") from error
    if any(_escapes(entry) for entry in entries):
        raise BadFile("zip_escape")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise BadFile("zip_locked")
    if any(entry.compress_type not in packings.BOUNDED for entry in entries):
        raise BadFile("zip_packing")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    size = path.stat().st_size
    # More packed bytes than the file has: entries share their bytes, the trick of the best bombs.
    if len(entries) > MOST_ENTRIES or unpacked > MOST_BYTES or packed > size:
        raise BadFile("zip_bomb")
    if unpacked > RATIO_MATTERS and unpacked > MOST_RATIO * max(packed, 1):
        raise BadFile("zip_bomb")


class _Zip(io.BufferedReader):
    """A zip whose list of entries is not too long: the library reads it whole, before anybody can count them."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MOST_LIST:
            raise BadFile("zip_bomb")
        return super().read(size)


def _escapes(entry: zipfile.ZipInfo) -> bool:
    if stat.S_ISLNK(entry.external_attr >> 16):
        return True
    # `filename` is cut at a null character and may have its separators replaced: look at both.
    names = {entry.filename, getattr(entry, "orig_filename", entry.filename)}
    return any(_leads_out(name.replace("\\", "/")) for name in names)


def _leads_out(name: str) -> bool:
    return "\0" in name or name.startswith("/") or _DRIVE.match(name) is not None or ".." in name.split("/")
