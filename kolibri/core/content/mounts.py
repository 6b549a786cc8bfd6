"""The drives that are attached to this computer now, on its three kinds of system."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from pathlib import PurePosixPath
from typing import Final

import psutil

# What a stick, a card, an external disk or a disc carries. Network and pseudo file systems are not
# here on purpose: looking at one that hangs would hang the page.
_STICK_SYSTEMS: Final = frozenset(
    {"exfat", "fat", "fat32", "fuseblk", "hfsplus", "iso9660", "msdos", "ntfs", "ntfs3", "udf", "vfat"}
)
_FILE_SYSTEMS: Final = _STICK_SYSTEMS | {"apfs", "btrfs", "cdfs", "ext2", "ext3", "ext4", "f2fs", "hfs", "xfs"}
_LINUX_PLACES: Final = ("/media", "/run/media", "/mnt")
_NEVER: Final = ("/boot", "/efi", "/proc", "/sys", "/dev", "/snap", "/var", "/etc", "/usr")


@dataclass(frozen=True)
class Mount:
    """An attached drive: where it is, and the name that the teacher knows it by."""

    path: Path
    label: str


def attached() -> list[Mount]:
    """Return the drives that may hold an export, each once, without touching their contents."""
    found: dict[str, Mount] = {}
    for part in psutil.disk_partitions(all=False):
        place = part.mountpoint
        if _may_hold_exports(place, part.fstype.lower(), part.opts.lower().split(","), sys.platform):
            found.setdefault(place, Mount(Path(place), _label(place, part.device)))
    return list(found.values())


def _may_hold_exports(place: str, system: str, options: list[str], platform: str) -> bool:
    if platform == "win32":
        return bool(system) and "remote" not in options
    if platform == "darwin":
        return place.startswith("/Volumes/") and system in _FILE_SYSTEMS
    if place == "/" or system not in _FILE_SYSTEMS or _inside(place, _NEVER):
        return False
    return _inside(place, _LINUX_PLACES) or system in _STICK_SYSTEMS


def _inside(place: str, folders: tuple[str, ...]) -> bool:
    path = PurePosixPath(place)
    return any(path.is_relative_to(folder) for folder in folders)


def _label(place: str, device: str) -> str:
    if os.name == "nt":
        return _windows_label(place) or place.rstrip("\\")
    return _linux_label(device) or Path(place).name or place


def _linux_label(device: str, folder: Path = Path("/dev/disk/by-label")) -> str:
    """Return the drive's own name, from the links that udev makes; "" when it has none."""
    try:
        links = list(folder.iterdir())
    except OSError:
        return ""
    for link in links:
        if os.path.realpath(link) == os.path.realpath(device):
            return re.sub(r"\\x([0-9a-f]{2})", lambda code: chr(int(code[1], 16)), link.name)
    return ""


def _windows_label(place: str) -> str:
    name = ctypes.create_unicode_buffer(261)
    # getattr: `windll` is there on Windows only.
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009
    found = kernel.GetVolumeInformationW(place, name, 261, None, None, None, None, 0)
    letter = place.rstrip("\\")
    return f"{name.value} ({letter})" if found and name.value else ""
