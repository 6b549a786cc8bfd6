"""Pack the built Windows program into one file that installs itself: NSIS, for one person, 64 bit.

python -m tools.windows.installer              # dist/kolibri-desktop-VERSION-setup.exe
python -m tools.windows.installer --newer      # build/windows/newer-setup.exe, to be installed over it in a trial
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tools.linux.packages import version
from tools.windows import sentences
from tools.windows import sign
from tools.windows.build import BUNDLE

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "assets" / "installer" / "windows" / "setup.nsi"
ICON = ROOT / "assets" / "icons" / "kolibri-desktop.ico"
# The same program under a version that is above every other, packed in a moment.
NEWER = "999.0.0"
NEWER_FILE = ROOT / "build" / "windows" / "newer-setup.exe"
# Beside the program itself: a school's first database and its log.
SPARE_MEGABYTES = 100


def setup_file(of: str = "") -> Path:
    """Return the place of the installer."""
    return ROOT / "dist" / f"kolibri-desktop-{of or version()}-setup.exe"


def make(bundle: Path = BUNDLE, of: str = "", to: Path | None = None, *, is_quick: bool = False) -> Path:
    """Pack it and return the file. Tests pack other versions, uncompressed. Raises SystemExit with what NSIS said."""
    of = of or version()
    to = to or setup_file(of)
    said = ROOT / "build" / "windows" / "sentences.nsh"
    said.parent.mkdir(parents=True, exist_ok=True)
    # NSIS takes a file for UTF-8 when it begins like this.
    said.write_text(sentences.script(), "utf-8-sig")
    taken = sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) // 1_000_000
    values = {
        "VERSION": of,
        "NUMBERS": ".".join([*re.findall(r"\d+", of), "0", "0", "0", "0"][:4]),
        "BUNDLE": bundle,
        "OUT": to,
        "SENTENCES": said,
        "ICON": ICON,
        "MEGABYTES": taken + SPARE_MEGABYTES,
    }
    if is_quick:
        values["QUICK"] = 1
    if sign.is_asked():
        values["SIGN"] = sign.command()
    run_makensis(SCRIPT, **values)
    sign.sign(to)
    return to


def run_makensis(script: Path, **values: object) -> None:
    """Compile a script, taking warnings for errors. Raises SystemExit with what NSIS said."""
    command = ["makensis", "-V2", "-WX", *(f"-D{name}={value}" for name, value in values.items()), str(script)]
    try:
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    except FileNotFoundError:
        raise SystemExit("makensis is missing: apt-get install nsis") from None
    if ended.returncode:
        raise SystemExit(f"makensis failed:\n{ended.stdout[-3000:]}")


if __name__ == "__main__":
    made = make(of=NEWER, to=NEWER_FILE, is_quick=True) if sys.argv[1:] == ["--newer"] else make()
    print(f"{made.relative_to(ROOT)}: {made.stat().st_size / 1e6:.1f} MB")
