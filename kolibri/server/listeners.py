"""The three listeners: this computer's window, the class, and the content origin beside each.

A district's server has no class of its own: `publish` opens one port for the proxy in front of it.

    listeners = Listeners(app, home / "content")
    listeners.prepare()     # bound in the caller's thread: the window may open its address
    listeners.serve()
    listeners.share()       # the class's listener, off until asked for
    listeners.stop()

Each request's environ carries `kolibri.listener` ("window" or "class") and
`kolibri.content_origin`, the origin that serves HTML5 resources to this client.
"""

import logging
import sys
import threading
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kolibri.core.device.sharing import Sharing
from kolibri.errors import Conflict
from kolibri.server import media
from kolibri.server.addresses import class_addresses
from kolibri.server.addresses import host_names
from kolibri.server.content_origin import ContentOrigin
from kolibri.server.listener import Listener
from kolibri.server.listener import WSGIApp
from kolibri.server.plain import ELSEWHERE
from kolibri.server.plain import NOT_NOW
from kolibri.server.plain import Environ
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer
from kolibri.server.public import PublicDoor
from kolibri.server.sender import Sender
from kolibri.server.sentences import sentence
from kolibri.server.workers import Workers

if sys.platform != "win32":
    import resource

logger = logging.getLogger(__name__)

LOOPBACK: Final = "127.0.0.1"
# Never 8080: a real Kolibri on the same computer wants it.
CLASS_PORTS: Final = (8088, 8090, 8098, 8880, 8888)
WINDOW_WORKERS: Final = 8
CLASS_WORKERS: Final = 24
CONTENT_WORKERS: Final = 8
LOOK_AT_ADDRESSES_EVERY: Final = 3.0


class Listeners:
    """All ports of one server. Methods may be called from any thread."""

    def __init__(
        self,
        app: WSGIApp,
        content: Path,
        *,
        on_addresses: Callable[[list[str]], None] | None = None,
        on_worker_exit: Callable[[], None] | None = None,
        addresses: Callable[[], list[str]] = class_addresses,
    ) -> None:
        """`on_addresses` hears the class's addresses at each change, an empty list when sharing ends."""
        self._app = app
        self._media = media.Media(content)
        self._content = ContentOrigin(content)
        self._on_addresses = on_addresses
        self._on_worker_exit = on_worker_exit
        self._find_addresses = addresses
        self._lock = threading.RLock()
        self._sender = Sender(tick=self._content.zips.close_idle)
        self._window_workers = Workers("window", WINDOW_WORKERS, on_worker_exit)
        self._content_workers = Workers("content", CONTENT_WORKERS)
        self._class_workers: Workers | None = None
        self._window: Listener | None = None
        self._window_content: Listener | None = None
        self._class: Listener | None = None
        self._class_content: Listener | None = None
        self._public_workers: Workers | None = None
        self._public: Listener | None = None
        self._addresses: list[str] = []
        self._unshared = threading.Event()
        self._is_stopped = False

    @property
    def port(self) -> int:
        """The window's port, from `prepare` on."""
        return self._window.port if self._window else 0

    def prepare(self, port: int = 0) -> None:
        """Bind the window's port (0: any free one) and its content origin. Raises Conflict when it is taken."""
        _allow_many_files()
        with self._lock:
            self._window = self._listener("window", (LOOPBACK, port), self._window_door, self._window_workers)
            self._window_content = self._listener(
                "content", (LOOPBACK, 0), self._window_content_door, self._content_workers
            )

    def serve(self) -> None:
        """Answer requests from now on, in threads."""
        with self._lock:
            if self._is_stopped or not self._window or not self._window_content:
                return
            self._sender.start()
            self._window.start_serving()
            self._window_content.start_serving()

    def publish(self, door: PublicDoor) -> None:
        """Open the port behind the proxy, until `stop`. Raises Conflict when another program has it."""
        with self._lock:
            if self._is_stopped or self._public is not None:
                return
            self._public_workers = Workers("public", CLASS_WORKERS, self._on_worker_exit)
            app = door.over(pages=self._app, files=self._media, resources=self._content)
            self._public = self._listener("public", door.listen, app, self._public_workers)
            self._public.start_serving()

    def sharing(self) -> Sharing:
        """Whether and where the class reaches this computer."""
        shared = self._class
        if shared is None:
            return Sharing()
        return Sharing(is_on=True, addresses=tuple(self._addresses), port=shared.port)

    def share(self, preferred: int | None = None) -> Sharing:
        """Open the class's listener, on the preferred port if it is free. Raises Conflict when it cannot be opened."""
        with self._lock:
            if self._is_stopped or self._class is not None:
                return self.sharing()
            # None is no reason to stay closed: the thread that follows them finds them later.
            found = self._addresses_now() or []
            workers = Workers("class", CLASS_WORKERS, self._on_worker_exit)
            wanted = [port for port in (preferred, *CLASS_PORTS) if port]
            shared: Listener | None = None
            try:
                shared = self._first_free("class", wanted, self._class_door, workers)
                beside = [shared.port + 1] if shared.port < 65_535 else []
                self._class_content = self._first_free(
                    "class-content", beside, self._class_content_door, self._content_workers
                )
            except (Conflict, OSError) as error:
                if shared:
                    shared.stop()
                if isinstance(error, Conflict):
                    raise
                # Too many open files, say: whoever pressed the button must read a sentence.
                logger.exception("The class's listener cannot be opened.")
                raise Conflict(sentence(NOT_NOW)) from error
            self._class_workers, self._class = workers, shared
            self._unshared = threading.Event()
            self._take_addresses(found)
            shared.start_serving()
            self._class_content.start_serving()
            threading.Thread(
                target=self._follow_addresses, args=(self._unshared,), name="addresses", daemon=True
            ).start()
            return self.sharing()

    def unshare(self) -> Sharing:
        """Close the class's listener with all its connections."""
        if threading.current_thread().name.startswith("class-"):
            # Asked for by a request of the class's own listener: let it be answered first.
            soon = threading.Timer(0.5, self._close_class)
            soon.daemon = True
            soon.start()
            return Sharing()
        self._close_class()
        return self.sharing()

    def stop(self, seconds: float = 2.0) -> None:
        """Close everything, also while it is still starting; the second call does nothing."""
        with self._lock:
            if self._is_stopped:
                return
            self._is_stopped = True
        self._close_class(seconds / 4)
        if self._public and self._public_workers:
            self._public.stop(seconds / 4)
            self._public_workers.stop(seconds / 4)
        for listener in (self._window, self._window_content):
            if listener:
                listener.stop(seconds / 8)
        self._sender.stop(seconds / 8)
        self._window_workers.stop(seconds / 4)
        self._content_workers.stop(seconds / 4)
        self._content.zips.close_idle(0)

    def _close_class(self, seconds: float = 1.0) -> None:
        with self._lock:
            shared, beside, workers = self._class, self._class_content, self._class_workers
            self._class = self._class_content = self._class_workers = None
            self._unshared.set()
            if shared is None or beside is None or workers is None:
                return
            self._take_addresses([])
            shared.stop(seconds / 2)
            beside.stop(seconds / 2)
            workers.stop(seconds)

    def _first_free(self, name: str, ports: list[int], app: WSGIApp, workers: Workers) -> Listener:
        for port in ports:
            try:
                return self._listener(name, ("0.0.0.0", port), app, workers)  # noqa: S104
            except Conflict:
                continue
        return self._listener(name, ("0.0.0.0", 0), app, workers)  # noqa: S104

    def _listener(self, name: str, address: tuple[str, int], app: WSGIApp, workers: Workers) -> Listener:
        listener = Listener(name, address, app, workers, self._sender)
        listener.prepare()
        return listener

    def _follow_addresses(self, ended: threading.Event) -> None:
        """Notice that the computer has joined another network, while sharing is on."""
        while not ended.wait(LOOK_AT_ADDRESSES_EVERY):
            found = self._addresses_now()
            with self._lock:
                if found is not None and not ended.is_set() and found != self._addresses:
                    self._take_addresses(found)

    def _addresses_now(self) -> list[str] | None:
        """Return the class's addresses; None while they cannot be read, as when a network comes or goes."""
        try:
            return self._find_addresses()
        except OSError:
            logger.warning("The computer's addresses cannot be read now.", exc_info=True)
            return None

    def _take_addresses(self, found: list[str]) -> None:
        self._addresses = found
        if self._on_addresses:
            self._on_addresses(list(found))

    # The doors: who may come in at which listener, and what the request is told of it.

    def _window_door(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        beside = self._window_content.port if self._window_content else 0
        return self._enter("window", self._here(self.port), beside, environ, start_response)

    def _class_door(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        shared, beside = self._class, self._class_content
        if shared is None or beside is None:
            return answer(environ, start_response, 503)
        names = host_names(self._addresses, shared.port)
        return self._enter("class", names, beside.port, environ, start_response)

    def _enter(
        self, name: str, hosts: Collection[str], beside: int, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if host not in hosts:
            return answer(environ, start_response, 400, ELSEWHERE)
        environ["kolibri.listener"] = name
        environ["kolibri.content_origin"] = f"http://{_bare(host)}:{beside}"
        if environ["PATH_INFO"].startswith(media.PREFIX):
            return self._media(environ, start_response)
        return self._app(environ, start_response)

    def _window_content_door(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        own = self._window_content.port if self._window_content else 0
        return self._enter_content(self._here(own), environ, start_response)

    def _class_content_door(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        own = self._class_content
        if own is None:
            return answer(environ, start_response, 503)
        return self._enter_content(host_names(self._addresses, own.port), environ, start_response)

    def _enter_content(
        self, hosts: Collection[str], environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        if environ.get("HTTP_HOST", "") not in hosts:
            return answer(environ, start_response, 400, ELSEWHERE)
        return self._content(environ, start_response)

    @staticmethod
    def _here(port: int) -> tuple[str, str]:
        return f"{LOOPBACK}:{port}", f"localhost:{port}"


def _bare(host: str) -> str:
    return host.partition(":")[0]


def _allow_many_files() -> None:
    """Raise the number of files and sockets that a process may open, where the system's default is small."""
    if sys.platform == "win32":
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
