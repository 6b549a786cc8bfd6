"""What can be done when the database is lost or cannot be read: a backup brought back, or a new beginning.

<home>/begin-anew      the wish to begin with an empty database although there are backups; kept until that is done
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from datetime import datetime
from pathlib import Path
from typing import Final

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.backup import restoring
from kolibri.errors import BadInput
from kolibri.errors import KolibriError

_WISH: Final = "begin-anew"


@dataclass(frozen=True)
class Remedy:
    """Something that the person may choose: what a button says, and what it does before the next try."""

    label: str
    do: Callable[[], None]


class NoData(KolibriError):
    """The database is gone or cannot be read. Nothing was changed; `remedies` are what can be done."""

    code = "no_data"

    def __init__(self, message: str, remedies: Sequence[Remedy]) -> None:
        super().__init__(message)
        self.remedies = remedies


def lost(database: Path, home: Path) -> NoData | None:
    """Return why one must not simply begin with an empty database: there are backups, so there was data."""
    if (home / _WISH).exists() or not (found := _good(home)):
        return None
    said = _("Your data is missing: the file %(file)s is gone or empty. Nothing was changed. There are backups.")
    return NoData(said % {"file": database}, _remedies(database, home, found))


def unreadable(database: Path, home: Path, reason: Exception) -> NoData:
    """Return what is to be said of a database that SQLite cannot read."""
    said = _("Your data cannot be read: the file %(file)s is damaged (%(reason)s). Nothing was changed.")
    return NoData(said % {"file": database, "reason": reason}, _remedies(database, home, _good(home)))


def done(home: Path) -> None:
    """Forget the wish to begin anew: there is a database again."""
    (home / _WISH).unlink(missing_ok=True)


def _remedies(database: Path, home: Path, found: list[tuple[Path, contents.Contents]]) -> list[Remedy]:
    remedies = [Remedy(_("Begin anew, with no school; what is left is kept aside"), lambda: _begin(database, home))]
    if found:
        path, holds = found[0]
        made = localtime(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        said = _("Bring back the backup of %(moment)s: %(schools)s") % {
            "moment": date_format(made, "SHORT_DATETIME_FORMAT"),
            "schools": ", ".join(holds.schools) or _("no school"),
        }
        remedies.insert(0, Remedy(said, lambda: _bring_back([path for path, _holds in found], home)))
    return remedies


def _bring_back(backups: list[Path], home: Path) -> None:
    """Ask for the first of these that is whole. Raises BadInput when none is, NoCopy when there is no room."""
    for path in backups:
        try:
            restoring.ask(path, home)
        except BadInput:
            continue
        return
    raise BadInput(gettext_lazy("None of the backups can be read. Ask who helps you, or begin anew."))


def _begin(database: Path, home: Path) -> None:
    if database.exists():
        restoring.put_aside(database, home / "backups")
    (home / _WISH).touch()


def _good(home: Path) -> list[tuple[Path, contents.Contents]]:
    """Return the backups that can be read, the latest first."""
    made = (path for kind in copies.KEPT for path in (home / "backups").glob(f"{kind}-*.sqlite3"))
    found = []
    for path in reversed(copies.in_order(made)):
        with contextlib.suppress(contents.Unreadable):
            found.append((path, contents.read(path)))
    return found
