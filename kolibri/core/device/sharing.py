"""Sharing with the class, as screens see it. kolibri.server does it and registers itself here."""

from dataclasses import dataclass
from typing import Protocol

import segno
from django.utils.translation import gettext_lazy as _

from kolibri.errors import NotHere


@dataclass(frozen=True)
class Sharing:
    """Whether and where the class can reach this computer; the likeliest address comes first."""

    is_on: bool = False
    addresses: tuple[str, ...] = ()
    port: int = 0

    @property
    def url(self) -> str:
        """What learners type, as "http://192.168.1.20:8088"; empty when off or on no network."""
        return self.urls[0] if self.urls else ""

    @property
    def urls(self) -> tuple[str, ...]:
        return tuple(f"http://{address}:{self.port}" for address in self.addresses) if self.is_on else ()

    @property
    def qr(self) -> str:
        """The address as a QR code, a complete `<svg>` element with its margin; empty without an address."""
        return qr_of(self.url) if self.url else ""


def qr_of(url: str) -> str:
    """Return an address as a QR code, a complete `<svg>` element with its margin."""
    code = segno.make(url, error="m", micro=False)
    # Black on white whatever the page's colours are: cameras read no other.
    svg: str = code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None)
    return svg


class Sharer(Protocol):
    """The part of the server that opens and closes the class's listener."""

    def state(self) -> Sharing:
        """Return the present state; cheap, screens poll it."""
        ...

    def start(self) -> Sharing:
        """Open the listener; does nothing when it is open. Raises KolibriError when it cannot be opened."""
        ...

    def stop(self) -> Sharing:
        """Close the listener; does nothing when it is closed."""
        ...


_sharer: Sharer | None = None


def register(sharer: Sharer | None) -> None:
    """Make `sharer` the one that is asked; None takes it back."""
    global _sharer
    _sharer = sharer


def state() -> Sharing:
    """Return whether and where the class can reach this computer."""
    return _sharer.state() if _sharer else Sharing()


def can_switch() -> bool:
    """Return whether this server shares with the class as its screens say, and not as its administrator set it up."""
    return _sharer is not None


def start() -> Sharing:
    """Share with the class. Raises KolibriError when it cannot be done."""
    return _here().start()


def stop() -> Sharing:
    """Stop sharing with the class. Raises KolibriError when this server shares in another way."""
    return _here().stop()


def _here() -> Sharer:
    if _sharer is None:
        raise NotHere(_("This server is set up by its administrator; sharing is not switched here."), code="no_sharing")
    return _sharer
