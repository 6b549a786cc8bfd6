"""Typed readers for addresses in the environment: of a database, of Redis, and those that people type.

A wrong value stops the start with the name, the value without its password and what is allowed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from kolibri.settings import environment

_NAME = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_SECRET = re.compile(r"(?i)(://[^:/@]*:)[^@]*@|(\b(?:password|passfile|sslpassword)=)[^&\s]+")


@dataclass(frozen=True)
class Origin:
    """Where browsers reach a server: scheme, name and, when it is not the scheme's own, port."""

    scheme: str
    name: str
    port: int | None

    @property
    def host(self) -> str:
        """What a browser's Host header says, as "school.example:8443"."""
        return f"{self.name}:{self.port}" if self.port else self.name

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}"


def without_secrets(value: str) -> str:
    """Return an address as it may be shown."""
    return _SECRET.sub(lambda found: f"{found[1]}...@" if found[1] else f"{found[2]}...", value)


def _refuse(name: str, value: str, allowed: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(f"{name}={without_secrets(value)!r}: allowed is {allowed}.")


def database(name: str = "DATABASE_URL") -> dict[str, Any] | None:
    """Return Django's settings of the PostgreSQL database that the variable names; None when it is unset.

    Raises ImproperlyConfigured for another kind of database, a part that is missing or cannot be
    read, and when the packages for PostgreSQL are not installed.
    """
    value = environment.text(name)
    if not value:
        return None
    allowed = "postgresql://USER:PASSWORD@HOST:PORT/NAME, with %-codes for special characters"
    missing = [module for module in ("dj_database_url", "psycopg2") if find_spec(module) is None]
    if missing:
        raise ImproperlyConfigured(
            f"{name} asks for PostgreSQL, and {' and '.join(missing)} are not installed: "
            "pip install 'kolibri-desktop[district]'."
        )
    # Not for the desktop, which has neither of the two.
    import dj_database_url

    try:
        found: dict[str, Any] = {**dj_database_url.parse(value, conn_max_age=None, conn_health_checks=True)}
    except ValueError as error:
        raise _refuse(name, value, allowed) from error
    if found["ENGINE"] != "django.db.backends.postgresql" or not found["NAME"] or "/" in found["NAME"]:
        raise _refuse(name, value, allowed)
    # Compiling a query costs PostgreSQL more than running any of ours, of which some look costly to it.
    options = found.setdefault("OPTIONS", {})
    options["options"] = f"-c jit=off {options.get('options', '')}".strip()
    return found


def redis(name: str = "REDIS_URL") -> str:
    """Return the address of a Redis that the variable gives; empty when it is unset.

    Raises ImproperlyConfigured for anything that is no such address.
    """
    value = environment.text(name)
    if not value:
        return ""
    allowed = "redis://HOST:PORT/NUMBER, rediss://... with TLS, or unix:///PATH/OF/SOCKET?db=NUMBER"
    try:
        parts = urlsplit(value)
        _port = parts.port
    except ValueError as error:
        raise _refuse(name, value, allowed) from error
    is_good = parts.path if parts.scheme == "unix" else parts.hostname and re.fullmatch(r"/?\d*", parts.path)
    if parts.scheme not in {"redis", "rediss", "unix"} or not is_good:
        raise _refuse(name, value, allowed)
    return value


def origins(name: str) -> list[Origin]:
    """Return the origins that the variable lists, separated by commas.

    Raises ImproperlyConfigured for one that is none, and when http and https are mixed.
    """
    value = environment.text(name)
    found = [_origin(name, word.strip()) for word in value.split(",") if word.strip()]
    if len({origin.scheme for origin in found}) > 1:
        raise _refuse(name, value, "either http:// or https:// for all of them")
    return found


def _origin(name: str, value: str) -> Origin:
    try:
        parts = urlsplit(value)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port = "", None
    if not _NAME.fullmatch(host) or parts.scheme not in {"http", "https"} or value.count("/") != 2 or "@" in value:
        raise _refuse(name, value, "a list of https://NAME or https://NAME:PORT, separated by commas")
    own = {"http": 80, "https": 443}[parts.scheme]
    return Origin(parts.scheme, host, None if port == own else port)


def listen(name: str) -> tuple[str, int] | None:
    """Return address and port that the variable names, as "127.0.0.1:8101"; None when it is unset.

    Raises ImproperlyConfigured for anything else.
    """
    value = environment.text(name)
    if not value:
        return None
    address, _colon, port = value.rpartition(":")
    numbers = address.split(".")
    is_address = len(numbers) == 4 and all(number.isdecimal() and int(number) < 256 for number in numbers)
    if not is_address or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise _refuse(name, value, "an IPv4 address and a port, as 127.0.0.1:8101")
    return address, int(port)
