"""Real media for tests: a disk in memory, and a stick with exFAT that can be pulled out. Both take root."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.patience import PATIENCE

_EXFAT_TOOLS = ("mkfs.exfat", "mount.exfat-fuse", "losetup")


@contextmanager
def memory_disk(place: Path, options: str) -> Iterator[Path]:
    """Mount a disk in memory with these options ("size=20m,ro") at the place, gone afterwards."""
    if os.geteuid() != 0:
        pytest.skip("a disk of its own takes root")
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], check=True)
    try:
        yield place
    finally:
        take_away(place)


def take_away(place: Path) -> None:
    """Take a mounted disk from its place at once, in use or not; whoever has a file open keeps it."""
    subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)


class Stick:
    """A stick with exFAT, the system that shops sell them with. `put_in` and `pull_out` as often as wanted."""

    def __init__(self, image: Path, place: Path, device: str) -> None:
        self.image = image
        self.place = place
        self._device = device

    def put_in(self) -> Path:
        """Mount it, and return where it is."""
        self.place.mkdir(exist_ok=True)
        mounted = subprocess.run(
            ["mount.exfat-fuse", self._device, self.place], check=False, capture_output=True, text=True
        )
        if mounted.returncode:
            pytest.skip(f"exFAT cannot be mounted here: {mounted.stderr}")
        return self.place

    def pull_out(self) -> None:
        """Pull it out while it is in use: each reading and writing of an open file fails from now on."""
        for process in psutil.process_iter(["cmdline"]):
            words = process.info["cmdline"] or []
            if "exfat-fuse" in " ".join(words[:1]) and self._device in words:
                process.send_signal(signal.SIGKILL)
                process.wait(10)
        take_away(self.place)

    def eject(self) -> None:
        """Take it out as one should. Raises CalledProcessError while something still uses it."""
        end = time.monotonic() + PATIENCE
        while (ended := subprocess.run(["umount", self.place], check=False, capture_output=True)).returncode:
            if time.monotonic() > end:
                ended.check_returncode()
            time.sleep(0.1)


@contextmanager
def exfat_stick(folder: Path, megabytes: int = 64) -> Iterator[Stick]:
    """Make a stick with its image in the folder, and yield it, not put in yet.

    Fails when the tools are missing, which CI installs; skips where no loop device may be used.
    """
    if os.geteuid() != 0:
        pytest.skip("a stick of its own takes root")
    assert all(shutil.which(tool) for tool in _EXFAT_TOOLS), "install what tools/system-packages.txt says for [test]"
    image = folder / "exfat.img"
    with image.open("wb") as file:
        file.truncate(megabytes * 1024 * 1024)
    subprocess.run(["mkfs.exfat", image], check=True, capture_output=True)
    made = subprocess.run(["losetup", "-f", "--show", image], check=False, capture_output=True, text=True)
    if made.returncode:
        pytest.skip(f"no loop device may be used here: {made.stderr}")
    device = made.stdout.strip()
    stick = Stick(image, folder / "BLUE STICK", device)
    try:
        yield stick
    finally:
        with contextlib.suppress(psutil.Error):
            stick.pull_out()
        subprocess.run(["losetup", "-d", device], check=False)
