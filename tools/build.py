"""Build the program to hand out, in an environment of its own, and start what came out.

PyInstaller calls many builds good that lack something or cannot start: what is in the built program
is compared with the source tree, and only its answer counts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import bootstrap
from build_environment import environment
from smoke import try_server

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"


def build(python: Path) -> Path:
    """Run PyInstaller and return the program."""
    # `make build` comes here with both made; nothing is rewritten that another build beside this one reads.
    if not bootstrap.is_made():
        subprocess.run([python, "tools/catalogues.py"], cwd=ROOT, check=True)
        subprocess.run([python, "-m", "kolibri", "manage", "builddatabase", bootstrap.DATABASE], cwd=ROOT, check=True)
    log = BUILD / "pyinstaller.log"
    # The same source gives the same program: names in sets come in one order.
    same = {**os.environ, "PYTHONHASHSEED": "0"}
    command = [python, "-m", "PyInstaller", "build_desktop.spec", "--noconfirm", "--workpath", BUILD / "work"]
    with log.open("wb") as told:
        if subprocess.run(command, cwd=ROOT, env=same, stdout=told, stderr=subprocess.STDOUT, check=False).returncode:
            raise SystemExit(f"PyInstaller failed; see {log.relative_to(ROOT)}")
    folder = ROOT / "dist" / "kolibri-desktop"
    if sys.platform == "linux" and shutil.which("strip"):
        # Python that was built here keeps what its debugger would read, which nobody needs in a school.
        for library in (folder / "_internal").glob("libpython3*.so*"):
            subprocess.run(["strip", "--strip-unneeded", library], check=True)
    if subprocess.run([python, "tools/bundle.py", folder], cwd=ROOT, check=False).returncode:
        raise SystemExit("the bundle is not what the source tree says")
    return folder / ("kolibri-desktop.exe" if os.name == "nt" else "kolibri-desktop")


def try_out(program: Path) -> None:
    """Start the program on an empty home, open its first page, and end it. Raises SystemExit when it cannot."""
    with tempfile.TemporaryDirectory() as home:
        try:
            try_server(program, Path(home) / "home")
        except (AssertionError, OSError, subprocess.SubprocessError) as error:
            raise SystemExit(f"the built program does not work: {error}") from error


def main() -> int:
    BUILD.mkdir(exist_ok=True)
    program = build(environment())
    try_out(program)
    files = [path for path in program.parent.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files) / 1024 / 1024
    print(f"{program.relative_to(ROOT)} starts and answers; {len(files)} files, {size:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
