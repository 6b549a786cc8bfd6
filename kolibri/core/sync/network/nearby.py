"""Computers of the same network that sync, found by multicast DNS; and being found by them.

The service and its fields are those of Kolibri, so that each finds the other. What a stranger's
packet says is shown and tried, never trusted: who answers at the address is asked again (`peers`).
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import logging
import queue
import socket
import threading
import time
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from typing import Final

from kolibri.core.sync.network import wire

if TYPE_CHECKING:
    from zeroconf import RecordUpdate
    from zeroconf import RecordUpdateListener
    from zeroconf import ServiceInfo
    from zeroconf import Zeroconf

logger = logging.getLogger(__name__)

SERVICE: Final = "Kolibri._sub._http._tcp.local."
_MOST: Final = 100
_MOST_HEARD: Final = 1_000  # names that wait to be asked; whoever is not heard now says it again
_ANSWER: Final = 2_000  # milliseconds for the fields of one service
# Nobody has looked for so long: the search ends. Seconds.
_IDLE: Final = 60.0
# Seconds between two questions into the network.
_ASKS: Final = (1.0, 3.0, 10.0, 30.0)
# Of DNS: a question, one for pointers, the internet's class.
_QUERY: Final = 0
_POINTER: Final = 12
_INTERNET: Final = 1


@dataclass(frozen=True)
class Found:
    """A computer of this network that says that it syncs."""

    address: str
    instance_id: str
    name: str
    program: str


class Search:
    """Looks for computers from the first question on, and ends by itself when nobody asks any more."""

    def __init__(self, interfaces: Callable[[], Sequence[str]]) -> None:
        """`interfaces` returns this computer's addresses in the networks to look in."""
        self._interfaces = interfaces
        self._lock = threading.Lock()
        self._zeroconf: Zeroconf | None = None
        self._found: dict[str, Found] = {}
        self._heard: queue.Queue[tuple[str, bool]] = queue.Queue(_MOST_HEARD)
        self._asked = 0.0

    def found(self) -> list[Found]:
        """Return who has been found so far, by name. Empty at first, and where there is no network."""
        with self._lock:
            self._asked = time.monotonic()
            if self._zeroconf is None and (made := _zeroconf(self._interfaces())) is not None:
                self._zeroconf = made
                threading.Thread(target=self._look, args=(made,), name="nearby", daemon=True).start()
            return sorted(self._found.values(), key=lambda one: (one.name, one.address))

    def stop(self) -> None:
        """End the search."""
        with self._lock:
            ended, self._zeroconf = self._zeroconf, None
            self._found = {}
        if ended is not None:
            ended.close()

    def _look(self, zeroconf: Zeroconf) -> None:
        # Not zeroconf's own browser: it wants every part of a service's name to begin with an underscore, and
        # Kolibri's does not.
        from zeroconf import DNSOutgoing
        from zeroconf import DNSQuestion

        question = DNSQuestion(SERVICE, _POINTER, _INTERNET)
        zeroconf.add_listener(_hearing(self._heard), question)
        asks = iter(_ASKS)
        next_ask = time.monotonic()
        while self._is_going_on(zeroconf):
            if time.monotonic() - self._asked > _IDLE:
                self.stop()
                return
            if time.monotonic() >= next_ask:
                query = DNSOutgoing(_QUERY)
                query.add_question(question)
                zeroconf.send(query)
                next_ask += next(asks, _ASKS[-1])
            with contextlib.suppress(queue.Empty):
                self._take(zeroconf, *self._heard.get(timeout=0.5))

    def _is_going_on(self, zeroconf: Zeroconf) -> bool:
        return self._zeroconf is zeroconf

    def _take(self, zeroconf: Zeroconf, name: str, is_there: bool) -> None:
        found = None
        if is_there:
            info = zeroconf.get_service_info(SERVICE, name, timeout=_ANSWER)
            found = read(info) if info is not None else None
        with self._lock:
            if not self._is_going_on(zeroconf):
                return
            if found is None:
                self._found.pop(name, None)
            elif name in self._found or len(self._found) < _MOST:
                self._found[name] = found


_addresses: Callable[[], Sequence[str]] | None = None


def register(addresses: Callable[[], Sequence[str]] | None) -> None:
    """Have `search` look in the networks of these addresses; None takes it back, and ends the search."""
    global _addresses
    _addresses = addresses
    if addresses is None:
        search.stop()


# Of this process; it finds nobody before the server has registered where to look.
search: Final = Search(lambda: _addresses() if _addresses else ())


def _hearing(heard: queue.Queue[tuple[str, bool]]) -> RecordUpdateListener:
    """Return what puts the names of services into `heard` as they come and go."""
    from zeroconf import DNSPointer
    from zeroconf import RecordUpdateListener

    class Hearing(RecordUpdateListener):  # type: ignore[misc]
        def async_update_records(self, zc: Zeroconf, now: float, records: list[RecordUpdate]) -> None:
            for record in (update.new for update in records):
                if isinstance(record, DNSPointer) and record.name.lower() == SERVICE.lower():
                    with contextlib.suppress(queue.Full):
                        heard.put_nowait((record.alias, record.ttl > 0))

    return Hearing()


class Announcement:
    """This computer's own entry; says nothing until `say`, and takes it back with `stop`."""

    def __init__(self) -> None:
        self._zeroconf: Zeroconf | None = None

    def say(self, addresses: Sequence[str], port: int, fields: dict[str, str]) -> bool:
        """Let others find this computer here, instead of what was said before. Returns False without a network."""
        from zeroconf import ServiceInfo

        self.stop()
        made = _zeroconf(addresses)
        if made is None:
            return False
        own = fields["instance_id"]
        made.register_service(
            ServiceInfo(
                SERVICE,
                f"{own}.{SERVICE}",
                server=f"{own}.kolibri.local.",
                addresses=[socket.inet_aton(address) for address in addresses],
                port=port,
                # Each value is JSON, as Kolibri reads them.
                properties={name: json.dumps(value) for name, value in {**fields, "prefix": "/"}.items()},
            ),
            allow_name_change=True,
        )
        self._zeroconf = made
        return True

    def stop(self) -> None:
        """Take it back."""
        ended, self._zeroconf = self._zeroconf, None
        if ended is not None:
            ended.close()


def read(info: ServiceInfo) -> Found | None:
    """Return what a service says of itself; None where it does not make sense."""
    try:
        fields = {_text(name): json.loads(_text(value)) for name, value in info.properties.items() if value}
        address = next(one for one in info.parsed_addresses() if ipaddress.ip_address(one).version == 4)
        port = wire.a_count(info.port, "port", 65_535)
        name = wire.a_text(fields.get("device_name") or "", "device_name", 200)[:100]
        program = fields.get("program") or fields.get("application") or ""
        version = fields.get("program_version" if fields.get("program") else "kolibri_version") or ""
        said = f"{wire.a_text(program, 'program', 40)} {wire.a_text(version, 'program', 40)}".strip()
        return Found(f"http://{address}:{port}/", wire.an_id(fields.get("instance_id"), "instance_id"), name, said)
    except (wire.Unfit, ValueError, TypeError, AttributeError, StopIteration, RecursionError):
        return None


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _zeroconf(addresses: Sequence[str]) -> Zeroconf | None:
    if not addresses:
        return None
    from zeroconf import IPVersion
    from zeroconf import Zeroconf

    try:
        return Zeroconf(interfaces=list(addresses), ip_version=IPVersion.V4Only)
    except OSError as error:
        logger.info("Nobody can be looked for in this network: %s", error)
        return None
