"""Take every screen, wide and on a phone, light and dark, in English and Arabic: `python -m tests.screenshots [WORD]`.

The pictures are in build/screenshots/en-wide-light/ and so on, side by side in sheet-*.png there. With a word
only the screens whose address has it. What they are opened with is in tests/every_screen.py.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "build" / "screenshots"


def main() -> int:
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    shutil.rmtree(FOLDER, ignore_errors=True)
    command = [sys.executable, "-m", "pytest", "-q", str(Path(__file__).parent / "take.py")]
    taken = subprocess.run(command, cwd=ROOT, env={**os.environ, "KOLIBRI_SCREENS": only})
    if not taken.returncode:
        print(*sorted(path.relative_to(ROOT) for path in FOLDER.glob("*.png")), sep="\n")
    return taken.returncode


if __name__ == "__main__":
    sys.exit(main())
