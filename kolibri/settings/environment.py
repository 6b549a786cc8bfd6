"""Typed readers for the environment; the only place besides `app` that looks at it.

A wrong value stops the start with the name, the value and what was allowed.
"""

import hashlib
import os
import secrets
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from platformdirs import user_data_path

PRODUCT = "Kolibri Desktop"


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


def secret_key(folder: Path) -> str:
    """Return the installation's own key, kept in its home.

    Reads only: `kolibri.server.home.prepare` writes the file. A process without a prepared
    home (a build, a check) gets a key of its own that nobody else can know.
    """
    try:
        return (folder / "secret_key").read_text("ascii").strip() or secrets.token_urlsafe(48)
    except FileNotFoundError:
        return secrets.token_urlsafe(48)


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
