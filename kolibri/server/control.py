"""How other processes of the same person reach a running server: `run/server.json` and `/control/...`.

The file is readable for its owner alone and holds a token; a second start, `kolibri stop` and
`kolibri status` send it to the window's listener. It works before Django does.
"""

import hmac
import http.client
import json
import os
import secrets
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from dataclasses import asdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from typing import Final

import psutil

from kolibri.server.home import of_process
from kolibri.server.home import write_whole
from kolibri.server.listener import WSGIApp
from kolibri.server.plain import Environ
from kolibri.server.plain import StartResponse
from kolibri.server.plain import answer

PREFIX: Final = "/control/"
FILE: Final = "run/server.json"

Action = Callable[[], Mapping[str, Any]]


@dataclass(frozen=True)
class Server:
    """What a running server says of itself in its home."""

    pid: int
    began: float
    port: int
    token: str

    def is_alive(self) -> bool:
        """Whether that very process still runs; a number that was given out again does not count."""
        try:
            process = psutil.Process(self.pid)
            is_it = abs(process.create_time() - self.began) < 2
            # One that has ended stays in the system's list until somebody has noted its end.
            return is_it and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def ask(self, action: str, seconds: float = 5.0) -> dict[str, Any] | None:
        """Ask for "status", "enter", "raise" or "stop"; returns the answer, or None when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            connection.request("POST", PREFIX + action, headers={"Authorization": f"Bearer {self.token}"})
            response = connection.getresponse()
            body = response.read()
            found = json.loads(body) if response.status == 200 else None
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            connection.close()
        return found if isinstance(found, dict) else None


def announce(home: Path, port: int, token: str) -> None:
    """Write the file. Raises OSError."""
    began = psutil.Process().create_time()
    me = Server(pid=os.getpid(), began=began, port=port, token=token)
    write_whole(of_process(home, FILE), json.dumps(asdict(me)).encode())


def withdraw(home: Path) -> None:
    """Remove the file, if it is this process's own."""
    found = read(home)
    if found is not None and found.pid == os.getpid():
        of_process(home, FILE).unlink(missing_ok=True)


def read(home: Path) -> Server | None:
    """Return what the file says, whether or not the process is still there."""
    try:
        return Server(**json.loads(of_process(home, FILE).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def find(home: Path) -> Server | None:
    """Return the running server of a home, or None."""
    found = read(home)
    return found if found is not None and found.is_alive() else None


class Control:
    """A WSGI application in front of `app`: the token opens `actions`, each answered as JSON."""

    def __init__(self, app: WSGIApp, actions: Mapping[str, Action]) -> None:
        self.token = secrets.token_urlsafe(32)
        self._app = app
        self._actions = actions

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if environ.get("kolibri.listener") != "window" or not path.startswith(PREFIX):
            return self._app(environ, start_response)
        given = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1", "replace")
        action = self._actions.get(path.removeprefix(PREFIX))
        if not hmac.compare_digest(given, f"Bearer {self.token}".encode()) or action is None:
            return answer(environ, start_response, 404)
        if environ["REQUEST_METHOD"] != "POST":
            return answer(environ, start_response, 405, headers=[("Allow", "POST")])
        return answer(environ, start_response, 200, json.dumps(action()), content_type="application/json")
