"""Finding exports on drives and in folders."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from kolibri.core.content import drives
from kolibri.core.content import mounts
from kolibri.core.content.channel_file import ChannelFile
from kolibri.errors import BadInput
from tests.sticks import RESOURCES
from tests.sticks import Stick
from tests.sticks import make_stick

Bring = Callable[..., Any]
pytestmark = pytest.mark.django_db


def test_attached_drive_is_found(stick: Stick, home: Path, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    settings.KOLIBRI_EXTRA_DRIVES = [tmp_path / "empty", stick.root, tmp_path / "not there"]
    (source,) = drives.find_sources()
    assert (source.path, source.label, source.problem) == (stick.root, "stick", "")
    (channel,) = source.channels
    assert (channel.name, channel.version, channel.resources) == ("Sample channel", 1, RESOURCES)
    assert channel.size == source.size == stick.storage_bytes()
    assert source.free is not None and source.free > 0


def test_no_more_channels_are_read_than_are_told(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each may take its time: a stick with thousands of them would hold the page for hours."""
    stick = make_stick(tmp_path / "stick", channels=3)
    read: list[Path] = []

    def reading(file: Path, *words: Any, **more: Any) -> ChannelFile:
        read.append(file)
        return ChannelFile(file, *words, **more)

    monkeypatch.setattr(drives, "ChannelFile", reading)
    monkeypatch.setattr(drives, "MOST_CHANNELS", 2)
    assert len(drives.look_at(stick.root).channels) == len(read) == 2


def test_looking_changes_nothing(stick: Stick, home: Path) -> None:
    before = stick.state()
    drives.look_at(stick.root)
    assert stick.state() == before


@pytest.mark.parametrize("chosen", ["", "KOLIBRI_DATA", "KOLIBRI_DATA/content"])
def test_every_level_of_an_export_may_be_chosen(chosen: str, stick: Stick, home: Path) -> None:
    assert drives.look_at(stick.root / chosen).channels[0].id == stick.channel_id


def test_whole_home_of_another_program_may_be_chosen(stick: Stick, home: Path) -> None:
    stick.export.rename(stick.root / "kolibri home")
    assert drives.look_at(stick.root / "kolibri home").channels[0].id == stick.channel_id


@pytest.mark.parametrize("folder", ["", "relative", "/no/such/folder", "/\0", "/" + "x" * 5000])
def test_folder_that_is_none(folder: str, home: Path) -> None:
    with pytest.raises(BadInput) as caught:
        drives.look_at(Path(folder))
    assert caught.value.field == "folder"


def test_folder_without_channels_says_what_to_choose(tmp_path: Path, home: Path) -> None:
    with pytest.raises(BadInput, match="KOLIBRI_DATA") as caught:
        drives.look_at(tmp_path)
    assert caught.value.code == "no_channels"


def test_export_without_databases_tells_why(stick: Stick, home: Path) -> None:
    for path in sorted((stick.content / "databases").iterdir()):
        path.unlink()
    assert "holds no channels" in drives.look_at(stick.root).problem
    (stick.content / "databases").rmdir()
    assert "holds no channels" in drives.look_at(stick.root).problem


def test_export_that_may_not_be_read_tells_why(
    stick: Stick, home: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KOLIBRI_EXTRA_DRIVES = [stick.root]
    real = Path.stat

    def refused(self: Path, **kwargs: Any) -> os.stat_result:
        if "KOLIBRI_DATA" in self.parts:
            raise PermissionError(13, "Permission denied")
        return real(self, **kwargs)

    monkeypatch.setattr(Path, "stat", refused)
    (source,) = drives.find_sources()
    assert "does not allow it" in source.problem


def test_broken_stick_does_not_hide_a_good_one(
    stick: Stick, tmp_path: Path, home: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_stick(tmp_path / "other")
    settings.KOLIBRI_EXTRA_DRIVES = [other.root, stick.root]
    real = Path.iterdir

    def failing(self: Path) -> Any:
        if self == other.content / "databases":
            raise OSError(5, "Input/output error")
        return real(self)

    monkeypatch.setattr(Path, "iterdir", failing)
    broken, good = drives.find_sources()
    assert "Input/output error" in broken.problem
    assert good.channels[0].resources == RESOURCES


def test_other_files_beside_the_databases_are_nobodys_channel(stick: Stick, home: Path) -> None:
    folder = stick.content / "databases"
    for name in ("._x.sqlite3", ".DS_Store", "notes.txt", f"{stick.channel_id}-upgrade.sqlite3", "Z" * 32 + ".sqlite3"):
        (folder / name).write_bytes(b"")
    assert [channel.id for channel in drives.look_at(stick.root).channels] == [stick.channel_id]


def test_what_is_here_already_is_told(stick: Stick, bring: Bring, tmp_path: Path) -> None:
    bring(stick)
    (channel,) = drives.look_at(stick.root).channels
    assert channel.is_here and channel.here_version == 1
    assert drives.look_at(stick.root).importable == ()
    newer = drives.look_at(make_stick(tmp_path / "new", version=2).root)
    assert newer.channels[0].is_newer and newer.importable == newer.channels


def test_partial_export_counts_what_is_on_it(tmp_path: Path, home: Path) -> None:
    (channel,) = drives.look_at(make_stick(tmp_path / "part", only=["Numbers"]).root).channels
    assert channel.resources == 3


def part(place: str, system: str, options: str = "rw", device: str = "/dev/sdb1") -> SimpleNamespace:
    return SimpleNamespace(mountpoint=place, fstype=system, opts=options, device=device)


@pytest.mark.parametrize(
    ("platform", "place", "system", "options", "offered"),
    [
        ("linux", "/media/teacher/STICK", "vfat", "rw", True),
        ("linux", "/run/media/teacher/DISK", "ext4", "rw", True),
        ("linux", "/mnt/usb", "exfat", "ro", True),
        ("linux", "/stick", "vfat", "rw", True),
        ("linux", "/", "ext4", "rw", False),
        ("linux", "/boot/efi", "vfat", "rw", False),
        ("linux", "/home", "ext4", "rw", False),
        ("linux", "/mnt/server", "nfs4", "rw", False),
        ("linux", "/media/teacher/cloud", "fuse.sshfs", "rw", False),
        ("linux", "/mnt/memory", "tmpfs", "rw", False),
        ("linux", "/var/lib/snapd/x", "vfat", "ro", False),
        ("win32", "E:\\", "FAT32", "rw,removable", True),
        ("win32", "D:\\", "NTFS", "rw,fixed", True),
        ("win32", "Z:\\", "NTFS", "rw,remote", False),
        ("win32", "F:\\", "", "cdrom", False),
        ("darwin", "/Volumes/STICK", "msdos", "rw", True),
        ("darwin", "/System/Volumes/Data", "apfs", "rw", False),
        ("darwin", "/Volumes/server", "smbfs", "rw", False),
    ],
)
def test_which_drives_are_looked_at(
    platform: str, place: str, system: str, options: str, offered: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts.psutil, "disk_partitions", lambda all: [part(place, system, options)])
    monkeypatch.setattr(mounts.sys, "platform", platform)
    assert [str(mount.path) for mount in mounts.attached()] == ([place] if offered else [])


def test_drives_name_comes_from_its_label(tmp_path: Path) -> None:
    device = tmp_path / "sdb1"
    device.touch()
    (tmp_path / "by-label").mkdir()
    (tmp_path / "by-label" / "SCHOOL\\x20ONE").symlink_to(device)
    assert mounts._linux_label(str(device), tmp_path / "by-label") == "SCHOOL ONE"
    assert mounts._linux_label("/dev/other", tmp_path / "by-label") == ""
    assert mounts._linux_label(str(device), tmp_path / "none") == ""
