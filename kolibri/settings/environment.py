"""Typed readers for the environment; the only place besides `app` that looks at it.

A wrong value stops the start with the name, the value and what was allowed.
"""

import hashlib
import os
import secrets
import time
import zoneinfo
from pathlib import Path

import tzlocal
from django.core.exceptions import ImproperlyConfigured
from platformdirs import user_data_path

PRODUCT = "Kolibri Desktop"
# Where Django looks for the zones of a Unix system; it refuses those that are not there.
ZONES = Path("/usr/share/zoneinfo")


def text(name: str, default: str = "") -> str:
    """Return the variable's value, or `default` when it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    """Return the variable as a truth value: `1 true yes on` or `0 false no off`.

    Raises ImproperlyConfigured for anything else.
    """
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={value!r}: allowed are 1, true, yes, on, 0, false, no, off.")


def number(name: str, default: int, *, least: int = 0, most: int = 65_535) -> int:
    """Return the variable as a whole number between `least` and `most`.

    Raises ImproperlyConfigured for anything else.
    """
    value = text(name)
    if not value:
        return default
    if value.isdecimal() and least <= int(value) <= most:
        return int(value)
    raise ImproperlyConfigured(f"{name}={value!r}: allowed are whole numbers from {least} to {most}.")


def folders(name: str) -> list[Path]:
    """Return the folders that the variable names, separated as in PATH."""
    return [Path(folder).expanduser().absolute() for folder in text(name).split(os.pathsep) if folder]


def home() -> Path:
    """Return the folder that holds all data of this installation; it need not exist yet."""
    given = text("KOLIBRI_HOME")
    return Path(given).expanduser().absolute() if given else user_data_path(PRODUCT, appauthor=False)


def time_zone() -> str:
    """Return the name of the time zone in which hours are shown and days begin: KOLIBRI_TIME_ZONE, or this computer's.

    A computer that names none is in the zone of its clock's distance from UTC, in whole hours.
    Raises ImproperlyConfigured for a variable that names no zone.
    """
    given = text("KOLIBRI_TIME_ZONE")
    if given:
        if _is_zone(given):
            return given
        raise ImproperlyConfigured(
            f"KOLIBRI_TIME_ZONE={given!r}: allowed are the names of time zones, as Africa/Nairobi or UTC."
        )
    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, OSError, ValueError):  # several files that contradict each other, a TZ that names nothing
        name = None
    if name and _is_zone(name):
        return name
    # The name counts westwards, as POSIX does.
    hours, rest = divmod(time.timezone, 3600)
    name = f"Etc/GMT{hours:+}"
    return name if hours and not rest and _is_zone(name) else "UTC"


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (LookupError, OSError, ValueError):  # unknown, a folder of zones, a path
        return False
    return not ZONES.exists() or (ZONES / name).is_file()


def secret_key(folder: Path) -> str:
    """Return the installation's own key, kept in its home.

    Reads only: `kolibri.server.home.prepare` writes the file. A process without a prepared
    home (a build, a check) gets a key of its own that nobody else can know.
    """
    try:
        return (folder / "secret_key").read_text("ascii").strip() or secrets.token_urlsafe(48)
    except FileNotFoundError:
        return secrets.token_urlsafe(48)


def journal() -> str:
    """Return how SQLite keeps a write until it is whole: `WAL`, the default, or `TRUNCATE`.

    Raises ImproperlyConfigured for anything else: none of the others is both safe and quick on a stick.
    """
    value = text("KOLIBRI_JOURNAL", "WAL").upper()
    if value not in ("WAL", "TRUNCATE"):
        raise ImproperlyConfigured(f"KOLIBRI_JOURNAL={value!r}: allowed are WAL and TRUNCATE.")
    return value


def cookie_name(kind: str, key: str) -> str:
    """Return a cookie name that belongs to this installation alone.

    Browsers share cookies between all ports of a host, so a fixed name would be
    overwritten by any other server on the same computer.
    """
    return f"kd_{kind}_{hashlib.sha256(key.encode()).hexdigest()[:10]}"


def process() -> str:
    """Return this process's name among several on one home; empty for the only one.

    Raises ImproperlyConfigured for a name that cannot be part of a file's, and without the
    database and the cache that several processes share.
    """
    name = text("KOLIBRI_PROCESS")
    if not name:
        return ""
    if not (name.isascii() and name.isalnum() and len(name) <= 20):
        raise ImproperlyConfigured(f"KOLIBRI_PROCESS={name!r}: allowed are up to 20 letters and digits.")
    missing = [other for other in ("DATABASE_URL", "REDIS_URL") if not text(other)]
    if missing:
        raise ImproperlyConfigured(
            f"KOLIBRI_PROCESS={name!r} is one of several processes; they share what {' and '.join(missing)} must name."
        )
    return name
