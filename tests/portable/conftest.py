"""A stick with the program on it, and the program started from there."""

from __future__ import annotations

import html
import subprocess
import sys
from collections.abc import Callable
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import pytest

from app.portable import DATA
from app.portable import FILE
from kolibri.server import control
from tests.loss.ledger import Ledger
from tests.loss.rounds import Client
from tests.loss.rounds import Ground
from tests.loss.rounds import prepare_ground
from tests.patience import until
from tests.server.conftest import ROOT
from tests.server.conftest import ask
from tests.server.conftest import plain_environment

PACKED = Path(__file__).with_name("packed.py")
CLIENTS = 3


class Portable:
    """The program, as packed, in a folder of a stick; `person` is the home folder of who starts it."""

    def __init__(self, stick: Path, person: Path) -> None:
        self.folder = stick / "Kolibri"
        self.home = self.folder / DATA
        self.person = person
        self.said = ""
        person.mkdir(exist_ok=True)

    def lay(self, school: Path | None = None) -> Portable:
        """Put the program there, and a school's data beside it."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / FILE).write_text("[portable]\n", "utf-8")
        if school:
            # As Explorer copies: neither rights nor links.
            for path in sorted(school.rglob("*")):
                place = self.home / path.relative_to(school)
                if path.is_dir():
                    place.mkdir(parents=True, exist_ok=True)
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    place.write_bytes(path.read_bytes())
        return self

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start it without a window; a home that the environment names does not count."""
        elsewhere = {"HOME": str(self.person), "KOLIBRI_HOME": str(self.person / "not here")}
        return subprocess.Popen(
            [sys.executable, PACKED, self.folder / "kolibri-desktop", "--serve-only", *words],
            cwd=ROOT,
            env=plain_environment() | elsewhere | {"PYTHONPATH": str(ROOT), "XDG_DATA_HOME": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def running(self) -> Iterator[subprocess.Popen[str]]:
        """Start it and wait until it is ready; killed in the end."""
        process = self.start()
        try:

            def is_ready() -> bool:
                assert process.poll() is None, process.communicate()
                found = control.find(self.home)
                status = found.ask("status") if found else None
                return bool(status and status["state"] == "ready")

            until(is_ready, "the program on the stick")
            yield process
        finally:
            process.kill()
            process.communicate()

    def ended(self, process: subprocess.Popen[str], seconds: float = 60) -> tuple[int, str, str]:
        """Return the exit status and what it said; never a traceback."""
        out, err = process.communicate(timeout=seconds)
        assert "Traceback" not in out + err, err
        return process.returncode, out, err


@pytest.fixture(scope="session")
def school(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    """A home with a school in it, on this computer."""
    return prepare_ground(tmp_path_factory.mktemp("school") / "home")


@pytest.fixture
def write(school: Ground, chance: Random) -> Iterator[Callable[[int, Ledger], list[Client]]]:
    """Let clients write over HTTP, and tell the ledger what was acknowledged."""
    started: list[Client] = []

    def begin(port: int, ledger: Ledger) -> list[Client]:
        clients = [Client(port, school, ledger, None, chance) for _number in range(CLIENTS)]
        started.extend(clients)
        for client in clients:
            client.start()
        until(lambda: ledger.acknowledged > CLIENTS, "what was written")
        return clients

    yield begin
    for client in started:
        client.join(30)


@pytest.fixture
def chance() -> Random:
    return Random(5)


def page(port: int) -> str:
    """Return the page that the window shows."""
    return html.unescape(ask(port).body.decode())
