"""The home: made once, refused with a sentence when it cannot be one, never another program's."""

import errno
import hashlib
import json
import logging
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from kolibri.server import home as module
from kolibri.server.home import HomeProblem
from kolibri.server.home import log_to
from kolibri.server.home import prepare


def everything(folder: Path) -> dict[str, tuple[str, int, str]]:
    """All files below a folder, with what would change if one were touched."""
    return {
        str(path.relative_to(folder)): (
            oct(path.stat().st_mode),
            path.stat().st_mtime_ns,
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
        )
        for path in sorted(folder.rglob("*"))
    }


def test_a_home_is_made_with_its_parts(tmp_path: Path) -> None:
    home = prepare(tmp_path / "a" / "home")
    assert home.is_dir()
    assert all((home / part).is_dir() for part in module.PARTS)
    assert json.loads((home / "kolibri-desktop.json").read_text())["version"]
    assert len((home / "secret_key").read_text()) >= 50


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_the_key_and_the_home_are_their_owners_alone(tmp_path: Path) -> None:
    home = prepare(tmp_path / "home")
    assert stat.S_IMODE((home / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    home = prepare(tmp_path / "home")
    (home / "db.sqlite3").write_bytes(b"ours")
    before = {name: seen for name, seen in everything(home).items() if (home / name).is_file()}
    prepare(home)
    assert {name: seen for name, seen in everything(home).items() if (home / name).is_file()} == before


def test_an_empty_key_is_made_again(tmp_path: Path) -> None:
    home = prepare(tmp_path / "home")
    (home / "secret_key").write_text("")
    prepare(home)
    assert (home / "secret_key").read_text()


@pytest.mark.parametrize(
    "files",
    [
        ["db.sqlite3"],
        ["kolibri_settings.json"],
        ["options.ini"],
        ["job_storage.sqlite3"],
        ["syncqueue.sqlite3"],
        ["db.sqlite3", "options.ini", "content/storage/a/b/x.mp4", "logs/kolibri.txt", "plugins.json"],
    ],
    ids=" ".join,
)
def test_the_home_of_a_real_kolibri_is_left_alone(tmp_path: Path, files: list[str]) -> None:
    home = tmp_path / ".kolibri"
    for name in files:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(os.urandom(100))
    before = everything(tmp_path)
    with pytest.raises(HomeProblem, match="belongs to another program") as caught:
        prepare(home)
    assert caught.value.code == "home_of_kolibri"
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "home_full"),
        (errno.EDQUOT, "home_full"),
        (errno.EROFS, "home_read_only"),
        (errno.EACCES, "home_read_only"),
        (errno.EIO, "home_read_only"),
    ],
)
def test_a_medium_that_takes_nothing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    with pytest.raises(HomeProblem) as caught:
        prepare(tmp_path / "home")
    assert caught.value.code == code
    assert str(tmp_path / "home") in str(caught.value)


def test_a_file_in_the_homes_place_is_named(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    for place in (tmp_path / "home", tmp_path / "home" / "inside"):
        with pytest.raises(HomeProblem) as caught:
            prepare(place)
        assert caught.value.code == "home_no_folder"


def test_a_half_written_file_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OSError(errno.EIO, "no")

    (tmp_path / "file").write_text("old")
    monkeypatch.setattr("os.replace", fail)
    with pytest.raises(OSError, match="no"):
        module.write_whole(tmp_path / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "old"


def test_the_log_turns_over_and_keeps_no_secret(tmp_path: Path) -> None:
    home = prepare(tmp_path / "home")
    before = logging.getLogger().level
    log = log_to(home)
    try:
        assert log_to(home) is not log
        assert sum(isinstance(handler, type(log)) for handler in logging.getLogger().handlers) == 1
        log = logging.getLogger().handlers[-1]  # type: ignore[assignment]
        logging.getLogger("x").warning("GET /window/enter?key=SECRET1&next=/ Authorization: SECRET2 password='SECRET3'")
        log.flush()
        text = (home / "logs/kolibri.log").read_text()
        assert "/window/enter" in text and "SECRET" not in text
        log.maxBytes = 1000
        for number in range(100):
            logging.getLogger("x").warning("line %s of some length, so that the file fills", number)
        assert len(list((home / "logs").iterdir())) == 6
    finally:
        logging.getLogger().removeHandler(log)
        logging.getLogger().setLevel(before)
        log.close()
