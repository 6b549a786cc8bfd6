"""The installer for Windows under Wine: installed, used, replaced while it runs, refused, cut off, removed.

One Windows for all of them, in this order, as on a school's computer.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.installers import signing
from tests.installers.windows import Computer
from tests.installers.windows import until
from tools.smoke import Pages
from tools.smoke import ask
from tools.windows import installer
from tools.windows import python
from tools.windows import sentences
from tools.windows import sign
from tools.windows.build import BUNDLE
from tools.windows.wine import PREFIX
from tools.windows.wine import Wine
from tools.windows.wine import display
from tools.windows.wine import windows_path

# What a school's download may weigh.
MOST_BYTES = 30_000_000
# Below C:\Users\<20 letters>\AppData\Local\Programs\Kolibri Desktop\next\ and Windows' 260.
LONGEST_PATH = 120


@pytest.fixture(scope="module")
def setup() -> Path:
    assert installer.setup_file().exists(), "`make windows` makes it"
    return installer.setup_file()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let what these tests pack be signed, by a certificate that the returned file vouches for."""
    environment, authority = signing.certificate(tmp_path_factory.mktemp("certificate"))
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(sign.TIMESTAMP, raising=False)
        for name, value in environment.items():
            patch.setenv(name, value)
        yield authority


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory, authority: Path) -> Path:
    """Return the signed installer of the same program under a newer version's name, with one file more."""
    folder = tmp_path_factory.mktemp("newer")
    bundle = folder / "bundle"
    subprocess.run(["cp", "-al", BUNDLE, bundle], check=True)
    (bundle / "_internal" / "newer.txt").write_text("newer", "ascii")
    sign.sign(bundle / "kolibri-desktop.exe")
    return installer.make(bundle, installer.NEWER, folder / "newer.exe", is_quick=True)


@pytest.fixture(scope="module")
def computer() -> Iterator[Computer]:
    with display() as screen:
        # On the same disk as what it shares its files with.
        wine = Wine(PREFIX, screen).copy(PREFIX.with_name("wine-of-tests"))
        try:
            yield Computer(wine)
        finally:
            wine.end()


SILENT = """
Unicode true
Target amd64-unicode
OutFile "${OUT}"
RequestExecutionLevel user
SilentInstall silent
Section
%s
SectionEnd
"""
# Writes down how it was called, and enters itself as the real one does.
ENGINE = r"""
  FileOpen $0 "$EXEDIR\asked.txt" a
  FileSeek $0 0 END
  FileWrite $0 "$CMDLINE|"
  FileClose $0
  WriteRegStr HKCU "Software\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}" "pv" "131.0.2903.70"
"""


def silent(folder: Path, name: str, does: str = "") -> Path:
    """Return a program for Windows that shows nothing, does what is said in NSIS' language and ends with 0."""
    script, to = folder / f"{name}.nsi", folder / f"{name}.exe"
    script.write_text(SILENT % does, "utf-8")
    installer.run_makensis(script, OUT=to)
    return to


def small(folder: Path, version: str, program: bytes) -> Path:
    """Return an installer of something that is no program of ours."""
    bundle = folder / "small"
    (bundle / "_internal").mkdir(parents=True)
    (bundle / "kolibri-desktop.exe").write_bytes(program)
    (bundle / "_internal" / "a.txt").write_text("a", "ascii")
    return installer.make(bundle, version, folder / "small.exe", is_quick=True)


@contextmanager
def drive(computer: Computer, folder: Path, options: str) -> Iterator[None]:
    """Let E: be a disk of its own, as `mount -t tmpfs -o` takes it."""
    if os.geteuid() != 0:
        pytest.skip("a disk of its own takes root")
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        computer.drive("e:", folder)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


# Pages as the setup has them, whose texts are written down instead of shown.
SPEAKING = r"""
Unicode true
Target amd64-unicode
Name "Kolibri Desktop"
OutFile "${OUT}"
RequestExecutionLevel user
SilentInstall silent
!include "MUI2.nsh"
!define VERSION "1"
!define MEGABYTES "400"
!insertmacro MUI_PAGE_WELCOME
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_INSTFILES
!include "${SENTENCES}"
Section "un.$(PROGRAM)"
SectionEnd
Section
  WriteUninstaller "$EXEDIR\uninstall.exe"
  FileOpen $9 "$EXEDIR\said.txt" w
  StrCpy $0 "2"
  StrCpy $1 "30"
  StrCpy $INSTDIR "C:\Kolibri"
%s
  FileClose $9
SectionEnd
"""
# What Windows calls the languages, by the locale that lets Wine speak them.
SPOKEN = {
    "C.UTF-8": ("en", 1033),
    "ar_EG": ("ar", 1025),
    "es_BO": ("es", 1034),
    "fr_CA": ("fr", 1036),
    "pt_PT": ("pt", 1046),
    "sw_KE": ("sw", 1089),
    "de_DE": ("en", 1033),
}
# NSIS' own texts: how one of its buttons and one of its pages read.
OWN_TEXTS = {
    "en": ("&Next >", "Completing Kolibri Desktop Setup"),
    "ar": ("ال&تالي >", ""),
    "es": ("&Siguiente >", ""),
    "fr": ("&Suivant >", "Fin de l'installation de Kolibri Desktop"),
    "pt": ("&Próximo >", ""),
    "sw": ("&Endelea >", "Usakinishaji wa Kolibri Desktop umekamilika"),
}


def test_it_speaks_the_language_of_windows(computer: Computer, tmp_path: Path) -> None:
    said = tmp_path / "sentences.nsh"
    said.write_text(sentences.script(), "utf-8-sig")
    names = ["^NextBtn", "MUI_TEXT_FINISH_INFO_TITLE", *sentences.translated("en")]
    writes = [f'  FileWriteUTF16LE $9 "$({name})$\\n"' for name in names]
    script = tmp_path / "speaking.nsi"
    script.write_text(SPEAKING % "\n".join(['  FileWriteUTF16LE $9 "$LANGUAGE$\\n"', *writes]), "utf-8")
    installer.run_makensis(script, OUT=tmp_path / "speaking.exe", SENTENCES=said)
    values = {"installed": "2", "version": "1", "needed": "400", "free": "30", "folder": "C:\\Kolibri"}
    for place, (code, number) in SPOKEN.items():
        if place != "C.UTF-8":
            made = ["localedef", "-i", place, "-f", "UTF-8", tmp_path / f"{place}.UTF-8"]
            assert subprocess.run(made, capture_output=True, check=False).returncode == 0, f"no locale {place}"
        # Wine asks at its own start.
        computer.wine.settle()
        name = place if "." in place else f"{place}.UTF-8"
        ended = computer.wine.run(tmp_path / "speaking.exe", "/S", LC_ALL=name, LOCPATH=str(tmp_path))
        assert ended.returncode == 0
        language, button, title, *spoken = (tmp_path / "said.txt").read_text("utf-16-le").splitlines()
        assert (place, int(language)) == (place, number)
        assert button == OWN_TEXTS[code][0] and OWN_TEXTS[code][1] in title
        assert spoken == [text.format(**values) for text in sentences.translated(code).values()]
    computer.wine.settle()


def test_the_setup_is_small_enough(setup: Path) -> None:
    assert setup.stat().st_size <= MOST_BYTES


def test_windows_can_hold_every_file(setup: Path) -> None:
    """Wine takes longer names and links, Windows does not."""
    paths = list(BUNDLE.rglob("*"))
    assert [path for path in paths if path.is_symlink()] == []
    names = [path.relative_to(BUNDLE).as_posix() for path in paths]
    assert max(map(len, names)) <= LONGEST_PATH
    assert [name for name in names if set(name) & set('<>:"|?*\\') or name.endswith((" ", "."))] == []
    assert len({name.lower() for name in names}) == len(names)


def test_an_older_windows_is_told_so(computer: Computer, setup: Path) -> None:
    computer.wine.check("winecfg", "-v", "win81")
    assert computer.install(setup) == 6
    computer.wine.check("winecfg", "-v", "win10")
    assert not computer.folder.exists()


def test_a_full_disk_is_told_so(computer: Computer, setup: Path, tmp_path: Path) -> None:
    with drive(computer, tmp_path, "size=20m"):
        assert computer.install(setup, r"/D=E:\Kolibri") == 5
        assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_written_is_told_so(computer: Computer, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    with drive(computer, disk, "size=600m,ro"):
        assert computer.install(small(tmp_path, "0.0.1", b"never run"), r"/D=E:\Kolibri") == 2
    assert not computer.entered("DisplayVersion")


def test_installed_used_upgraded_refused_and_removed(computer: Computer, setup: Path, newer: Path) -> None:
    """By the same script as on a real Windows, run by the Python for Windows: the workflow calls it."""
    script, files = windows_path(installer.ROOT / "tools/windows/smoke.py"), map(windows_path, (setup, newer))
    ended = computer.wine.run(python.PYTHON / "python.exe", script, *files)
    assert ended.returncode == 0, ended.stdout
    ours = ("is installed", "set up", "taken its place", "is refused", "is removed")
    said = [line for line in ended.stdout.splitlines() if any(words in line for words in ours)]
    assert said == [
        f"{installer.version()} is installed",
        "a school is set up, by HTTP",
        f"{installer.NEWER} has taken its place while it ran",
        "a school is set up, by HTTP",
        f"{installer.version()} is refused",
        "it is removed, and the school's data is still there",
    ]
    assert (computer.data / "db.sqlite3").exists()


def test_installed_with_links_and_an_entry(computer: Computer, newer: Path) -> None:
    assert computer.install(newer) == 0
    assert computer.version() == f"kolibri-desktop {installer.version()}"
    assert computer.entered("DisplayVersion") == installer.NEWER
    assert computer.entered("InstallLocation").endswith(r"Programs\Kolibri Desktop")
    assert computer.entered("QuietUninstallString").endswith('uninstall.exe" /S')
    size = int(computer.entered("EstimatedSize"), 16) * 1024
    assert size == pytest.approx(sum(path.stat().st_size for path in BUNDLE.rglob("*") if path.is_file()), rel=0.2)
    assert computer.link.is_file()
    assert sorted(path.name for path in computer.folder.iterdir()) == [
        "_internal",
        "kolibri-desktop.exe",
        "uninstall.exe",
    ]


def test_all_that_is_run_is_signed(computer: Computer, newer: Path, authority: Path) -> None:
    for file in (newer, computer.program, computer.folder / "uninstall.exe"):
        assert signing.is_signed(file, authority), file


def test_a_release_cannot_be_driven_from_outside(computer: Computer) -> None:
    assert computer.wine.run(computer.program, "--remote-debugging-port=9222").returncode == 2
    # It says so in a box, which stays until somebody has read it.
    process = computer.wine.start(computer.program, KOLIBRI_TEST_WINDOW="9222")
    try:
        computer.press_return_in("Kolibri Desktop")
        assert process.wait(60) == 2
    finally:
        process.kill()
        process.communicate(timeout=60)
    assert not (computer.data / "run" / "server.json").exists()


def test_without_webview2_the_browser_takes_the_windows_place(computer: Computer, tmp_path: Path) -> None:
    opened = computer.note_what_the_browser_opens(tmp_path)
    with computer.running():
        until(opened.exists, "the browser")
        assert "WebView2" in computer.log().rpartition("Engine: browser.")[2].splitlines()[0]
        # A page of this person alone, since all on a computer can read what a program was started with.
        asked = opened.read_text("utf-8").strip()
        assert "key=" not in asked and asked.startswith("file:")
        page = computer.data / "run" / asked.rpartition("/")[2]
        address = re.search(r"url=([^\"]+)", page.read_text("utf-8"))
        assert address
        pages = Pages(html.unescape(address[1]))
        assert "/setup/" not in pages.address and "Hill School" in pages.text


def test_webview2_without_dotnet_is_not_taken_for_a_window(computer: Computer) -> None:
    """Read from a real registry: pywebview would end the process here, or show Internet Explorer."""
    key = r"HKCU\Software\Microsoft\EdgeUpdate\Clients\{F3017226-FE2A-4295-8BDF-00C3A9A7E4C5}"
    computer.wine.check("reg", "add", key, "/v", "pv", "/d", "131.0.2903.70", "/f")
    try:
        with computer.running():
            reason = computer.log().rpartition("Engine: browser.")[2].splitlines()[0]
            assert ".NET Framework" in reason and "WebView2" not in reason
    finally:
        computer.wine.check("reg", "delete", key, "/f")


def test_a_second_start_leaves_the_first_alone(computer: Computer) -> None:
    with computer.running() as first:
        before = (computer.data / "run" / "server.json").read_bytes()
        assert computer.wine.run(computer.program, seconds=90).returncode == 0
        assert first.poll() is None
        assert (computer.data / "run" / "server.json").read_bytes() == before


def test_a_program_that_does_not_start_here_changes_nothing(computer: Computer, tmp_path: Path) -> None:
    assert computer.install(small(tmp_path, "1000.0.0", b"no program")) == 7
    assert computer.version()
    assert not (computer.folder / "next").exists()


def test_a_program_that_does_not_close_changes_nothing(computer: Computer, newer: Path) -> None:
    """One that runs on another home is not this installer's to end."""
    other = computer.data.with_name("Another home")
    process = computer.wine.start(computer.program, "--home", windows_path(other), "--serve-only")
    try:
        until(lambda: ask(other, "status").get("state") == "ready", "the server")
        assert computer.install(newer) == 4
        assert ask(other, "status").get("state") == "ready"
    finally:
        computer.wine.run(computer.program, "--home", windows_path(other), "--stop")
        process.communicate(timeout=60)
    assert not (computer.folder / "next").exists()
    assert computer.version()


def test_cut_off_in_the_middle_there_is_a_program_after_the_next_try(computer: Computer, newer: Path) -> None:
    for seconds in (1.0, 3.0, 5.0):
        process = computer.wine.start(newer, "/S")
        time.sleep(seconds)
        computer.wine.end()
        process.communicate(timeout=60)
    assert computer.install(newer) == 0
    assert computer.version()
    assert not (computer.folder / "next").exists() and not (computer.folder / "old").exists()


def test_a_damaged_copy_is_refused_before_anything_changes(computer: Computer, newer: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.exe"
    shutil.copy(newer, damaged)
    with damaged.open("r+b") as file:
        # More than the signature at its end: without that it is only unsigned.
        file.truncate(damaged.stat().st_size - 100_000)
    assert computer.install(damaged) not in (0, 3)
    assert computer.version()


def test_removed_with_the_data_when_that_is_asked_for(computer: Computer) -> None:
    assert (computer.data / "db.sqlite3").exists()
    computer.remove("/DELETEDATA")
    until(lambda: not computer.data.exists(), "the data's end")
    assert not computer.link.exists()


def test_installed_in_a_folder_of_ones_own_choice(computer: Computer, newer: Path) -> None:
    # No space: the installer wants its /D without quotes, and starting it from Linux would add them.
    folder = computer.wine.prefix / "drive_c" / "Élève-ወርቅ"
    assert computer.install(newer, r"/D=C:\Élève-ወርቅ") == 0
    computer.folder, computer.program = folder, folder / "kolibri-desktop.exe"
    assert computer.version()


def test_killed_in_its_first_start_it_starts_again(computer: Computer) -> None:
    for seconds in (1.0, 2.0):
        process = computer.wine.start(computer.program, "--serve-only")
        time.sleep(seconds)
        computer.wine.end()
        process.communicate(timeout=60)
    with computer.running("--serve-only"):
        assert "/setup/" in Pages(ask(computer.data, "enter")["url"]).address


def test_another_programs_home_is_left_alone(computer: Computer) -> None:
    home = computer.data.with_name("Kolibri")
    home.mkdir()
    (home / "options.ini").write_text("[Paths]\n", "ascii")
    (home / "db.sqlite3").write_bytes(b"another program's")
    process = computer.wine.start(computer.program, "--home", windows_path(home), "--serve-only")
    try:
        said, _none = process.communicate(timeout=45)
    except subprocess.TimeoutExpired as shown:
        # The sentence stands in a box as well, until somebody presses its button.
        said = shown.output
        computer.wine.end()
        process.communicate(timeout=60)
    assert b"belongs to another program" in said
    assert sorted(path.name for path in home.iterdir()) == ["db.sqlite3", "options.ini"]
    assert (home / "db.sqlite3").read_bytes() == b"another program's"


def test_the_windows_engine_is_installed_from_the_same_folder_once(computer: Computer, tmp_path: Path) -> None:
    computer.remove()
    stick = tmp_path / "stick"
    stick.mkdir()
    silent(tmp_path, "program").rename(tmp_path / "program.bin")
    shutil.move(small(tmp_path, "0.0.1", (tmp_path / "program.bin").read_bytes()), stick / "setup.exe")
    silent(tmp_path, "engine", ENGINE).rename(stick / "MicrosoftEdgeWebView2RuntimeInstallerX64.exe")
    for _time in (1, 2):
        assert computer.install(stick / "setup.exe") == 0
        (asked,) = (stick / "asked.txt").read_text("utf-8").split("|")[:-1]
        assert asked.endswith("/silent /install")
