"""Power cuts: whatever was not synced is dropped, torn or kept, and nothing acknowledged is missing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.loss.disk import Disk
from tests.loss.disk import Entry
from tests.loss.disk import File
from tests.loss.disk import read_diary
from tests.loss.ledger import Ledger
from tests.loss.power import power_cuts
from tests.loss.rounds import Ground
from tests.loss.rounds import serve_until_killed
from tests.loss.rounds import write_until_killed

NewGround = Callable[[], Ground]


def test_power_cut_during_writes_loses_nothing_that_was_acknowledged(
    new_ground: NewGround, shim: Path, chance: Random, tmp_path: Path
) -> None:
    ground, ledger, diary = new_ground(), Ledger(), tmp_path / "diary"
    disk = Disk(ground.database)
    write_until_killed(ground, ledger, 3.0, shim=shim, diary=diary)
    assert ledger.acknowledged > 20
    for what, _database, faults in power_cuts(disk, diary, ledger, 150, chance, tmp_path / "found"):
        assert not faults, f"{what}: {faults[:5]}"


def test_power_cut_on_a_stick_loses_nothing_that_was_acknowledged(
    new_ground: NewGround, shim: Path, chance: Random, tmp_path: Path
) -> None:
    """The journal that a portable home has: another one, and as careful."""
    ground, ledger, diary = new_ground(), Ledger(), tmp_path / "diary"
    disk = Disk(ground.database)
    write_until_killed(ground, ledger, 3.0, shim=shim, diary=diary, journal="TRUNCATE")
    assert ledger.acknowledged > 20
    assert any(entry.name == "-journal" and entry.what == "T" for entry in read_diary(diary))
    for what, _database, faults in power_cuts(disk, diary, ledger, 150, chance, tmp_path / "found"):
        assert not faults, f"{what}: {faults[:5]}"


def test_power_cut_of_the_whole_server_loses_nothing_that_was_acknowledged(
    new_ground: NewGround, shim: Path, chance: Random, tmp_path: Path
) -> None:
    ground, ledger, diary = new_ground(), Ledger(), tmp_path / "diary"
    disk = Disk(ground.database)
    serve_until_killed(ground, ledger, 3.0, chance, shim=shim, diary=diary)
    assert ledger.acknowledged > 10
    for what, _database, faults in power_cuts(disk, diary, ledger, 60, chance, tmp_path / "found"):
        assert not faults, f"{what}: {faults[:5]}"


def test_what_is_found_after_a_power_cut_can_be_written_on(
    new_ground: NewGround, shim: Path, chance: Random, tmp_path: Path
) -> None:
    ground, ledger, diary = new_ground(), Ledger(), tmp_path / "diary"
    disk = Disk(ground.database)
    write_until_killed(ground, ledger, 0.5, shim=shim, diary=diary)
    for path in ground.home.glob("db.sqlite3*"):
        path.unlink()
    [(_what, _found, faults)] = power_cuts(disk, diary, ledger, 1, chance, tmp_path / "found")
    assert not faults
    for path in (tmp_path / "found").iterdir():
        path.rename(ground.home / path.name)
    later = Ledger()
    write_until_killed(ground, later, 0.3)
    assert later.acknowledged
    assert not later.faults(ground.database)


def test_less_careful_settings_are_caught(new_ground: NewGround, shim: Path, chance: Random, tmp_path: Path) -> None:
    """The control: NORMAL forgets acknowledged lessons, OFF spoils the database, and both are seen."""
    for synchronous, sign in (("NORMAL", "acknowledged was"), ("OFF", "")):
        ground, ledger, diary = new_ground(), Ledger(), tmp_path / f"diary-{synchronous}"
        disk = Disk(ground.database)
        write_until_killed(ground, ledger, 1.0, shim=shim, diary=diary, synchronous=synchronous)
        found = [
            fault
            for _what, _database, faults in power_cuts(disk, diary, ledger, 30, chance, tmp_path / "found")
            for fault in faults
        ]
        assert any(sign in fault for fault in found), f"{synchronous} lost nothing in 30 cuts"


def test_a_cut_drops_what_was_not_synced_and_keeps_what_was() -> None:
    file = File(bytearray(b"old-old-"))
    file.waiting.append(Entry("W", "", 4, b"new-new-", 1))
    assert file.after_cut("dropped", Random()) == b"old-old-"
    assert file.after_cut("kept", Random()) == b"old-new-new-"
    file.sync()
    assert file.after_cut("dropped", Random()) == b"old-new-new-"
    file.waiting.append(Entry("T", "", 3, b"", 2))
    assert file.after_cut("kept", Random()) == b"old"
    assert File(waiting=[Entry("W", "", 0, b"x", 1)]).after_cut("dropped", Random()) is None
    assert File(deleted=bytearray(b"was")).after_cut("dropped", Random()) == b"was"
    assert File(deleted=bytearray(b"was")).after_cut("kept", Random()) is None


def test_a_torn_write_comes_to_the_disk_in_whole_sectors() -> None:
    write = Entry("W", "", 0, b"n" * 4096, 1)
    seen = set()
    for seed in range(60):
        content = File(bytearray(b"o" * 4096), [write]).after_cut("torn", Random(seed))
        assert content is not None
        sectors = [content[at : at + 512] for at in range(0, 4096, 512)]
        assert all(sector in (b"n" * 512, b"o" * 512) for sector in sectors)
        seen.add(sectors.count(b"n" * 512))
    assert {0, 8} < seen
