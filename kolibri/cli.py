"""The command `kolibri`: start, stop and look at the server, and Django's own commands.

kolibri start [--foreground] [--home DIR] [--port N]
kolibri stop | status | restart [--home DIR]
kolibri manage COMMAND ...
kolibri shell [...]                  Django's shell on the home, as `kolibri manage shell`
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Final

from kolibri import __version__

if TYPE_CHECKING:
    from kolibri.server.control import Server

DESKTOP: Final = "kolibri.settings.desktop"
SERVER: Final = "kolibri.settings.server"

# Commands for the people who build the program: they need no home and must not make one.
_WITHOUT_HOME: Final = frozenset(
    {"builddatabase", "check", "collectstatic", "compilemessages", "help", "makemessages", "makemigrations", "version"}
)
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 10.0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit status."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] == "manage":
        # Everything behind it belongs to the other command, options too.
        return manage(words[1:])
    if words and words[0] == "shell":
        return manage(words)
    options = _parser().parse_args(words)
    # What follows loads Django; a question for the version or the usage does not.
    from kolibri.settings import environment

    home = options.home.expanduser().absolute() if options.home else environment.home()
    if options.command == "start":
        return _foreground(home, options.port) if options.foreground else _start(home, options.port)
    if options.command == "restart":
        return _stop(home) or _start(home, options.port)
    return _stop(home) if options.command == "stop" else _status(home)


def manage(words: list[str]) -> int:
    """Run one of Django's commands in the home of KOLIBRI_HOME, and return its exit status."""
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from kolibri.errors import KolibriError
    from kolibri.server.home import prepare
    from kolibri.settings import environment

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", _settings())
    try:
        if words and words[0] not in _WITHOUT_HOME:
            prepare(environment.home())
        execute_from_command_line(["kolibri manage", *words])
    except (KolibriError, ImproperlyConfigured) as error:
        return _complain(str(error))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(bool(end.code))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kolibri", description="The server of Kolibri Desktop.")
    parser.add_argument("--version", action="version", version=f"kolibri-desktop {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in {
        "start": "start the server",
        "stop": "stop it",
        "restart": "stop it and start it again",
        "status": "say whether it runs, and where",
        "manage": "run one of Django's commands",
        "shell": "Python with this home's database; on PostgreSQL with DATABASE_URL",
    }.items():
        command = commands.add_parser(name, help=what)
        command.add_argument("--home", type=Path, help="the folder with all data; default: KOLIBRI_HOME, or the user's")
        if name in ("start", "restart"):
            command.add_argument("--port", type=_port, default=0, help="the port on this computer; default: a free one")
        if name == "start":
            command.add_argument("--foreground", action="store_true", help="stay in this terminal")
    return parser


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: allowed are whole numbers from 0 to 65535")


def _settings() -> str:
    from kolibri.settings import environment

    return SERVER if environment.text("DATABASE_URL") else DESKTOP


def _foreground(home: Path, port: int) -> int:
    """Serve in this process until a signal or `kolibri stop`. 0: stopped as asked; 1: it could not start."""
    asked = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: asked.set())

    from kolibri.errors import KolibriError
    from kolibri.server import control
    from kolibri.server import run

    if control.find(home):
        return _complain("It runs already. `kolibri status` says where.")
    try:
        running = run.start(home, port=port, settings=_settings(), on_stop=asked.set)
    except KolibriError as error:
        return _complain(str(error))
    is_told = False
    # Short waits: on Windows a signal does not end a long one.
    while not asked.wait(0.1 if not is_told else 0.5):
        if not is_told and running.state == "ready":
            is_told = True
            print(f"Kolibri Desktop is at {running.enter_url()}", flush=True)
        elif running.state == "failed":
            _complain(running.problem)
            break
    has_failed = running.state == "failed" and not asked.is_set()
    running.stop()
    return int(has_failed)


def _start(home: Path, port: int) -> int:
    """Start a process of its own for the server, and wait until it answers or gives up."""
    from kolibri.server import control

    if control.find(home):
        return _complain("It runs already. `kolibri status` says where.")
    command = [sys.executable, "-m", "kolibri", "start", "--foreground", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            return _complain((process.stderr.read() if process.stderr else "").strip() or "It did not start.")
        server = control.find(home)
        status = server.ask("status") if server else None
        if server and status and status["state"] == "ready":
            entrance = server.ask("enter") or status
            print(f"Kolibri Desktop is at {entrance['url']}")
            return 0
        time.sleep(0.1)
    return _complain(f"It is still starting after {_START_SECONDS:.0f} seconds. `kolibri status` tells more.")


def _stop(home: Path) -> int:
    from kolibri.server import control

    server = control.find(home)
    if server is None:
        print("It does not run.")
        return 0
    if server.ask("stop") is None:
        _terminate(server)
    end = time.monotonic() + _STOP_SECONDS
    while server.is_alive():
        if time.monotonic() > end:
            return _complain("It does not stop. The log in its home may say why.")
        time.sleep(0.05)
    print("Stopped.")
    return 0


def _terminate(server: Server) -> None:
    """Ask through the system a server that no longer answers; it was found to be that very process."""
    os.kill(server.pid, signal.SIGTERM)


def _status(home: Path) -> int:
    """0: ready; 1: not running; 2: starting, failed or not answering."""
    from kolibri.server import control

    server = control.find(home)
    if server is None:
        print("It does not run.")
        return 1
    status = server.ask("status")
    if status is None:
        return _complain("It runs but does not answer.", 2)
    print(f"{status['state']} {status['url']} {status['problem']}".strip())
    for address in status["class"]:
        print(f"class {address}")
    return 0 if status["state"] == "ready" else 2


def _complain(sentence: str, status: int = 1) -> int:
    print(sentence, file=sys.stderr)
    return status
