"""A Debian with nothing but its base, to try what a package really needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = Path(os.environ.get("KOLIBRI_BARE_SYSTEM", "/var/cache/kolibri-desktop-bare"))
PUPIL = "pupil"


class Bare:
    """A copy of the bare system, and the one ordinary person in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.home = root / "home" / PUPIL
        self.data = self.home / ".local/share/Kolibri Desktop"

    def do(self, *command: str, seconds: float = 400) -> subprocess.CompletedProcess[str]:
        """Run a command as root in it."""
        clean = ("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8")
        return subprocess.run(
            [*clean, "chroot", self.root, *command], capture_output=True, text=True, timeout=seconds, check=False
        )

    def apt(self, *words: str) -> None:
        """Run apt-get, without what is only recommended. Raises AssertionError with what it said."""
        done = self.do("apt-get", "-qq", "-y", "--no-install-recommends", *words)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]

    def as_pupil(self, screen: str, *command: str) -> list[str]:
        """Return the words that run a command as the ordinary person, before this display."""
        place = ("env", "-i", f"HOME=/home/{PUPIL}", "PATH=/usr/bin:/bin", f"DISPLAY={screen}", "LANG=C.UTF-8")
        return ["chroot", f"--userspec={PUPIL}:{PUPIL}", str(self.root), *place, *command]

    def put(self, file: Path, name: str = "") -> str:
        """Copy a file into its /tmp and return how it is named there."""
        to = self.root / "tmp" / (name or file.name)
        shutil.copy(file, to)
        to.chmod(0o755)
        return f"/tmp/{to.name}"

    def logs(self) -> str:
        """Return the ends of what the program wrote down."""
        return "\n".join(log.read_text("utf-8")[-2000:] for log in self.data.glob("logs/*.log"))


@contextmanager
def made(root: Path) -> Iterator[Bare]:
    """Make one at `root` and clear it away. The system itself is made once and kept. Root only."""
    if not (KEPT / "usr/bin/apt-get").exists():
        shutil.rmtree(KEPT, ignore_errors=True)
        command = ["debootstrap", "--variant=minbase", "bookworm", KEPT, *_mirror()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    for name in ("etc/apt/apt.conf.d", "etc/apt/sources.list.d", "etc/resolv.conf"):
        _copy(Path("/", name), KEPT / name)
    subprocess.run(["cp", "-a", "--reflink=auto", KEPT, root], check=True)
    # The display is outside: its socket is in /tmp.
    places = ("proc", "dev", "dev/shm", "tmp/.X11-unix")
    (root / "tmp/.X11-unix").mkdir(exist_ok=True)
    for name in places:
        # Private: what is mounted in the copy must not show outside.
        subprocess.run(["mount", "--bind", "--make-private", f"/{name}", root / name], check=True)
    try:
        bare = Bare(root)
        assert bare.do("useradd", "--create-home", PUPIL).returncode == 0
        yield bare
    finally:
        for name in reversed(places):
            subprocess.run(["umount", root / name], check=True)
        shutil.rmtree(root)


def _mirror() -> list[str]:
    """Return where this computer gets its packages from, for debootstrap."""
    said = "\n".join(
        path.read_text("utf-8")
        for path in [Path("/etc/apt/sources.list"), *sorted(Path("/etc/apt/sources.list.d").glob("*"))]
        if path.is_file()
    )
    found = re.search(r"^(?:deb|URIs:) +((?:https?|file|copy):/\S+)", said, re.MULTILINE)
    return [found[1]] if found else []


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        target.unlink(missing_ok=True)
        shutil.copy(source, target)
