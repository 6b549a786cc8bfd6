"""How the database of a portable home keeps a write until it is whole: found by trying, before Django is there.

WAL is quicker, and reads go on while one writes. But its index is memory that is mapped from the
drive: when that is pulled out, the next look at it ends the process, before it could say a word.
So WAL is for a drive that stays, and where SQLite can work with it; a stick gets TRUNCATE. Both keep
all that was acknowledged, with `synchronous=FULL`.
"""

import contextlib
import os
import sqlite3
import tempfile
from pathlib import Path
from typing import Final
from typing import Literal

Journal = Literal["WAL", "TRUNCATE"]

_PROBE: Final = ".journal-"


def choose(home: Path) -> Journal:
    """Return the journal for a database in this folder, which must be there and writable."""
    return "WAL" if stays(home) and can_wal(home) else "TRUNCATE"


def stays(folder: Path) -> bool:
    """Whether the folder is on the drive of the system or of the person's own files: no one pulls these out."""
    # On Windows "/" is the root of whichever drive the program stands on.
    places = [] if os.name == "nt" else [Path("/")]
    with contextlib.suppress(RuntimeError):
        places.append(Path.home())
    for place in places:
        with contextlib.suppress(OSError):
            if is_same_drive(folder, place):
                return True
    return False


def is_same_drive(one: Path, other: Path) -> bool:
    """Whether both are on one drive. Raises OSError.

    Its number alone does not say on Windows: a drive may have none, and a copied one has that of the other.
    """
    letters = {path.absolute().drive.casefold() for path in (one, other)}
    return len(letters) == 1 and one.stat().st_dev == other.stat().st_dev


def can_wal(folder: Path) -> bool:
    """Whether two connections can share a database with a write-ahead log here, to the end."""
    try:
        with tempfile.TemporaryDirectory(prefix=_PROBE, dir=folder) as name:
            return _try_wal(Path(name) / "probe.sqlite3")
    except (OSError, sqlite3.Error):
        return False


def _try_wal(path: Path) -> bool:
    with contextlib.closing(sqlite3.connect(path)) as writes, contextlib.closing(sqlite3.connect(path)) as reads:
        if writes.execute("PRAGMA journal_mode=WAL").fetchone() != ("wal",):
            return False
        for number in range(2):
            with writes:
                writes.execute("CREATE TABLE IF NOT EXISTS probe (number)")
                writes.execute("INSERT INTO probe VALUES (?)", (number,))
            if reads.execute("SELECT count(*) FROM probe").fetchone() != (number + 1,):
                return False
        (is_busy, _pages, _moved) = writes.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy
