"""Make a clone ready and start it, with nothing but Python's standard library.

    python3 tools/bootstrap.py run [ARGUMENTS]   get ready and start the program
    python3 tools/bootstrap.py test [ARGUMENTS]  get ready, check the code and run the tests
    python3 tools/bootstrap.py test-postgres [ARGUMENTS]
                                                 get ready and run the tests on a PostgreSQL of their own
    python3 tools/bootstrap.py ready [SET [GROUP ...]]
                                                 get ready only: server, desktop (as it stands) or dev, and groups
                                                 of tools/system-packages.txt besides

Each step is left out when what it makes is there and still fits. A step that this user may not
do (installing system libraries) is said in one line to run, and the rest goes on.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "kolibri-desktop.json"
LEAST = (3, 11)
# Each set holds all of the one before it.
SETS = ("server", "desktop", "dev")


class Stopped(Exception):
    """Nothing more can be done; the message says what the reader can do."""


def say(message: str) -> None:
    print(f"-- {message}", flush=True)


def works(*command: str | Path) -> bool:
    """Return whether the command can be run and ends well; its words are thrown away."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
        )
    except OSError:
        return False
    return ended.returncode == 0


def do(*command: str | Path, **environment: str) -> None:
    """Run the command in the clone. Raises Stopped when it fails."""
    ended = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, env={**os.environ, **environment}, check=False)
    if ended.returncode:
        raise Stopped(f"this failed ({ended.returncode}): {shlex.join(str(word) for word in command)}")


# The system's packages


def wanted_packages(groups: tuple[str, ...]) -> list[str]:
    """Return the names in tools/system-packages.txt that stand under one of the groups."""
    group, names = "", []
    for line in (ROOT / "tools" / "system-packages.txt").read_text("utf-8").splitlines():
        line = line.partition("#")[0].strip()
        if line.startswith("["):
            group = line.strip("[]")
        elif line and group in groups:
            names.append(line)
    return names


def missing_packages(names: list[str]) -> list[str]:
    """Return those of the Debian packages that are not installed; none where there is no dpkg."""
    if not names or not shutil.which("dpkg-query"):
        return []
    asked = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package} ${Provides}\n", *names],
        capture_output=True,
        text=True,
        check=False,
    )
    there: set[str] = set()
    for line in asked.stdout.splitlines():
        status, _space, rest = line.partition(" ")
        if status == "installed":
            there.update(word.strip(",") for word in rest.split())
    return [name for name in names if name not in there]


def privilege() -> list[str] | None:
    """Return what to write before a command so that it runs as root, or None when that needs a password."""
    if os.name == "nt":
        return None
    if os.geteuid() == 0:
        return []
    return ["sudo", "-n"] if works("sudo", "-n", "true") else None


def install_packages(names: list[str]) -> None:
    """Install Debian packages where this user may; otherwise print the one line that does."""
    missing = missing_packages(names)
    if not missing:
        return
    line = f"sudo apt-get install --no-install-recommends {' '.join(missing)}"
    before = privilege()
    if before is None or not shutil.which("apt-get"):
        say(f"Some system packages are missing. To have everything, run:\n\n   {line}\n")
        return
    say(f"installing system packages: {' '.join(missing)}")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    keep = ["--preserve-env=DEBIAN_FRONTEND"] if before else []

    def apt(*words: str) -> bool:
        command = [*before[:1], *keep, *before[1:], "apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0", *words]
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=quiet, check=False
        )
        if ended.returncode:
            print(ended.stdout.decode(errors="replace"), flush=True)
        return ended.returncode == 0

    apt("update")
    install = ("install", "--no-install-recommends")
    if not apt(*install, *missing):
        # One name that this release does not know makes apt refuse them all.
        for name in missing:
            apt(*install, name)
    if left := missing_packages(missing):
        say(f"These could not be installed and something may not work without them: {' '.join(left)}")


# Python's packages


def suitable_python() -> str:
    """Return a Python that is new enough. Raises Stopped when there is none."""
    if sys.version_info >= LEAST:
        return sys.executable
    for minor in range(14, LEAST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise Stopped("Python 3.11 or newer is needed. On Debian 12 and newer: sudo apt-get install python3 python3-venv")


def make_environment() -> None:
    """Make .venv with pip in it, by whichever way this system offers. Raises Stopped."""
    if works(PYTHON, "-c", f"import sys; sys.exit(sys.version_info < {LEAST})") and works(PYTHON, "-m", "pip", "-V"):
        return
    if VENV.exists():
        say("the virtual environment does not work any more: making a new one")
        shutil.rmtree(VENV)
    say("making the virtual environment .venv")
    python = suitable_python()
    if not works(python, "-c", "import ensurepip, venv") and privilege() is not None:
        install_packages(["python3-venv"])
    if works(python, "-c", "import ensurepip") and works(python, "-m", "venv", VENV):
        return
    # Debian keeps ensurepip in a package of its own; a pip that is there can fill an empty environment.
    if works(python, "-m", "venv", "--without-pip", VENV):
        say("python3-venv is missing: filling the environment with the pip that is there")
        if works(python, "-m", "pip", "--python", PYTHON, "install", "pip"):
            return
    shutil.rmtree(VENV, ignore_errors=True)
    raise Stopped("Python cannot make virtual environments here. Run: sudo apt-get install python3-venv")


def fingerprint(*files: Path) -> str:
    """Return one number for what is in the files."""
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.relative_to(ROOT).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def read_stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def write_stamp(**values: str) -> None:
    STAMP.write_text(json.dumps({**read_stamp(), **values}, indent=1), "utf-8")


def lock_file(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def install_requirements(name: str) -> None:
    """Bring exactly the locked packages of a set, unless they, or a larger set's, are there."""
    stamp = read_stamp()
    enough = SETS[SETS.index(name) :]
    if stamp.get("set") in enough and stamp.get("lock") == fingerprint(lock_file(stamp["set"])):
        return
    if stamp.get("set") in enough:
        name = stamp["set"]
    say(f"installing the packages of requirements/{name}.txt (some 300 MB at the first time)")
    do(
        *(PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"),
        *("--no-deps", "--require-hashes", "-r", lock_file(name)),
    )
    write_stamp(set=name, lock=fingerprint(lock_file(name)))


# What is made from the source


def old_catalogues() -> list[Path]:
    """Return the sources of translations whose .mo file is missing or older."""
    return [
        source
        for source in sorted((ROOT / "kolibri" / "locale").glob("*/LC_MESSAGES/*.po"))
        if not source.with_suffix(".mo").exists() or source.with_suffix(".mo").stat().st_mtime < source.stat().st_mtime
    ]


def compile_translations() -> None:
    """Make the .mo files that are missing or older than their .po file; without them the program speaks English."""
    old = old_catalogues()
    if not old:
        return
    say(f"compiling {len(old)} translation catalogues")
    try:
        do(PYTHON, ROOT / "tools" / "catalogues.py", *old)
    except Stopped as problem:
        say(f"{problem}; what was not compiled stays in English")


DATABASE = ROOT / "assets" / "database" / "empty.sqlite3"


def origin_of_database() -> str:
    """Return one number for all that the built database rests on."""
    return fingerprint(*(ROOT / "kolibri").rglob("migrations/*.py"), ROOT / "requirements" / "server.txt")


def is_made() -> bool:
    """Whether the catalogues and the database are there and as new as what they are made from."""
    return not old_catalogues() and DATABASE.exists() and read_stamp().get("database") == origin_of_database()


def build_database() -> None:
    """Make the database that a first start copies, when a migration changed since the last time."""
    if DATABASE.exists() and read_stamp().get("database") == origin_of_database():
        return
    say("building the database that a first start begins with")
    try:
        do(PYTHON, "-m", "kolibri", "manage", "builddatabase", DATABASE)
    except Stopped as problem:
        say(f"{problem}; the first start will make its database itself, which takes longer")
    else:
        write_stamp(database=origin_of_database())


def make_ready(name: str, *more: str) -> None:
    """Do all of it for one set of packages and `more` groups of the system's. Raises Stopped."""
    make_environment()
    install_requirements(name)
    groups = {"server": (), "desktop": ("run",), "dev": ("run", "test")}[name]
    install_packages(wanted_packages((*groups, *more)))
    compile_translations()
    build_database()


def main(words: list[str]) -> int:
    command, rest = (words[0], words[1:]) if words else ("", [])
    if command == "ready" and set(rest[:1]) <= set(SETS):
        make_ready(*(rest or ["desktop"]))
        return 0
    if command == "run":
        make_ready("desktop")
        return start(PYTHON, "-m", "app", *rest)
    if command == "test":
        make_ready("dev")
        # Both, whatever the first one says: one run shows everything that is wrong.
        checked = subprocess.run([PYTHON, ROOT / "tools" / "lint.py"], cwd=ROOT, check=False).returncode
        tested = subprocess.run(pytest_command(*rest), cwd=ROOT, check=False).returncode
        return checked or tested
    if command == "test-postgres":
        make_ready("dev", "district")
        # What is marked `desktop` is about the SQLite file or a window of one computer.
        tests = pytest_command("-m", "not desktop", *rest)
        return subprocess.run([PYTHON, ROOT / "tools" / "postgres.py", *tests], cwd=ROOT, check=False).returncode
    print(__doc__)
    return 2


def pytest_command(*words: str) -> list[str | Path]:
    """Return how tests are run: one process more than there are processors, since browsers and kills mostly wait.

    `-n 0` among the words runs them one after another, for a debugger.
    """
    return [PYTHON, "-m", "pytest", "-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal", *words]


def start(*command: str | Path) -> int:
    """Run the command in the clone in the place of this process."""
    os.chdir(ROOT)
    if os.name == "nt":
        return subprocess.run(command, check=False).returncode
    sys.stdout.flush()
    os.execv(command[0], [str(word) for word in command])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Stopped as problem:
        sys.exit(f"-- {problem}")
    except KeyboardInterrupt:
        sys.exit(130)
