"""Check the code without running it: form, types, and the one direction of imports.

Every check is run, even after one has failed, so that one run shows everything.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CHECKS = {
    "ruff": ["-m", "ruff", "check"],
    "format": ["-m", "ruff", "format", "--check"],
    "types": ["-m", "mypy"],
    "imports": ["-c", "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"],
}


def main() -> int:
    failed = []
    for name, command in CHECKS.items():
        began = time.monotonic()
        ended = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        print(f"{name:8} {'ok' if not ended.returncode else 'FAILED'} ({time.monotonic() - began:.1f} s)", flush=True)
        if ended.returncode:
            failed.append(name)
            print(ended.stdout + ended.stderr, flush=True)
    if failed:
        print(f"lint failed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
