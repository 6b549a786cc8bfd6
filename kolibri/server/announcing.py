"""Letting other computers find this one, while it shares with the class and the admin lets them sync with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Final

from django.db import Error
from django.db import connections

from kolibri.core.device.sharing import Sharing

logger = logging.getLogger(__name__)

_LOOK_EVERY: Final = 3.0


class Announcer:
    """Follows the listener and the admin's choice in a thread of its own; says nothing before `start`."""

    def __init__(self, sharing: Callable[[], Sharing]) -> None:
        self._sharing = sharing
        self._ended = threading.Event()
        # A thread that was made and does not run yet cannot be waited for.
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow; nothing after `stop`."""
        with self._lock:
            if self._ended.is_set():
                return
            self._thread = threading.Thread(target=self._follow, name="announcer", daemon=True)
            self._thread.start()

    def stop(self, seconds: float = 0.5) -> None:
        """Take back what was said; from any thread, also before or during the start."""
        self._ended.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def _follow(self) -> None:
        # Not above: the settings are not known when this module is loaded.
        from kolibri.core.sync.network.models import SyncDoor
        from kolibri.core.sync.network.nearby import Announcement
        from kolibri.core.sync.network.public_api import fields

        announcement = Announcement()
        said: Sharing | None = None
        try:
            while not self._ended.wait(_LOOK_EVERY if said else 1.0):
                now = self._sharing()
                try:
                    wanted = now if now.urls and SyncDoor.is_open_now() else None
                    if wanted == said:
                        continue
                    if wanted is None:
                        announcement.stop()
                        said = None
                    elif announcement.say(wanted.addresses, wanted.port, fields()):
                        said = wanted
                except (OSError, Error):
                    logger.warning("Other computers cannot find this one now.", exc_info=True)
                finally:
                    connections.close_all()
        finally:
            announcement.stop()
