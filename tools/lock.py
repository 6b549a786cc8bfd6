"""Write the lock files anew from pyproject.toml; pins that still fit stay as they are.

`python tools/lock.py --upgrade` takes the newest of everything. Needs the package registry.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# `dev` is made first: the others take their versions from it.
EXTRAS = {
    "dev": ["desktop", "district", "dev"],
    "desktop": ["desktop"],
    "server": ["district"],
    "build": ["desktop", "build"],
    "windows": ["desktop", "build"],
}
# One lock says the versions of all systems by conditions. Windows has its own besides: there pip runs on Linux and
# would read the conditions for Linux (tools/windows/python.py).
ONE_SYSTEM = {"windows": "x86_64-pc-windows-msvc"}


def main(words: list[str]) -> int:
    if importlib.util.find_spec("uv") is None:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "uv"], check=True)
    for name, extras in EXTRAS.items():
        command = [
            *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--no-header"),
            *(("--python-platform", ONE_SYSTEM[name]) if name in ONE_SYSTEM else ("--universal",)),
            *("--generate-hashes", "--python-version", "3.11"),
            *("--override", "requirements/overrides.txt", "pyproject.toml", "-o", f"requirements/{name}.txt"),
        ]
        for extra in extras:
            command += ["--extra", extra]
        command += ["-c", "requirements/dev.txt"] if name != "dev" else []
        print(f"requirements/{name}.txt", flush=True)
        subprocess.run([*command, *words], cwd=ROOT, check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
