"""A computer with a school in a process of its own, which can be killed, and a bad network in front of it."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[4]
MAKE = """
from kolibri.core.device.models import DeviceSettings
from tests.schools import make_school
made = make_school()
DeviceSettings(is_provisioned=True, default_facility=made.facility, language="en", name="The office").save()
"""


class Office:
    """The computer. `address` is valid while it runs."""

    def __init__(self, home: Path, make: str = MAKE) -> None:
        self.home = home
        self.address = ""
        self._process: subprocess.Popen[str] | None = None
        self.environment = {
            **os.environ,
            "KOLIBRI_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "kolibri.settings.desktop",
        }
        self.manage("migrate", "-v0")
        if make:
            self.manage("shell", "-v0", "-c", make)

    def manage(self, *words: str, **more: str) -> str:
        command = [sys.executable, "-m", "kolibri", "manage", *words]
        done = subprocess.run(
            command, env={**self.environment, **more}, cwd=ROOT, capture_output=True, text=True, check=True
        )
        return done.stdout

    def start(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.interop.serve", str(self.home)],
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self.address = json.loads(self._process.stdout.readline())["address"]

    def stop(self) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def ended(self) -> int:
        """Wait until it has ended by itself, and return how."""
        assert self._process is not None
        status = self._process.wait(timeout=60)
        self._process.communicate()
        self._process = None
        return status

    def kill(self) -> None:
        """End it as a power cut does."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        """Read from its database."""
        with contextlib.closing(sqlite3.connect(f"file:{self.home / 'db.sqlite3'}?mode=ro", uri=True)) as plain:
            return plain.execute(statement).fetchall()

    def store(self) -> dict[str, tuple[Any, ...]]:
        """Return every record that it holds."""
        return {row[0]: tuple(row[1:]) for row in self.ask(STORE)}


STORE = (
    "SELECT id, serialized, deleted, last_saved_instance, last_saved_counter, partition, dirty_bit FROM morango_store"
)


class BadNetwork:
    """A proxy that lets `most` bytes through, both ways together, and then nothing more.

    With `blinks` it then only loses the connections that are open, and begins to count anew.
    """

    def __init__(self, address: str, most: int | None, *, blinks: bool = False) -> None:
        self._most, self._blinks = most, blinks
        self.blinked = 0
        self._port = int(address.rstrip("/").rpartition(":")[2])
        self.left = most
        self.passed = 0
        self._lock = threading.Lock()
        self._socket, self.port = _listener_like(self._port)
        self._open: list[socket.socket] = []
        self._all: list[socket.socket] = []
        self._is_over = False
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def close(self) -> None:
        self._is_over = True
        for one in (self._socket, *self._all):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def heal(self) -> None:
        """Let everything through from now on, at the same address."""
        self.close()
        self.left = self._most = None
        self._socket = _listener(self.port)
        self._is_over = False
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self._is_over:
            try:
                near, _address = self._socket.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                near.close()
                continue
            self._open += [near, far]
            self._all += [near, far]
            # The server knows itself by its own port: the name of this one is replaced, at the same length.
            said, meant = (f"127.0.0.1:{port}".encode() for port in (self.port, self._port))
            threading.Thread(target=self._carry, args=(near, far, said, meant), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, b"", b""), daemon=True).start()

    def _carry(self, one: socket.socket, other: socket.socket, said: bytes, meant: bytes) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                allowed = self._take(len(data))
                if said:
                    data = data.replace(said, meant)
                other.sendall(data[:allowed])
                if allowed < len(data):
                    self._cut()
                    return
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        if not self._blinks:
            self.close()
            return
        with self._lock:
            self.blinked += 1
            self.left = self._most
            lost, self._open = self._open, []
        for one in lost:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _take(self, wanted: int) -> int:
        with self._lock:
            allowed = wanted if self.left is None else min(wanted, self.left)
            if self.left is not None:
                self.left -= allowed
            self.passed += allowed
            return allowed


def _listener_like(port: int) -> tuple[socket.socket, int]:
    """Return a listener on a port with as many digits."""
    first = 10 ** (len(str(port)) - 1)
    for candidate in range(first * 2, first * 3):
        with contextlib.suppress(OSError):
            return _listener(candidate), candidate
    raise AssertionError("no port is free")


def _listener(port: int) -> socket.socket:
    """Return a listener on the port, also where one has just ended. Raises OSError."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind(("127.0.0.1", port))
    except OSError:
        made.close()
        raise
    made.listen(16)
    return made
