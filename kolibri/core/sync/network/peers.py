"""Finding out who answers at an address, and which schools are there."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from typing import Final
from urllib.parse import urljoin
from urllib.parse import urlsplit

from requests import RequestException

from kolibri.core.sync.network import wire
from kolibri.core.sync.network.problems import NotReached
from kolibri.core.sync.network.session import PeerSession

# Ours first, then Kolibri's, then what stands behind a proxy.
PORTS: Final = (8088, 8080, 8090, 80)
_KNOWN: Final = ("kolibri", "studio")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\]")
_SECONDS: Final = 10.0


@dataclass(frozen=True)
class School:
    """A school of another computer."""

    id: str
    dataset_id: str
    name: str


@dataclass(frozen=True)
class Peer:
    """A computer that answers at `address` ("http://192.168.1.20:8088/")."""

    address: str
    instance_id: str
    name: str
    program: str
    schools: tuple[School, ...]

    def school(self, dataset_id: str) -> School | None:
        """Return the school of this dataset, or None."""
        return next((one for one in self.schools if one.dataset_id == dataset_id), None)


def candidates(typed: str) -> list[str]:
    """Return the addresses that `typed` may stand for. Raises NotReached for what is no address."""
    text = typed.strip().rstrip("/")
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise NotReached(typed) from None
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    fits = parts.scheme in ("http", "https") and _HOST.fullmatch(host) and not parts.query and not parts.fragment
    if not fits or len(text) > 200:
        raise NotReached(typed[:100])
    path = f"{parts.path}/" if parts.path else "/"
    if port is not None or parts.scheme == "https":
        return [f"{parts.scheme}://{parts.netloc}{path}"]
    return [f"http://{host}:{one}{path}" for one in PORTS]


def find(typed: str, pulse: Callable[[], None] = lambda: None) -> Peer:
    """Return who answers at a typed address ("192.168.1.20", "http://kolibri.example:8080"). Raises NotReached."""
    for address in candidates(typed):
        try:
            return _ask(address, pulse)
        except (RequestException, ValueError, RecursionError, wire.Unfit):
            continue
    raise NotReached(typed.strip()[:100])


def _ask(address: str, pulse: Callable[[], None]) -> Peer:
    session = PeerSession(pulse, tries=1, answer=_SECONDS)
    try:
        info = session.get(urljoin(address, "api/public/info/"), params={"v": "3"}).json()
        schools = session.get(urljoin(address, "api/public/v1/facility/")).json()
    finally:
        session.close()
    if not isinstance(info, dict) or info.get("application") not in _KNOWN:
        raise wire.Unfit("application")
    if not isinstance(schools, list) or len(schools) > 10_000:
        raise wire.Unfit("facility")
    return Peer(
        address,
        wire.an_id(info.get("instance_id"), "instance_id"),
        wire.a_text(info.get("device_name") or "", "device_name", 200)[:100],
        _program(info),
        tuple(_school(one) for one in schools),
    )


def _program(info: dict[str, Any]) -> str:
    """Return what the peer is: its own name and version, where it has one beside Kolibri's."""
    own = wire.a_text(info.get("program") or "", "program", 40)
    if own:
        return f"{own} {wire.a_text(info.get('program_version') or '', 'program_version', 40)}".strip()
    return f"{info['application']} {wire.a_text(info.get('kolibri_version') or '', 'kolibri_version', 40)}".strip()


def _school(said: Any) -> School:
    if not isinstance(said, dict):
        raise wire.Unfit("facility")
    return School(
        wire.an_id(said.get("id"), "facility"),
        wire.an_id(said.get("dataset"), "facility"),
        wire.a_text(said.get("name"), "facility", 200),
    )
