"""Go the whole way, and keep six of its pictures for the README: `python -m tests.end_to_end` (`make pictures`)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.end_to_end.window import ROOT

TARGET = ROOT / "docs" / "pictures"
MOST_BYTES = 150_000
# Name in the README, name in the run, width.
WANTED = (
    ("wizard.png", "first-class", 1100),
    ("class.png", "class-with-a-lesson", 1100),
    ("lesson.png", "lesson", 1100),
    ("report.png", "report", 1100),
    ("names.png", "phone-sign-in", 360),
    ("learner.png", "phone-lesson", 360),
)


def main() -> int:
    folder = Path(os.environ.get("KOLIBRI_PICTURES") or ROOT / "build" / "pictures")
    command = [sys.executable, "-m", "pytest", "-q", "-s", str(Path(__file__).parent)]
    if status := subprocess.run(command, cwd=ROOT, env={**os.environ, "KOLIBRI_PICTURES": str(folder)}).returncode:
        return status
    TARGET.mkdir(parents=True, exist_ok=True)
    for name, taken, width in WANTED:
        (source,) = folder.glob(f"[0-9][0-9]-{taken}.png")
        target = TARGET / name
        # Flat areas and little text: 128 colours are more than the pages have, and a third of the bytes.
        shrink = ["-resize", f"{width}x>", "-strip", "+dither", "-colors", "128", "-define", "png:compression-level=9"]
        subprocess.run(["convert", str(source), *shrink, f"PNG8:{target}"], check=True)
        size = target.stat().st_size
        print(f"{target.relative_to(ROOT)}: {size} bytes")
        if size > MOST_BYTES:
            print(f"{name} is larger than {MOST_BYTES} bytes.")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
