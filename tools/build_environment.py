"""The environment that programs are packed in: what the lock names, and nothing that only developers have."""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path

if os.name != "nt":
    import fcntl

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
LOCK = ROOT / "requirements" / "build.txt"


def environment() -> Path:
    """Return the Python of build/venv, which holds exactly what the lock names."""
    folder = BUILD / "venv"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    BUILD.mkdir(exist_ok=True)
    with _alone(BUILD / "venv.lock"):
        stamp, now = folder / "lock.sha256", hashlib.sha256(LOCK.read_bytes()).hexdigest()
        if stamp.exists() and stamp.read_text("ascii") == now:
            return python
        venv.create(folder, with_pip=True, clear=True)
        # PyInstaller compiles what it takes by itself.
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile")
        subprocess.run([python, *install, "--no-deps", "--require-hashes", "-r", LOCK], check=True)
        stamp.write_text(now, "ascii")
    return python


@contextlib.contextmanager
def _alone(file: Path) -> Iterator[None]:
    """Wait for another build that makes the environment at this moment; Windows has no two at a time."""
    with file.open("w") as lock:
        if os.name != "nt":
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
