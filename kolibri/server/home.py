"""Where data lives: the home folder, its parts, its key, its log.

<home>/kolibri-desktop.json   our mark; the home of a real Kolibri is never touched
<home>/secret_key             0600, made once
<home>/db.sqlite3  content/  backups/  logs/  run/  webview/
"""

import contextlib
import errno
import json
import logging
import os
import re
import secrets
import sys
import tempfile
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

from kolibri import __version__
from kolibri.errors import KolibriError
from kolibri.server.sentences import mark as _
from kolibri.server.sentences import sentence
from kolibri.settings import environment

MARK: Final = "kolibri-desktop.json"
PARTS: Final = ("content/storage", "content/databases", "backups", "logs", "run", "webview")
LOG: Final = "logs/kolibri.log"

# What a real Kolibri leaves in its home, from its first start on.
_OF_KOLIBRI: Final = (
    "kolibri_settings.json",
    "options.ini",
    "plugins.json",
    "job_storage.sqlite3",
    "syncqueue.sqlite3",
    "networklocation.sqlite3",
    "notifications.sqlite3",
    "db.sqlite3",
)


class HomeProblem(KolibriError):
    """The folder cannot be this program's home."""

    code = "home"


def prepare(folder: Path) -> Path:
    """Make the folder a home, or find that it is one, and return its absolute path.

    Quick, imports no settings, and may be called again at any time. Raises HomeProblem when the
    folder belongs to a real Kolibri (nothing in it is changed), cannot be written, or is full.
    """
    home = folder.expanduser().absolute()
    _leave_kolibri_alone(home)
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        _try_writing(home)
        for part in PARTS:
            (home / part).mkdir(parents=True, exist_ok=True)
        if not (home / MARK).exists():
            write_whole(home / MARK, json.dumps({"version": __version__}).encode())
        _make_secret_key(home / "secret_key")
    except OSError as error:
        raise problem_of(home, error) from error
    return home


def of_process(home: Path, name: str) -> Path:
    """Return where this process keeps a file of its own: "run/server.lock", or "run/server-2.lock" for process 2.

    Raises ImproperlyConfigured when KOLIBRI_PROCESS cannot be.
    """
    path, process = home / name, environment.process()
    return path.with_stem(f"{path.stem}-{process}") if process else path


def log_to(home: Path) -> RotatingFileHandler:
    """Send all messages to `<home>/logs/kolibri.log`, which turns over at 2 MB and is kept five times.

    Calling it again, for the same or another home, replaces the file.
    """
    root = logging.getLogger()
    stop_log()
    log = _HomeLog(of_process(home, LOG), maxBytes=2 * 1024 * 1024, backupCount=5, encoding="utf-8", delay=True)
    log.setFormatter(_WithoutSecrets("{asctime} {levelname} {name}: {message}", style="{"))
    root.addHandler(log)
    root.setLevel(logging.INFO)
    logging.getLogger("huey").setLevel(logging.WARNING)
    return log


def stop_log() -> None:
    """Send no messages to a home's file any more."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _HomeLog):
            root.removeHandler(handler)
            with contextlib.suppress(OSError):
                handler.close()


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a small file so that it is there whole, on disk, or not at all. Raises OSError."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class _HomeLog(RotatingFileHandler):
    """Our handler, told from those of others."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Let a log that cannot be written be none: its disk is full, or was pulled out."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class _WithoutSecrets(logging.Formatter):
    _SECRET = re.compile(
        r"(?i)\b(key|token|password|sessionid|authorization)([\"']?\s?[=:]\s?[\"']?(?:bearer )?)[^\s&\"',;]+"
    )

    def format(self, record: logging.LogRecord) -> str:
        return self._SECRET.sub(r"\1\2...", super().format(record))


def _leave_kolibri_alone(home: Path) -> None:
    try:
        if (home / MARK).exists():
            return
        strangers = [name for name in _OF_KOLIBRI if (home / name).exists()]
    except OSError as error:
        raise problem_of(home, error) from error
    if strangers:
        raise HomeProblem(
            sentence(
                _(
                    "The folder %(folder)s belongs to another program, Kolibri. Nothing in it was changed. "
                    "Start Kolibri Desktop with another folder."
                ),
                folder=home,
            ),
            code="home_of_kolibri",
        )


def _try_writing(home: Path) -> None:
    with tempfile.TemporaryFile(dir=home, prefix=".probe-") as probe:
        probe.write(b"\0" * 4096)
        probe.flush()
        os.fsync(probe.fileno())


def _make_secret_key(path: Path) -> None:
    if path.exists() and path.stat().st_size:
        return
    write_whole(path, secrets.token_urlsafe(48).encode())


def problem_of(home: Path, error: OSError) -> HomeProblem:
    """Return what to say of a home that could not be written."""
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        text = _("There is no space left for the folder %(folder)s. Free some space, then try again.")
        return HomeProblem(sentence(text, folder=home), code="home_full")
    if error.errno in (errno.EEXIST, errno.ENOTDIR):
        text = _("%(folder)s is not a folder. Start Kolibri Desktop with another folder.")
        return HomeProblem(sentence(text, folder=home), code="home_no_folder")
    text = _("The folder %(folder)s cannot be written. Allow writing to it, or start with another folder. (%(reason)s)")
    return HomeProblem(sentence(text, folder=home, reason=error.strerror or error), code="home_read_only")
