"""Computers of a school for tests, each a process with a database of its own (`computer.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SCRIPT = Path(__file__).with_name("computer.py")
ROOT = SCRIPT.parents[4]


class Refusal(Exception):
    """The computer refused; `code` says why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code


class Computer:
    """Answers calls of the functions of `calls/`, as `computer.write(stick=..., dataset=...)`."""

    def __init__(
        self, home: Path, name: str, template: Path | None = None, environment: dict[str, str] | None = None
    ) -> None:
        home.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._template = template
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", **(environment or {})},
        )
        if template is not None:
            self.begin_anew()

    def begin_anew(self) -> None:
        self.instance = self.call("begin", template=str(self._template), name=self.name)

    def call(self, function: str, /, **arguments: Any) -> Any:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps([function, arguments]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.name} ended"
        answer = json.loads(line)
        if "refused" in answer:
            raise Refusal(answer["refused"], answer["sentence"])
        return answer["result"]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda **arguments: self.call(name, **arguments)

    def end(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Pause:
    """Holds a computer at its next call of "module:name", from `reached` until the end. `folder` is one of its own."""

    def __init__(self, computer: Computer, at: str, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        computer.pause(at=at, folder=str(folder))

    def reached(self) -> None:
        """Return when the computer has got there."""
        end = time.monotonic() + 60
        while not (self._folder / "reached").exists():
            assert time.monotonic() < end, "the computer did not get there"
            time.sleep(0.02)

    def __enter__(self) -> Pause:
        return self

    def __exit__(self, *raised: object) -> None:
        (self._folder / "over").touch()


def join_by_stick(new: Computer, old: Computer, dataset: str, stick: Path) -> None:
    request, _fingerprint = new.ask(stick=str(stick))
    new.join(path=old.sign(path=request, dataset=dataset))
