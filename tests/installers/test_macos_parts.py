"""What the program for macOS is made of, as far as it can be seen without a Mac."""

from __future__ import annotations

import plistlib
import struct
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_the_icon_holds_what_macos_asks_for() -> None:
    """Apple's "icns": a head with the length of all, then entries of a type and a length, each a PNG here."""
    icon = (ROOT / "assets/icons/kolibri-desktop.icns").read_bytes()
    assert icon[:8] == b"icns" + struct.pack(">I", len(icon))
    found, place = {}, 8
    while place < len(icon):
        kind, length = struct.unpack_from(">4sI", icon, place)
        found[kind.decode("ascii")] = icon[place + 8 : place + length]
        place += length
    assert place == len(icon)
    pictures = {kind: data for kind, data in found.items() if kind.startswith("ic")}
    assert {"ic07", "ic08", "ic09"} <= set(pictures)  # 128, 256 and 512 pixels
    for kind, side in (("ic07", 128), ("ic08", 256), ("ic09", 512)):
        assert pictures[kind][:8] == b"\x89PNG\r\n\x1a\n"
        assert struct.unpack_from(">II", pictures[kind], 16) == (side, side)


def test_the_program_asks_for_no_more_than_it_needs() -> None:
    with (ROOT / "assets/installer/macos/entitlements.plist").open("rb") as file:
        asked = plistlib.load(file)
    assert {name for name, value in asked.items() if value} == {
        "com.apple.security.cs.allow-unsigned-executable-memory",
        "com.apple.security.cs.disable-library-validation",
    }


@pytest.mark.parametrize(
    "script", sorted((ROOT / "tools").rglob("*.sh")), ids=lambda path: path.parent.name + path.name
)
def test_each_script_can_be_read_by_a_shell(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)
