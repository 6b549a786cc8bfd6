"""Make the two files that Linux schools get out of a built program (see tools/build.py).

python -m tools.linux.packages        # dist/kolibri-desktop_VERSION_ARCH.deb and dist/kolibri-desktop-VERSION-ARCH.run
python -m tools.linux.packages --quick    # the same, compressed less, for a trial of one's own

Both hold the same compressed archive, so it is made once: the .deb is three files put together by
`ar`'s simple format, the .run is a shell script with the archive behind it. The same program gives
the same bytes: names sorted, no owners, and the time that SOURCE_DATE_EPOCH or the last commit says.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from tools.linux import sentences

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist"
SOURCES = ROOT / "assets" / "installer" / "linux"
PLACE = "opt/kolibri-desktop"
DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}


def version() -> str:
    """Return the program's version, the one that it says itself."""
    sys.path.insert(0, str(ROOT))
    from kolibri import __version__

    return __version__


def epoch() -> int:
    """Return the time that all files get, in seconds: SOURCE_DATE_EPOCH, or that of the last commit."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    said = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, capture_output=True, text=True, check=True)
    return int(said.stdout)


def text(name: str, **values: object) -> bytes:
    """Return one of the sources with its @NAMES@ filled in."""
    said = (SOURCES / name).read_text("utf-8")
    for key, value in values.items():
        said = said.replace(f"@{key.upper()}@", str(value))
    return said.encode()


class Archive:
    """A tar archive whose bytes depend on nothing but what is put in."""

    def __init__(self, to: Path | io.BytesIO, when: int) -> None:
        self._file = tarfile.open(  # noqa: SIM115
            name=to if isinstance(to, Path) else None,
            fileobj=to if isinstance(to, io.BytesIO) else None,
            mode="w",
            format=tarfile.GNU_FORMAT,
        )
        self._when = when
        self._folders: set[str] = set()

    def add(self, name: str, content: bytes, mode: int = 0o644) -> None:
        """Put in a file, and before it the folders that it is in."""
        entry = self._entry(name, mode)
        entry.size = len(content)
        self._file.addfile(entry, io.BytesIO(content))

    def link(self, name: str, target: str) -> None:
        """Put in a symbolic link."""
        entry = self._entry(name, 0o777)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        self._file.addfile(entry)

    def tree(self, folder: Path, name: str) -> None:
        """Put in all that is in a folder."""
        for path in sorted(folder.rglob("*")):
            inside = f"{name}/{path.relative_to(folder).as_posix()}"
            if path.is_symlink():
                self.link(inside, os.readlink(path))
            elif path.is_file():
                self.add(inside, path.read_bytes(), 0o755 if os.access(path, os.X_OK) else 0o644)

    def close(self) -> None:
        """Write the end."""
        self._file.close()

    def _entry(self, name: str, mode: int) -> tarfile.TarInfo:
        parents = Path(name).parents
        for parent in reversed([one.as_posix() for one in parents]):
            if parent not in self._folders:
                self._folders.add(parent)
                folder = tarfile.TarInfo("./" if parent == "." else f"./{parent}/")
                folder.type, folder.mode, folder.mtime = tarfile.DIRTYPE, 0o755, self._when
                self._file.addfile(folder)
        entry = tarfile.TarInfo(f"./{name}")
        entry.mode, entry.mtime = mode, self._when
        return entry


def data_archive(bundle: Path, to: Path, when: int, *, is_quick: bool = False) -> int:
    """Write what both packages install as `to`, compressed; returns the size of it unpacked, in KiB."""
    plain = to.with_suffix("")
    archive = Archive(plain, when)
    archive.tree(bundle, PLACE)
    archive.add(f"{PLACE}/version", f"{version()}\n".encode())
    archive.add(f"{PLACE}/apparmor", text("apparmor"))
    # The archive's own copies: the installer fills in the place that it has found.
    archive.add(f"{PLACE}/kolibri-desktop.desktop", text("kolibri-desktop.desktop"))
    archive.add(f"{PLACE}/uninstall.sh", installer(payload=0, sha256="", kilobytes=0))
    archive.link("usr/bin/kolibri-desktop", f"/{PLACE}/kolibri-desktop")
    entry = text("kolibri-desktop.desktop", program=f"/{PLACE}/kolibri-desktop")
    archive.add("usr/share/applications/kolibri-desktop.desktop", entry)
    icons = "usr/share/icons/hicolor"
    png, svg = ROOT / "assets/icons/kolibri-desktop.png", ROOT / "assets/web/icons/kolibri-desktop.svg"
    archive.add(f"{icons}/256x256/apps/kolibri-desktop.png", png.read_bytes())
    archive.add(f"{icons}/scalable/apps/kolibri-desktop.svg", svg.read_bytes())
    archive.add("usr/share/doc/kolibri-desktop/copyright", (ROOT / "LICENSE").read_bytes())
    archive.close()
    kilobytes = plain.stat().st_size // 1024
    # Two threads cut the archive into the same blocks on every computer; one thread would cut none.
    effort = "preset=0" if is_quick else "preset=6,dict=32MiB"
    with to.open("wb") as made:
        subprocess.run(["xz", "--x86", f"--lzma2={effort}", "-T2", "-c", plain], stdout=made, check=True)
    plain.unlink()
    return kilobytes


def installer(payload: int, sha256: str, kilobytes: int) -> bytes:
    """Return the shell script that stands before the archive, whose first byte is number `payload` of the file."""
    values = {"payload": payload, "sha256": sha256, "kilobytes": kilobytes}
    values |= {"languages": " | ".join(sentences.languages()) or "none", "sentences": sentences.cases()}
    return text("install.sh", version=version(), file=run_file().name, **values)


def run_file() -> Path:
    """Return the place of the archive that installs itself."""
    return DIST / f"kolibri-desktop-{version()}-{platform.machine()}.run"


def deb_file() -> Path:
    """Return the place of the Debian package."""
    return DIST / f"kolibri-desktop_{version()}_{DEBIAN_NAMES[platform.machine()]}.deb"


def make_deb(data: Path, kilobytes: int, when: int, to: Path, of: str = "") -> None:
    """Put a Debian package together (deb(5): an `ar` archive of three members). Tests make one `of` another version."""
    packed = io.BytesIO()
    archive = Archive(packed, when)
    values = {"version": of or version(), "architecture": DEBIAN_NAMES[platform.machine()], "kilobytes": kilobytes}
    archive.add("control", text("control", **values))
    stop = text("stop-running").decode()
    for name in ("preinst", "postinst", "prerm"):
        archive.add(name, text(name, stop=stop), 0o755)
    archive.close()
    control = lzma.compress(packed.getvalue())
    with to.open("wb") as made:
        made.write(b"!<arch>\n")
        for name, size in (
            ("debian-binary", 4),
            ("control.tar.xz", len(control)),
            ("data.tar.xz", data.stat().st_size),
        ):
            made.write(f"{name:<16}{when:<12}{0:<6}{0:<6}{'100644':<8}{size:<10}`\n".encode("ascii"))
            if name == "data.tar.xz":
                with data.open("rb") as source:
                    shutil.copyfileobj(source, made)
            else:
                made.write(b"2.0\n" if name == "debian-binary" else control)
            # Members begin at even places.
            made.write(b"\n" * (size % 2))


def make_run(data: Path, kilobytes: int, to: Path) -> None:
    """Put the archive that installs itself together. The length of its own head is part of the head."""
    digest = hashlib.sha256()
    with data.open("rb") as source:
        while block := source.read(1 << 20):
            digest.update(block)
    # The number has always as many digits, so that writing it does not move what it counts.
    length = len(installer(10_000_000, digest.hexdigest(), kilobytes))
    head = installer(10_000_000, digest.hexdigest(), kilobytes).replace(b"'10000000'", f"'{length + 1:08d}'".encode())
    with to.open("wb") as made, data.open("rb") as source:
        made.write(head)
        shutil.copyfileobj(source, made)
    to.chmod(0o755)


def make(bundle: Path = DIST / "kolibri-desktop", *, is_quick: bool = False) -> tuple[Path, Path]:
    """Make both packages in dist/ and return them."""
    when = epoch()
    data = ROOT / "build" / "data.tar.xz"
    data.parent.mkdir(exist_ok=True)
    kilobytes = data_archive(bundle, data, when, is_quick=is_quick)
    make_deb(data, kilobytes, when, deb_file())
    make_run(data, kilobytes, run_file())
    data.unlink()
    return deb_file(), run_file()


if __name__ == "__main__":
    for path in make(is_quick="--quick" in sys.argv[1:]):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB")
