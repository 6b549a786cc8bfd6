"""Run a command with a PostgreSQL server of its own, which ends with it.

    python tools/postgres.py COMMAND [ARGUMENTS]

The server has its data in a temporary folder, listens on a socket in there and on no port, and writes
nothing through to the disk. The command finds its address in DATABASE_URL. The exit status is the command's.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
# PostgreSQL refuses to run as root; Debian's package makes this user.
USER = "postgres"
START_SECONDS = 30.0
# Nothing here outlives the command, so nothing need reach the disk.
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "1GB",
    "shared_buffers": "128MB",
    "max_connections": "200",
    "listen_addresses": "",
    "autovacuum": "on",
}

# As Debian has it, but for the port, and counting what each query costs.
DURABLE = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_preload_libraries": "pg_stat_statements",
    "track_io_timing": "on",
}


class NoServer(Exception):
    """There is no PostgreSQL to be had; the message says what the reader can do."""


def programs() -> Path:
    """Return the folder of the newest PostgreSQL's programs. Raises NoServer."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if elsewhere := shutil.which("initdb"):
        found.append(Path(elsewhere).resolve().parent)
    if not found:
        raise NoServer("PostgreSQL is missing. On Debian and Ubuntu: sudo apt-get install postgresql")
    return max(found, key=lambda folder: [int(number) for number in re.findall(r"\d+", str(folder))] or [0])


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Run a server until the block ends, and give the address of its empty database `kolibri`.

    With `durable` it writes through to the disk as a district's does: for measuring. Raises NoServer.
    """
    bin_folder = programs()
    with tempfile.TemporaryDirectory(prefix="kd-pg-") as name:
        folder = Path(name)
        as_user: dict[str, Any] = {}
        if os.name == "posix" and os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
            as_user = {"user": USER, "group": USER, "extra_groups": []}
        folder.chmod(0o755)
        common: dict[str, Any] = {"cwd": folder, "stdin": subprocess.DEVNULL, **as_user}
        made = subprocess.run(
            [bin_folder / "initdb", "--pgdata", folder / "data", "--username", USER, "--auth", "trust"]
            + ["--no-sync", "--encoding", "UTF8", "--locale", "C.UTF-8"],
            capture_output=True,
            text=True,
            check=False,
            **common,
        )
        if made.returncode:
            raise NoServer(f"initdb failed: {made.stderr.strip()}")
        settings = DURABLE if durable else QUICK
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [bin_folder / "postgres", "-D", folder / "data", "-k", folder, *options],
                stdout=log,
                stderr=log,
                # A Ctrl-C is for the command; the server ends behind it.
                start_new_session=True,
                **common,
            )
        try:
            _wait_for(process, bin_folder, folder)
            yield f"postgresql://{USER}@{quote(str(folder), safe='')}/kolibri"
        finally:
            # Fast shutdown: connections are cut.
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], bin_folder: Path, folder: Path) -> None:
    end = time.monotonic() + START_SECONDS
    make = [bin_folder / "createdb", "--host", folder, "--username", USER, "kolibri"]
    while subprocess.run(make, capture_output=True, check=False).returncode:
        if process.poll() is not None or time.monotonic() > end:
            raise NoServer(f"PostgreSQL does not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
        time.sleep(0.1)


def main(words: list[str]) -> int:
    if not words:
        print(__doc__)
        return 2
    # A stop that is asked for from outside must not leave the server behind.
    signal.signal(signal.SIGTERM, lambda *_args: sys.exit(143))
    with server() as address:
        return subprocess.run(words, env={**os.environ, "DATABASE_URL": address}, check=False).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except NoServer as problem:
        sys.exit(f"-- {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
