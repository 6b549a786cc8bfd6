"""Start and stop the whole server, in order: bind, home, upgrade, Django, jobs, ready.

`app.main` and `kolibri start` both go through `start`. It returns as soon as the window's port
is bound, so that a window may open at once: until the rest is ready the address gives a page
that says so, and after a failure one with the reason, the log's place and a retry button.
"""

import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any
from typing import Final
from typing import Literal
from urllib.parse import quote

import django
from django.conf import settings as django_settings
from django.utils import translation

from kolibri import __version__
from kolibri.core.device import sharing
from kolibri.core.device import window_key
from kolibri.core.device.sharing import Sharing
from kolibri.core.sync.network import nearby
from kolibri.errors import KolibriError
from kolibri.server import control
from kolibri.server import journal
from kolibri.server import portable
from kolibri.server.addresses import class_addresses
from kolibri.server.announcing import Announcer
from kolibri.server.home import LOG
from kolibri.server.home import log_to
from kolibri.server.home import of_process
from kolibri.server.home import prepare
from kolibri.server.home import stop_log
from kolibri.server.listeners import Listeners
from kolibri.server.lock import HomeLock
from kolibri.server.portable import Presence
from kolibri.server.public import public_door
from kolibri.server.sentences import system_language
from kolibri.server.starting import Front
from kolibri.server.starting import Remedy

logger = logging.getLogger(__name__)

State = Literal["starting", "ready", "failed", "stopped"]

# The parts of a stop go on side by side; the longest must leave room in the 3 s that are promised.
_LISTENERS_STOP: Final = 1.6
_JOBS_STOP: Final = 1.5
_ALL_STOPS: Final = 2.4


class Running:
    """A server that was started. Safe to use from any thread."""

    def __init__(
        self,
        home: Path,
        settings: str,
        on_raise: Callable[[], None] | None,
        on_stop: Callable[[], None] | None,
        on_gone: Callable[[], None] | None = None,
        is_portable: bool = False,
    ) -> None:
        self.home = home.expanduser().absolute()
        self._settings = settings
        self._on_raise = on_raise
        self._on_stop = on_stop
        self._on_gone = on_gone
        self._portable = is_portable
        self._presence: Presence | None = None
        self._is_gone = False
        self._is_saved = False
        self._state: State = "starting"
        self._problem = ""
        self._settled = threading.Event()
        self._stopping = threading.Event()
        self._stopped = threading.Event()
        self._stop_lock = threading.Lock()
        self._start_lock = threading.Lock()
        self._starter: threading.Thread | None = None
        self._engine: ModuleType | None = None
        self._fixed_hosts: list[str] | None = None
        self._lock = HomeLock(self.home)
        self._front = Front(self._begin)
        self._control = control.Control(
            self._front,
            {"status": self._status, "enter": self._entrance, "raise": self._raised, "stop": self._asked_to_stop},
        )
        self._listeners = Listeners(
            self._control,
            self.home / "content",
            on_addresses=self._allow_hosts,
            on_worker_exit=_close_connections,
        )

        self._announcer = Announcer(self._listeners.sharing)

    @property
    def port(self) -> int:
        return self._listeners.port

    @property
    def url(self) -> str:
        """The window's address, as "http://127.0.0.1:43210/"."""
        return f"http://127.0.0.1:{self.port}/"

    def enter_url(self, next: str = "/") -> str:
        """Return an address with a fresh one-time key, which opens the window's session at `next`."""
        return f"{self.url}window/enter?key={window_key.issue()}&next={quote(next)}"

    @property
    def state(self) -> State:
        return "stopped" if self._stopping.is_set() else self._state

    @property
    def problem(self) -> str:
        """The sentence that says why the start failed, or an empty one."""
        return self._problem

    @property
    def is_gone(self) -> bool:
        """Whether the stick that holds a portable home was pulled out, or can be written no more."""
        return self._is_gone

    @property
    def is_saved(self) -> bool:
        """Whether `stop` has left the database whole and alone, with nothing beside it that belongs to it."""
        return self._is_saved

    def wait(self, timeout: float | None = None) -> State:
        """Wait until the start has come to an end, one way or the other, and return the state."""
        self._settled.wait(timeout)
        return self.state

    def wait_stopped(self, timeout: float | None = None) -> bool:
        """Wait until `stop` is done; True when it is."""
        return self._stopped.wait(timeout)

    def share(self) -> Sharing:
        """Open the class's listener, at its old port if that is free. Raises KolibriError when it cannot be."""
        return _ClassSharing(self._listeners).start()

    def unshare(self) -> Sharing:
        """Close the class's listener."""
        return self._listeners.unshare()

    def stop(self) -> None:
        """Stop everything within 3 s, at any moment; a second call waits for the first."""
        with self._stop_lock:
            if self._stopped.is_set():
                return
            last = time.monotonic() + _ALL_STOPS
            self._stopping.set()
            self._settled.set()
            if self._presence:
                self._presence.stop()
            sharing.register(None)
            jobs = threading.Thread(target=self._stop_jobs, name="stop-jobs", daemon=True)
            jobs.start()
            nearby.register(None)
            self._announcer.stop(0.2)
            self._listeners.stop(_LISTENERS_STOP)
            jobs.join(_JOBS_STOP + 0.2)
            with self._start_lock:
                # Not before it runs: what is only made cannot be waited for.
                starter = self._starter
            if starter is not None and starter is not threading.current_thread():
                # An upgrade cannot be interrupted, but every step of it is whole or not there at all. Any other
                # start ends by itself before its next step, and then leaves no log beside the database.
                starter.join(max(0.0, last - time.monotonic()))
            if starter is None or not starter.is_alive():
                self._is_saved = not self._is_gone and _checkpoint()
                self._lock.release()
            control.withdraw(self.home)
            logger.info("Stopped.")
            self._stopped.set()

    def _serve(self, port: int) -> None:
        self._listeners.prepare(port)
        self._listeners.serve()
        self._begin()

    def _begin(self, first: Callable[[], None] | None = None) -> None:
        """Start, or after a failure start again, what lies behind the listeners; do `first` before."""
        with self._start_lock:
            if self._stopping.is_set() or self._is_gone or (self._starter is not None and self._starter.is_alive()):
                return
            self._state, self._problem = "starting", ""
            self._settled.clear()
            self._front.starting()
            self._starter = threading.Thread(target=self._start, args=(first,), name="start", daemon=True)
            self._starter.start()

    def _start(self, first: Callable[[], None] | None) -> None:
        try:
            if first:
                first()
            self._make_ready()
        except KolibriError as error:
            logger.error("The start failed: %s", error)
            # Of an error that knows what can be done.
            self._fail(str(error), getattr(error, "remedies", ()))
        except Exception as error:
            logger.exception("The start failed.")
            self._fail(f"{type(error).__name__}: {error}")

    def _fail(self, problem: str, remedies: Sequence[Remedy] = ()) -> None:
        if self._is_gone:
            return
        self._state, self._problem = "failed", problem
        log = of_process(self.home, LOG)
        self._front.failed(problem, log if log.exists() else None, remedies)
        self._settled.set()

    def _lose(self, problem: str) -> None:
        """The stick is gone, or writes no more: say so to everybody, and write nothing anywhere else instead."""
        self._is_gone = True
        stop_log()
        # What a request on its way meets now, without its templates perhaps, is nobody's to read in a terminal.
        logging.getLogger().addHandler(logging.NullHandler())
        self._state, self._problem = "failed", problem
        self._front.lost(problem)
        self._settled.set()
        if self._on_gone:
            self._on_gone()
        self._stop_jobs()

    def _prepare_portable(self) -> None:
        portable.check(self.home)
        if self._presence is None:
            self._presence = Presence(self.home, self._lose)
            self._front.on_trouble = self._presence.doubt
        # The settings read it when they are imported, for the first time in this process.
        os.environ.setdefault("KOLIBRI_JOURNAL", journal.choose(self.home))

    def _make_ready(self) -> None:
        if self._portable:
            self._prepare_portable()
        else:
            prepare(self.home)
        self._lock.take()
        log_to(self.home)
        control.announce(self.home, self.port, self._control.token)
        logger.info("Kolibri Desktop %s starts at port %s in %s.", __version__, self.port, self.home)
        # The settings read these two when they are imported below, for the first time in this process.
        os.environ["KOLIBRI_HOME"] = str(self.home)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", self._settings)
        django.setup()
        # What this thread says is for the person in front of the computer.
        translation.activate(system_language() or django_settings.LANGUAGE_CODE)
        # What follows can be imported only now that Django knows its settings.
        from kolibri.core.tasks import engine
        from kolibri.server.upgrade import prepare_database

        if self._stopping.is_set():
            return
        prepare_database(self.home, self._front.starting)
        if self._stopping.is_set():
            return
        # Not above: it has models. A peer must not meet what the last run left half done.
        from kolibri.core.sync.network import leftovers

        leftovers.at_start()
        from kolibri.wsgi import application

        if self._stopping.is_set():
            return
        engine.start()
        self._engine = engine
        if self._stopping.is_set():
            self._stop_jobs()
            return
        # Not above: tasks need Django.
        from kolibri.core.backup import tasks
        from kolibri.core.sync.arrivals import tasks as arrivals
        from kolibri.core.sync.network import tasks as syncs

        tasks.plan()
        arrivals.at_start()
        syncs.at_start()
        if public := public_door(django_settings):
            # Who reaches a district's server is settled by its administrator; no screen opens or closes it.
            self._listeners.publish(public)
        else:
            sharing.register(_ClassSharing(self._listeners))
            nearby.register(class_addresses)
            self._announcer.start()
        _close_connections()
        if self._is_gone:
            return
        self._state = "ready"
        self._front.ready(application)
        self._settled.set()
        logger.info("Ready.")
        self._share_again()

    def _share_again(self) -> None:
        """Let the class in as it was let in before, where the teacher has said so."""
        from django.db import Error

        from kolibri.core.device.models import DeviceSettings

        if self._stopping.is_set() or not sharing.can_switch():
            return
        try:
            if DeviceSettings.current().shares_at_start:
                sharing.start()
        except (KolibriError, OSError, Error) as error:
            # The page has the button and says what is wrong; the program is ready all the same.
            logger.warning("The class was not let in again: %s", error)
        finally:
            _close_connections()

    def _stop_jobs(self) -> None:
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.stop(_JOBS_STOP)

    def _allow_hosts(self, addresses: list[str]) -> None:
        if self._fixed_hosts is None:
            self._fixed_hosts = list(django_settings.ALLOWED_HOSTS)
        django_settings.ALLOWED_HOSTS[:] = [*self._fixed_hosts, *addresses]

    # What the control token opens.

    def _status(self) -> Mapping[str, Any]:
        shared = self._listeners.sharing()
        return {
            "state": self.state,
            "problem": self._problem,
            "url": self.url,
            "class": list(shared.urls),
            "version": __version__,
        }

    def _entrance(self) -> Mapping[str, Any]:
        return {"url": self.enter_url()}

    def _raised(self) -> Mapping[str, Any]:
        if self._on_raise:
            self._on_raise()
        return {"raised": self._on_raise is not None}

    def _asked_to_stop(self) -> Mapping[str, Any]:
        # The answer goes out first; `stop` would cut its connection.
        soon = threading.Timer(0.1, self._on_stop or self.stop)
        soon.daemon = True
        soon.start()
        return {"stopping": True}


class _ClassSharing:
    """Sharing as screens ask for it; the class's port is kept, so that a poster stays right."""

    def __init__(self, listeners: Listeners) -> None:
        self._listeners = listeners

    def state(self) -> Sharing:
        return self._listeners.sharing()

    def start(self) -> Sharing:
        from django.db import Error

        from kolibri.core.device.models import DeviceSettings

        kept = DeviceSettings.objects.filter(pk=DeviceSettings.ONLY)
        before = kept.values_list("class_port", flat=True).first()
        shared = self._listeners.share(before)
        try:
            if shared.port != before and kept.update(class_port=shared.port):
                DeviceSettings.forget()
        except Error:
            # A full disk, say. The class is in all the same; only the next time it may be at another port.
            logger.warning("The class's port was not kept.", exc_info=True)
        return shared

    def stop(self) -> Sharing:
        return self._listeners.unshare()


def start(
    home: Path,
    *,
    port: int = 0,
    settings: str = "kolibri.settings.desktop",
    on_raise: Callable[[], None] | None = None,
    on_stop: Callable[[], None] | None = None,
    on_gone: Callable[[], None] | None = None,
    is_portable: bool = False,
) -> Running:
    """Bind 127.0.0.1 at `port` (0: any free one) and start the rest in a thread.

    `on_raise` is called when a second start asks this one to show itself, `on_stop` when
    `kolibri stop` asks it to end; without `on_stop` the server stops itself. A portable home is
    beside the program and may be pulled out: `on_gone` is called when it was.
    Raises KolibriError when the port cannot be had. One server a process.
    """
    running = Running(home, settings, on_raise, on_stop, on_gone, is_portable)
    running._serve(port)
    return running


def _close_connections() -> None:
    from django.db import connections

    connections.close_all()


def _checkpoint() -> bool:
    """Put what the write-ahead log holds into the database file, and empty the log. False when that cannot be."""
    if not django_settings.configured:
        return True
    _close_connections()
    database = django_settings.DATABASES["default"]
    path = Path(database["NAME"])
    if not database["ENGINE"].endswith("sqlite3") or not path.exists():
        return True
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=0.3)) as plain:
            (is_busy, _pages, _moved) = plain.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        logger.exception("The database's log could not be emptied; nothing in it is lost.")
        return False
    return not is_busy
