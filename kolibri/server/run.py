"""Start and stop the whole server, in order: bind, home, upgrade, Django, jobs, ready.

`app.main` and `kolibri start` both go through `start`. It returns as soon as the window's port
is bound, so that a window may open at once: until the rest is ready the address gives a page
that says so, and after a failure one with the reason, the log's place and a retry button.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

State = Literal["starting", "ready", "failed", "stopped"]


class Running:
    """A server that was started. Safe to use from any thread."""

    home: Path
    port: int
    url: str  # "http://127.0.0.1:43210/"

    def enter_url(self, next: str = "/") -> str:
        """Return an address with a fresh one-time key, which opens the window's session at `next`."""
        raise NotImplementedError

    @property
    def state(self) -> State:
        raise NotImplementedError

    @property
    def problem(self) -> str:
        """The sentence that says why the start failed, or an empty one."""
        raise NotImplementedError

    def wait(self, timeout: float | None = None) -> State:
        """Wait until the start has come to an end, one way or the other, and return the state."""
        raise NotImplementedError

    def share(self) -> None:
        """Open the class's listener. Raises KolibriError when no port or no address is there."""
        raise NotImplementedError

    def unshare(self) -> None:
        """Close the class's listener."""
        raise NotImplementedError

    def stop(self) -> None:
        """Stop everything within 3 s, at any moment; the second call does nothing."""
        raise NotImplementedError


def start(
    home: Path,
    *,
    port: int = 0,
    settings: str = "kolibri.settings.desktop",
    on_raise: Callable[[], None] | None = None,
    on_stop: Callable[[], None] | None = None,
) -> Running:
    """Bind 127.0.0.1 at `port` (0: any free one) and start the rest in a thread.

    `on_raise` is called when a second start asks this one to show itself, `on_stop` when
    `kolibri stop` asks it to end; without `on_stop` the server stops itself.
    Raises KolibriError when the port cannot be had.
    """
    raise NotImplementedError
