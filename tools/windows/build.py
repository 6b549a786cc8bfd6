"""Build the Windows program on Linux, under Wine, from the same build_desktop.spec.

python -m tools.windows.build      # dist/windows/kolibri-desktop/, compared with the source tree

tools/windows/installer.py packs it afterwards.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from tools import bootstrap
from tools.build_environment import environment
from tools.windows import python
from tools.windows import sign
from tools.windows.wine import PREFIX
from tools.windows.wine import Wine
from tools.windows.wine import display
from tools.windows.wine import windows_path

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "dist" / "windows"
BUNDLE = DIST / "kolibri-desktop"
WORK = ROOT / "build" / "windows" / "work"
LOG = ROOT / "build" / "windows" / "pyinstaller.log"
SECONDS = 1_800


def make() -> Path:
    """Build, compare with the source tree, and return the bundle. Raises SystemExit with what went wrong."""
    program = python.make() / "python.exe"
    # The same for every system, and quicker to make without Wine.
    bootstrap.compile_translations()
    bootstrap.build_database()
    places = ("--workpath", windows_path(WORK), "--distpath", windows_path(DIST))
    words = ("-m", "PyInstaller", windows_path(ROOT / "build_desktop.spec"), "--noconfirm", *places)
    with display() as screen:
        wine = Wine(PREFIX, screen)
        try:
            wine.prepare()
            ended = wine.run(program, *words, seconds=SECONDS, PYTHONHASHSEED="0")
        finally:
            wine.end()
    LOG.write_text(ended.stdout, "utf-8")
    if ended.returncode:
        raise SystemExit(f"PyInstaller failed; see {LOG.relative_to(ROOT)}:\n{ended.stdout[-2000:]}")
    # Before it is looked at: what is compared is what is handed out.
    sign.sign(BUNDLE / "kolibri-desktop.exe")
    if subprocess.run([environment(), "tools/bundle.py", BUNDLE], cwd=ROOT, check=False).returncode:
        raise SystemExit("the bundle is not what the source tree says")
    return BUNDLE


if __name__ == "__main__":
    made = make()
    files = [path for path in made.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 1024 / 1024
    print(f"{made.relative_to(ROOT)}: {len(files)} files, {size:.0f} MiB")
