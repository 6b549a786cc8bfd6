"""The day's backup, and what can be read in a copy."""

import os
from pathlib import Path

import pytest

from kolibri.core.backup import contents
from kolibri.core.backup import copies
from kolibri.core.backup import daily
from tests.core.backup.program import damage
from tests.core.backup.program import run


def made(home: Path) -> list[Path]:
    return sorted((home / "backups").glob("daily-*.sqlite3"))


def test_each_day_that_something_was_written_leaves_a_copy(home: Path) -> None:
    run(home, "school", "plan", "due")
    (first,) = made(home)
    assert first.stat().st_mode & 0o777 == 0o600
    assert contents.read(first) == contents.Contents(("Hill School",), 1, 0, 0)
    run(home, "plan", "due")
    assert made(home) == [first], "nothing was written since"
    run(home, "rename", "plan", "due")
    assert [contents.read(one).schools for one in made(home)] == [("Hill School",), ("River School",)]
    assert not list((home / "backups").glob("*.sqlite3-*")), "looking into a copy leaves nothing beside it"


def test_it_is_done_again_and_again_and_planned_once(home: Path) -> None:
    run(home, "school", "plan")
    assert run(home, "plan")["jobs"] == ["SCHEDULED"]
    assert run(home, "due")["jobs"] == ["SCHEDULED"], "the next day's"


def test_seven_stay(home: Path) -> None:
    run(home, "school")
    for _day in range(9):
        copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    kept = made(home)
    assert len(kept) == copies.KEPT[copies.DAILY] == 7
    newest = copies.back_up(home / "db.sqlite3", home / "backups", copies.UPGRADE)
    assert made(home) == kept and newest.exists(), "each kind is counted by itself"


def test_what_a_copy_that_was_cut_off_left_is_removed_by_the_next(home: Path) -> None:
    """Else each power cut takes the room of a database, until no backup is made any more."""
    run(home, "school")
    folder = home / "backups"
    old = [folder / f"daily-20260101-080000-000000-0.1.0.part{ending}" for ending in ("", "-journal")]
    young = folder / "daily-20260101-090000-000000-0.1.0.part"
    for left in (*old, young):
        left.write_bytes(b"half of a database")
    for left in old:
        os.utime(left, (1_700_000_000, 1_700_000_000))
    copies.back_up(home / "db.sqlite3", folder, copies.DAILY)
    assert list(folder.glob("*.part*")) == [young], "that may be being written"


def test_a_damaged_database_is_not_copied_over_good_copies(home: Path) -> None:
    run(home, "school", "plan", "due")
    (good,) = made(home)
    damage(home / "db.sqlite3")
    with pytest.raises(copies.NoCopy, match="damaged"):
        copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    assert made(home) == [good]


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to be looked at" * 40])
def test_a_file_that_is_no_database_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "copy.sqlite3"
    path.write_bytes(content)
    with pytest.raises(contents.Unreadable):
        contents.read(path)
    with pytest.raises(contents.Unreadable):
        contents.read(tmp_path / "nothing.sqlite3")
    assert [one.name for one in tmp_path.iterdir()] == ["copy.sqlite3"]


def test_a_clock_that_was_years_ahead_costs_no_copy(home: Path) -> None:
    """Its copies would stay the newest for years, and each day's would be removed as soon as it was made."""
    run(home, "school")
    for day in range(7):
        copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
        (made_now,) = [one for one in made(home) if not one.name.startswith("daily-2099")]
        made_now.rename(made_now.with_name(f"daily-209901{day + 10}-000000-000000-0.1.0.sqlite3"))
    run(home, "rename")
    today = copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    assert today.exists() and len(made(home)) == 7
    assert daily.newest(home / "backups") == today
    tomorrow = copies.back_up(home / "db.sqlite3", home / "backups", copies.DAILY)
    assert today.exists() and tomorrow.exists() and len(made(home)) == 7
