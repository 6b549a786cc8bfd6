"""The Windows program on a stick, under Wine: all data beside it, and found again at another place.

Without its window, which needs what Wine has not.
"""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from kolibri.core.content.stick import portable
from tests.end_to_end.window import ROOT
from tests.installers.windows import Computer
from tests.installers.windows import until
from tests.media import memory_disk
from tests.media import take_away
from tools.smoke import Pages
from tools.smoke import ask
from tools.windows import installer
from tools.windows.build import BUNDLE
from tools.windows.wine import PREFIX
from tools.windows.wine import Wine
from tools.windows.wine import display

DATA = "Kolibri Desktop Data"
OUT_NOW = "You may take the stick out now."
TAKEN = "The stick with the program was taken out."
FOLDER, MOVED = "Kolibri de l'École ወርቅ", "Мектеп 2 مدرسة"


@pytest.fixture(scope="module")
def stick(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a stick that was made by the command, as schools get it, in a folder of this name."""
    assert (BUNDLE / "kolibri-desktop.exe").exists(), "`make windows` makes it"
    root = tmp_path_factory.mktemp("stick")
    numbers = [int(number) for number in re.findall(r"\d+", installer.version())]
    assert portable.version_of(BUNDLE / "kolibri-desktop.exe")[: len(numbers)] == tuple(numbers)
    command = [sys.executable, "-m", "tools.stick", root, "--installers", root / "none", "--portable", BUNDLE]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert subprocess.run(["sh", root / "verify.sh"], capture_output=True, text=True, check=False).returncode == 0
    (root / "windows-portable").rename(root / FOLDER)
    return root


@pytest.fixture(scope="module")
def computer() -> Iterator[Computer]:
    with display() as screen:
        # On the same disk as what it shares its files with.
        wine = Wine(PREFIX, screen).copy(PREFIX.with_name("wine-of-sticks"))
        try:
            yield Computer(wine)
        finally:
            wine.end()


def put_in(computer: Computer, letter: str, root: Path, folder: str) -> None:
    """Let the stick be that drive, and the program in its folder the one that is started."""
    # Wine looks at its drives when its first program starts.
    computer.wine.settle()
    computer.drive(f"{letter}:", root)
    computer.program = Path(f"{letter.upper()}:\\{folder}\\kolibri-desktop.exe")
    computer.data = root / folder / DATA


def files(folder: Path) -> dict[str, tuple[int, int]]:
    """Return all files with their sizes and times."""
    found = {path.relative_to(folder).as_posix(): path.lstat() for path in folder.rglob("*") if not path.is_dir()}
    return {name: (facts.st_size, facts.st_mtime_ns) for name, facts in found.items()}


def run_once(computer: Computer) -> str:
    """Start it, set a school up or sign in to it, and end it as a shutdown does; return what it said."""
    with computer.running("--serve-only") as process:
        Pages(ask(computer.data, "enter")["url"]).set_up_a_school()
        # No log of its own on a stick: its index is memory mapped, and would end the program when it is pulled out.
        assert not computer.data.joinpath("db.sqlite3-wal").exists()
        assert computer.wine.run(computer.program, "--stop", seconds=90).returncode == 0
        said, _none = process.communicate(timeout=60)
        assert process.returncode == 0, said
    return said.decode("utf-8", "replace")


def test_all_data_is_on_the_stick_and_is_found_at_another_place(computer: Computer, stick: Path) -> None:
    put_in(computer, "e", stick, FOLDER)
    computers_own, program = files(computer.wine.prefix / "drive_c"), files(stick / FOLDER)

    assert f"Everything is saved. {OUT_NOW}" in run_once(computer)
    computer.wine.settle()
    assert (computer.data / "db.sqlite3").exists()
    assert sorted(path.name for path in (stick / FOLDER).iterdir()) == [
        DATA,
        "_internal",
        "kolibri-desktop.exe",
        "portable.ini",
    ]
    assert {name: facts for name, facts in files(stick / FOLDER).items() if not name.startswith(DATA)} == program
    left = files(computer.wine.prefix / "drive_c")
    assert left == computers_own, "the computer keeps nothing of a program that is carried about"
    for registry in computer.wine.prefix.glob("*.reg"):
        assert "kolibri" not in registry.read_text("utf-8", "replace").lower()

    # Another computer gives the stick another letter, and somebody has put the folder into another one.
    (computer.wine.prefix / "dosdevices" / "e:").unlink()
    (stick / "School").mkdir()
    (stick / FOLDER).rename(stick / "School" / MOVED)
    put_in(computer, "h", stick, f"School\\{MOVED}")
    computer.data = stick / "School" / MOVED / DATA
    assert OUT_NOW in run_once(computer)
    assert sorted(path.name for path in (stick / "School").iterdir()) == [MOVED]
    assert files(computer.wine.prefix / "drive_c") == computers_own


def test_a_program_on_a_stick_makes_another_stick_with_itself(computer: Computer, stick: Path, tmp_path: Path) -> None:
    """By its own page, with no `make windows` and no other stick at hand."""
    home = next(path.parent for path in stick.rglob(DATA))
    put_in(computer, "h", home.parent, home.name)
    computer.drive("g:", tmp_path)
    with computer.running("--serve-only"):
        pages = Pages(ask(computer.data, "enter")["url"])
        pages.set_up_a_school()
        pages.go("/computer/stick/")
        pages.go("/computer/stick/make/", folder="G:\\", portable="on")

        def is_made() -> bool:
            # As often as the page asks. Each time Wine says something of its drives, which nobody reads meanwhile.
            time.sleep(2)
            pages.go("/computer/stick/")
            assert "is not finished" not in pages.text, pages.text
            return "is made" in pages.text

        until(is_made, "the stick", seconds=300)
    made = tmp_path / "windows-portable"
    assert subprocess.run(["sh", tmp_path / "verify.sh"], capture_output=True, check=False).returncode == 0
    programs = [{name: size for name, (size, _time) in files(one).items() if DATA not in name} for one in (home, made)]
    assert programs[0] == programs[1]
    put_in(computer, "g", tmp_path, "windows-portable")
    assert OUT_NOW in run_once(computer)


def test_pulled_out_it_says_so_writes_nothing_there_and_goes_on_when_it_is_put_in_again(
    computer: Computer, stick: Path, tmp_path: Path
) -> None:
    """What a real Windows still holds in memory of a program whose stick is gone, Wine does not show."""
    home = next(path.parent for path in stick.rglob(DATA))
    seen = tmp_path / "seen"
    seen.mkdir()
    with memory_disk(tmp_path / "stick", "size=200m") as root:
        subprocess.run(["cp", "-a", home, root / FOLDER], check=True)
        subprocess.run(["mount", "--bind", root, seen], check=True)
        try:
            put_in(computer, "e", root, FOLDER)
            process = computer.wine.start(computer.program, "--serve-only")
            try:
                until(lambda: ask(computer.data, "status").get("state") == "ready", "the server")
                address = json.loads((computer.data / "run" / "server.json").read_text("utf-8"))
                take_away(root)
                until(lambda: TAKEN in page(address["port"]), "the sentence about the stick")
                assert stop(address["port"], address["token"])
                said, _none = process.communicate(timeout=60)
            finally:
                computer.wine.end()
                process.communicate()
            assert process.returncode == 1
            assert TAKEN in said.decode("utf-8", "replace") and "Traceback" not in said.decode("utf-8", "replace")
            assert list(root.iterdir()) == []
            put_in(computer, "f", seen, FOLDER)
            assert OUT_NOW in run_once(computer)
        finally:
            take_away(seen)


def page(port: int) -> str:
    """Return the page that everybody sees who asks for one."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            return html.unescape(answer.read().decode())
    except urllib.error.HTTPError as error:
        return html.unescape(error.read().decode())


def stop(port: int, token: str) -> bool:
    """Ask the program to end, with what it wrote down before its stick was gone."""
    wish = urllib.request.Request(
        f"http://127.0.0.1:{port}/control/stop", method="POST", headers={"Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(wish, timeout=10) as answer:
        return answer.status == 200
