"""The command line. Loads nothing else, so that --help and --version answer at once."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kolibri import __version__


@dataclass(frozen=True)
class Options:
    """What was asked for; `home` is None when the environment or the default says it."""

    home: Path | None = None
    serve_only: bool = False
    port: int = 0
    stop: bool = False
    is_portable: bool = False
    """Whether the home is beside the program and moves with it (`app.portable`)."""


def read(words: Sequence[str]) -> Options:
    """Return the options. Raises SystemExit with 0 for --help and --version, 2 for what cannot be understood."""
    parser = argparse.ArgumentParser(prog="kolibri-desktop", description="A school's lessons, with no network needed.")
    parser.add_argument("--version", action="version", version=f"kolibri-desktop {__version__}")
    parser.add_argument("--home", type=Path, help="the folder with all data; default: KOLIBRI_HOME, or the user's own")
    parser.add_argument("--serve-only", action="store_true", help="open no window; print the address")
    parser.add_argument("--port", type=_port, default=0, help="the port on this computer; default: a free one")
    parser.add_argument("--stop", action="store_true", help="end the copy that runs on that folder, and wait for it")
    found = parser.parse_args(words)
    return Options(found.home.expanduser().absolute() if found.home else None, found.serve_only, found.port, found.stop)


def _port(text: str) -> int:
    if text.isdecimal() and int(text) < 65_536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r}: allowed are whole numbers from 0 to 65535")
