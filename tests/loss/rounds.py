"""One round: start a process that writes, stop it in the middle, and see what is left."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.loss.ledger import Event
from tests.loss.ledger import Ledger
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 60
CLIENTS = 3


@dataclass(frozen=True)
class Ground:
    """A home with a school in it, and what a client needs to write into it."""

    home: Path
    admin: str
    classroom: str
    cookie: str
    session: str
    token: str

    @property
    def database(self) -> Path:
        return self.home / "db.sqlite3"

    def copy(self, home: Path) -> Ground:
        shutil.copytree(self.home, home)
        return Ground(**{**vars(self), "home": home})


def environment(home: Path, shim: Path | None = None, diary: Path | None = None, journal: str = "") -> dict[str, str]:
    """Return the variables for a process on that home, with its writes kept in the diary if one is given."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("KOLIBRI_", "LOSS_")) and name not in ("DJANGO_SETTINGS_MODULE", "LD_PRELOAD")
    }
    ours |= {"KOLIBRI_HOME": str(home), "PYTHONPATH": str(ROOT), "KOLIBRI_JOURNAL": journal}
    if shim and diary:
        ours |= {"LD_PRELOAD": str(shim), "LOSS_FILE": str((home / "db.sqlite3").resolve()), "LOSS_DIARY": str(diary)}
    return ours


def prepare_ground(home: Path) -> Ground:
    """Make a home with a school in it."""
    made = subprocess.run(
        [sys.executable, "-m", "tests.loss.writer", "prepare"],
        env=environment(home),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return Ground(home=home, **json.loads(made.stdout))


def write_until_killed(
    ground: Ground,
    ledger: Ledger,
    seconds: float,
    *,
    shim: Path | None = None,
    diary: Path | None = None,
    synchronous: str = "",
    journal: str = "",
) -> None:
    """Let the writer process write, kill it `seconds` after its first acknowledgement, and keep what it was told."""
    told = json.dumps({"admin": ground.admin, "classroom": ground.classroom})
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.loss.writer", "write", told, *filter(None, [synchronous])],
        env=environment(ground.home, shim, diary, journal),
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    end = None
    with process.stdout as lines:
        for line in lines:
            if end is None:
                end = threading.Timer(seconds, process.kill)
                end.start()
            ledger.events.append(Event(*json.loads(line)))
    if process.wait() != -9:
        raise AssertionError(f"the writer ended by itself with {process.returncode}")


@contextmanager
def server(
    ground: Ground, shim: Path | None = None, diary: Path | None = None
) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Start the real server on the ground and yield its port and process; it is killed in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "kolibri", "start", "--foreground", "--home", str(ground.home)],
        env=environment(ground.home, shim, diary),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    late = threading.Timer(START_SECONDS, process.kill)
    late.start()
    try:
        line = process.stdout.readline()
        late.cancel()
        if "http://" not in line:
            raise AssertionError(f"the server did not start: {line!r}")
        yield int(line.partition("http://127.0.0.1:")[2].partition("/")[0]), process
    finally:
        late.cancel()
        process.kill()
        process.wait()
        process.stdout.close()


class Client(threading.Thread):
    """A teacher's browser: makes, changes and deletes lessons over HTTP until the server is gone."""

    def __init__(self, port: int, ground: Ground, ledger: Ledger, diary: Path | None, random: Random) -> None:
        super().__init__(daemon=True)
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self.ground, self.ledger, self.diary, self.random = ground, ledger, diary, random
        self.own: list[str] = []
        self.trouble = ""

    def run(self) -> None:
        try:
            while True:
                self.step()
        except (OSError, http.client.HTTPException):
            # The server was killed, as it should be.
            pass
        except AssertionError as error:
            self.trouble = str(error)
        finally:
            self.connection.close()

    def step(self) -> None:
        title = f"Lesson {self.random.getrandbits(64):x}"
        choice = self.random.random()
        if choice < 0.5 or len(self.own) < 3:
            body = {"title": title, "collection": self.ground.classroom, "assignments": [self.ground.classroom]}
            made = self.ask("POST", "/api/lesson/", {**body, "description": "d" * 200, "resources": []})
            self.own.append(made["id"])
            self.tell(True, made["id"], title)
        elif choice < 0.85:
            lesson = self.random.choice(self.own)
            self.tell(False, lesson, title)
            self.ask("PATCH", f"/api/lesson/{lesson}/", {"title": title})
            self.tell(True, lesson, title)
        else:
            lesson = self.own.pop()
            self.tell(False, lesson, None)
            self.ask("DELETE", f"/api/lesson/{lesson}/", None)
            self.tell(True, lesson, None)

    def ask(self, method: str, path: str, body: dict[str, object] | None) -> dict[str, str]:
        headers = {"Cookie": f"{self.ground.cookie}={self.ground.session}", "X-CSRFToken": self.ground.token}
        headers["Content-Type"] = "application/json"
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        assert 200 <= answer.status < 300, f"{method} {path} was answered {answer.status}: {content[:300]!r}"
        return dict(json.loads(content)) if content else {}

    def tell(self, done: bool, lesson: str, title: str | None) -> None:
        at = self.diary.stat().st_size if self.diary else 0
        self.ledger.events.append(Event(done, lesson, title, at))


def serve_until_killed(
    ground: Ground,
    ledger: Ledger,
    seconds: float,
    random: Random,
    *,
    shim: Path | None = None,
    diary: Path | None = None,
) -> None:
    """Let clients write to the real server, kill it after `seconds`, and keep what they were told."""
    before = ledger.acknowledged
    with server(ground, shim, diary) as (port, process):
        clients = [Client(port, ground, ledger, diary, random) for _number in range(CLIENTS)]
        for client in clients:
            client.start()
        # A slow machine gets the time for a first acknowledgement: a round without one shows nothing.
        end = time.monotonic() + START_SECONDS
        while ledger.acknowledged == before and not any(client.trouble for client in clients):
            assert time.monotonic() < end, "nothing was acknowledged"
            time.sleep(0.005)
        time.sleep(seconds)
        process.kill()
        for client in clients:
            client.join()
    for client in clients:
        assert not client.trouble, client.trouble


def as_left(ground: Ground, folder: Path) -> Path:
    """Copy the database as a killed process left it, without the shared memory, and return the copy.

    Looking at the copy leaves the original for the next process to recover.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for suffix in ("", "-wal", "-journal"):
        if (path := ground.database.with_name(ground.database.name + suffix)).exists():
            shutil.copy(path, folder)
    return folder / ground.database.name
