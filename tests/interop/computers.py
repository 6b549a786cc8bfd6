"""The two kinds of computers of the comparison, each with a home of its own, on loopback."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import venv
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
VERSION = "0.19.5"
ADMIN = "head"
PASSWORD = "chalk-and-slate"  # noqa: S105  (of the tests' schools)


def install(folder: Path) -> Path:
    """Return Python with Kolibri in an environment of its own at `folder`; made there unless it is there already."""
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    if not (python.parent / "kolibri").exists() and not (python.parent / "kolibri.exe").exists():
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "-q", f"kolibri=={VERSION}"], check=True)
    return python


class Failed(Exception):
    """A command ended badly; its text is what it said last."""


def run(command: list[str | Path], environment: dict[str, str], seconds: float = 600) -> str:
    """Return what the command prints. Raises Failed."""
    done = subprocess.run(
        command, env={**os.environ, **environment}, cwd=ROOT, capture_output=True, text=True, timeout=seconds
    )
    if done.returncode:
        raise Failed((done.stdout + done.stderr).strip()[-2_000:])
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Person:
    """Who sits at a computer: a process there that does one deed after another."""

    def __init__(self, command: list[str | Path], environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def do(self, name: str, argument: str) -> Any:
        """Return what the deed returns. Raises Failed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([name, argument]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise Failed(f"Nobody is there to do {name}.")
        answer = json.loads(line)
        if "failed" in answer:
            raise Failed(answer["failed"][-2_000:])
        return answer["answer"]

    def go(self) -> None:
        """End the process."""
        self._process.communicate()


class Computer:
    """One of the two kinds, with a home of its own."""

    home: Path
    _person: Person | None = None

    def _new_person(self) -> Person:
        raise NotImplementedError

    def deed(self, name: str, argument: str = "") -> Any:
        """Do something there, as `kolibri_side` or `our_side` says."""
        if self._person is None:
            self._person = self._new_person()
        return self._person.do(name, argument)

    def leave(self) -> None:
        """End who sits there, until the next deed."""
        if self._person is not None:
            self._person.go()
            self._person = None


class Server(AbstractContextManager["Server"]):
    """A process that serves until the block ends; `address` is where."""

    address = ""
    process: subprocess.Popen[str]

    def start(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.kill() if kind else self.process.terminate()
        self.process.wait(30)


class Kolibri(Computer):
    """A real Kolibri."""

    name = "Kolibri"

    def __init__(self, python: Path, home: Path) -> None:
        self._python, self.home = python, home
        self._environment = {
            "KOLIBRI_HOME": str(home),
            "KOLIBRI_RUN_MODE": "interop",
            "KOLIBRI_NO_FILE_BASED_LOGGING": "1",
            "PYTHONWARNINGS": "ignore",
            # A package of ours has the name of Kolibri's.
            "PYTHONPATH": "",
        }

    def provision(self) -> None:
        """Make it a school's."""
        words = ["provisiondevice", "--facility", "Hill School", "--superusername", ADMIN]
        words += ["--superuserpassword", PASSWORD, "--preset", "nonformal", "--language_id", "en", "--noinput"]
        self.manage(*words)

    def manage(self, *words: str) -> str:
        """Run one of its commands."""
        return run([self._python.parent / "kolibri", "manage", *words], self._environment)

    def _new_person(self) -> Person:
        return Person([self._python, ROOT / "tests" / "interop" / "kolibri_side.py"], self._environment)

    def sync(self, address: str, password: str = PASSWORD) -> str:
        """Sync as a client."""
        return self.manage(*self._sync(address, password))

    def sync_until(self, address: str, is_time: Callable[[], bool]) -> str:
        """Begin a sync as a client, and end that process as a power cut does when it is time."""
        command = [self._python.parent / "kolibri", "manage", *self._sync(address, "not asked")]
        environment = {**os.environ, **self._environment}
        quiet = subprocess.DEVNULL
        process = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=quiet, stderr=quiet)
        while process.poll() is None and not is_time():
            time.sleep(0.005)
        if process.poll() is not None:
            raise Failed("The sync was over too soon.")
        process.kill()
        process.wait()
        return "killed"

    def resume(self, address: str, session: str) -> str:
        """Go on with a sync that was cut."""
        return self.manage("resumesync", "--baseurl", address, "--id", session, "--noninteractive")

    @staticmethod
    def _sync(address: str, password: str) -> list[str]:
        words = ["sync", "--baseurl", address, "--username", ADMIN, "--password", password]
        return [*words, "--noninteractive"]

    def serving(self) -> Server:
        return _KolibriServer(self._python, self._environment)

    @staticmethod
    def instance_at(address: str) -> str:
        """Return the instance id of whoever answers there."""
        with urllib.request.urlopen(f"{address}api/public/info/", timeout=60) as answer:
            return str(json.load(answer)["instance_id"])

    @staticmethod
    def signs_in(address: str, name: str, password: str) -> bool:
        """Whether this name and this password open a session at its own address."""
        body = json.dumps({"username": name, "password": password}).encode()
        request = urllib.request.Request(
            f"{address}api/auth/session/", body, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return bool(answer.status == 200)
        except urllib.error.HTTPError:
            return False


class _KolibriServer(Server):
    def __init__(self, python: Path, environment: dict[str, str]) -> None:
        self._python, self._environment = python, environment

    def start(self) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}/"
        command = [self._python.parent / "kolibri", "start", "--foreground", "--skip-update"]
        command += ["--port", str(port), "--zip-port", str(free_port())]
        environment = {**os.environ, **self._environment, "KOLIBRI_LISTEN_ADDRESS": "127.0.0.1"}
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
        )
        end = time.monotonic() + 120
        while time.monotonic() < end and self.process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.address}api/public/info/", timeout=5):
                    return
            except OSError:
                time.sleep(0.3)
        raise Failed("Kolibri did not start.")


class Ours(Computer):
    """This program."""

    name = "ours"

    def __init__(self, home: Path) -> None:
        self.home = home
        self._environment = {"KOLIBRI_HOME": str(home), "KOLIBRI_SYNC_PASSWORD": PASSWORD}
        home.mkdir(parents=True, exist_ok=True)
        self.manage("migrate", "-v0")

    def manage(self, *words: str) -> str:
        return run([sys.executable, "-m", "kolibri", "manage", *words], self._environment)

    def _new_person(self) -> Person:
        return Person([sys.executable, "-m", "tests.interop.our_side", self.home], self._environment)

    def sync(self, address: str, password: str = PASSWORD) -> str:
        """Sync as a client."""
        environment = {**self._environment, "KOLIBRI_SYNC_PASSWORD": password}
        command: list[str | Path] = [sys.executable, "-m", "kolibri", "manage", "sync", "--address", address]
        return run([*command, "--username", ADMIN], environment)

    def serving(self) -> Server:
        return _OurServer(self.home)

    def copy_to(self, home: Path) -> Ours:
        """Return a computer with a copy of this one's home, as a careless backup makes it."""
        self.leave()
        shutil.copytree(self.home, home)
        return Ours(home)


class _OurServer(Server):
    def __init__(self, home: Path) -> None:
        self._home = home

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.interop.serve", str(self._home)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Failed("Our server did not start.")
        self.address = json.loads(line)["address"]
