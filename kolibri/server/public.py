"""The one door of a district's server: behind a proxy, for pages, media files and HTML5 resources alike.

What it tells the request comes from the settings and not from what the proxy says, but for the
client's address (the last one in X-Forwarded-For), which nobody else can know.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from kolibri.server import media
from kolibri.server.listener import WSGIApp
from kolibri.server.plain import ELSEWHERE
from kolibri.server.plain import Environ
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer
from kolibri.settings.addresses import Origin


@dataclass(frozen=True)
class PublicDoor:
    """Where the proxy finds this process, and under which origins people find the proxy."""

    listen: tuple[str, int]
    origins: tuple[Origin, ...]
    content_origin: Origin | None

    def over(self, *, pages: WSGIApp, files: WSGIApp, resources: WSGIApp) -> WSGIApp:
        """Return the application that hands each request to the one of the three that it is for."""
        return _Door(self, pages, files, resources)


class _Door:
    def __init__(self, door: PublicDoor, pages: WSGIApp, files: WSGIApp, resources: WSGIApp) -> None:
        self._pages, self._files, self._resources = pages, files, resources
        self._hosts = {origin.host: origin for origin in door.origins}
        self._content_host = door.content_origin.host if door.content_origin else None
        # Without a name of its own HTML5 resources are not to be had: they must not run beside the pages.
        self._content_url = door.content_origin.url if door.content_origin else ""
        self._content_scheme = door.content_origin.scheme if door.content_origin else ""

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").lower()
        if host == self._content_host:
            environ["kolibri.scheme"] = self._content_scheme
            return self._resources(environ, start_response)
        if host not in self._hosts:
            return answer(environ, start_response, 400, ELSEWHERE)
        environ["kolibri.listener"] = "class"
        environ["kolibri.content_origin"] = self._content_url
        environ["kolibri.scheme"] = self._hosts[host].scheme
        environ["HTTP_X_FORWARDED_PROTO"] = self._hosts[host].scheme
        if client := _client(environ.get("HTTP_X_FORWARDED_FOR", "")):
            environ["REMOTE_ADDR"] = client
        if environ["PATH_INFO"].startswith(media.PREFIX):
            return self._files(environ, start_response)
        return self._pages(environ, start_response)


def public_door(settings: Any) -> PublicDoor | None:
    """Return the door that Django's settings describe; None on a teacher's computer."""
    listen = getattr(settings, "KOLIBRI_LISTEN", None)
    if listen is None:
        return None
    return PublicDoor(listen, tuple(settings.KOLIBRI_ORIGINS), settings.KOLIBRI_CONTENT_ORIGIN)


def _client(forwarded: str) -> str:
    last = forwarded.rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(last))
    except ValueError:
        return ""
