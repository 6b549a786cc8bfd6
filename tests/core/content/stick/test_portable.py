"""The program for Windows that runs from the stick: whole or not to be started, replaced, its data left alone."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest

from app.portable import home_beside
from kolibri.core.content.stick import kit
from kolibri.core.content.stick import portable
from kolibri.core.content.stick.target import Target
from kolibri.core.tasks.job import JobCanceled
from kolibri.errors import BadInput
from tests.core.content.conftest import Watching
from tests.core.content.stick.test_channels import files
from tests.core.content.stick.test_kit import verify
from tests.media import exfat_stick

PARTS = {
    "kolibri-desktop.exe": b"MZ" * 5000,
    "_internal/base_library.zip": b"PK" * 300,
    "_internal/Django-5.2.dist-info/METADATA": b"Name: Django",
    "_internal/setuptools/_vendor/jaraco/text/Lorem ipsum.txt": b"",
}


@pytest.fixture(autouse=True)
def _home(home: Path) -> None:
    """The turn's lock lies in a home of its own."""


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return laid(tmp_path / "kolibri-desktop", PARTS)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


def numbered(*numbers: int) -> bytes:
    """Return a program with these four numbers as its version, as PyInstaller writes them."""
    first, second, third, fourth = numbers
    fixed = struct.pack("<IIII", 0xFEEF04BD, 0x00010000, first << 16 | second, third << 16 | fourth)
    return b"MZ" * 40 + fixed + bytes(40)


def laid(folder: Path, parts: dict[str, bytes]) -> Path:
    for name, content in parts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def made(root: Path, bundle: Path | None, watcher: Watching | None = None) -> None:
    kit.make(root, root.parent / "content", [], [], watcher or Watching(), bundle)


def on_stick(root: Path) -> dict[str, bytes]:
    start = f"{portable.FOLDER}/"
    return {name.removeprefix(start): (root / name).read_bytes() for name in files(root) if name.startswith(start)}


def test_it_runs_from_the_stick_with_its_data_beside_it(root: Path, bundle: Path) -> None:
    made(root, bundle)
    found = on_stick(root)
    found.pop("portable.ini")
    assert found == PARTS
    program = root / "windows-portable" / "kolibri-desktop.exe"
    assert home_beside(program) == program.with_name("Kolibri Desktop Data")
    assert "windows-portable" in (root / "START.html").read_text("utf-8")
    assert verify(root) == (0, "Every file is whole.\n")
    (root / "windows-portable" / "_internal" / "base_library.zip").write_bytes(b"spoilt")
    status, said = verify(root)
    assert status == 1 and "windows-portable/_internal/base_library.zip" in said


def test_a_newer_one_takes_its_place_and_leaves_the_school_alone(root: Path, bundle: Path, tmp_path: Path) -> None:
    made(root, bundle)
    data = root / "windows-portable" / "Kolibri Desktop Data"
    data.mkdir()
    (data / "db.sqlite3").write_bytes(b"the school")
    (root / "windows-portable" / "portable.ini").write_text("[portable]\ndata = Kolibri Desktop Data\n; ours\n")
    newer = {name: content + b"2" for name, content in PARTS.items() if "Lorem" not in name}
    made(root, laid(tmp_path / "newer", newer))
    found = on_stick(root)
    assert found.pop("portable.ini").endswith(b"; ours\n")
    assert found.pop("Kolibri Desktop Data/db.sqlite3") == b"the school"
    assert found == newer
    made(root, None)
    assert verify(root) == (0, "Every file is whole.\n")
    assert "windows-portable/kolibri-desktop.exe" in (root / "SHA256SUMS").read_text()


def test_a_later_version_on_the_stick_stays_since_a_school_that_it_has_upgraded_opens_with_no_other(
    root: Path, bundle: Path, tmp_path: Path
) -> None:
    later = laid(tmp_path / "later", {**PARTS, "kolibri-desktop.exe": numbered(1, 10, 0, 0)})
    laid(bundle, {"kolibri-desktop.exe": numbered(1, 9, 3, 0), "_internal/more.txt": b"more"})
    made(root, later)
    before = files(root)
    result = kit.make(root, root.parent / "content", [], [], Watching(), bundle)
    assert result["sentences"] == [
        "The stick has a later version of the program that runs from it. It was left as it is."
    ]
    assert result["portable"] is False
    assert files(root) == before
    assert verify(root) == (0, "Every file is whole.\n")
    # Where the later one was cut short there is no program yet, and so nothing to keep.
    (root / "windows-portable" / "kolibri-desktop.exe").unlink()
    made(root, bundle)
    assert on_stick(root)["kolibri-desktop.exe"] == numbered(1, 9, 3, 0)
    made(root, later)
    assert on_stick(root)["kolibri-desktop.exe"] == numbered(1, 10, 0, 0)


def test_one_part_that_is_new_is_enough_to_take_the_program_away_until_all_is_there(
    root: Path, bundle: Path, tmp_path: Path
) -> None:
    made(root, bundle)
    newer = laid(tmp_path / "newer", {**PARTS, "_internal/base_library.zip": b"another"})
    with pytest.raises(JobCanceled):
        made(root, newer, Watching(lambda done: JobCanceled("now") if done else None))
    assert not (root / "windows-portable" / "kolibri-desktop.exe").exists()
    made(root, newer)
    assert on_stick(root)["_internal/base_library.zip"] == b"another"


@pytest.mark.parametrize("place", [0, 5, 48, 63, 64, 65, 100, 127, 128, 640])
def test_a_version_is_found_wherever_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """Also over the end of a piece that is read at a time."""
    monkeypatch.setattr(portable, "_PIECE", 64)
    told = struct.pack("<IIII", 0xFEEF04BD, 0x00010000, 1 << 16 | 2, 3 << 16 | 4)
    program = tmp_path / "program.exe"
    program.write_bytes(b"x" * place + told + b"y" * 200)
    assert portable.version_of(program) == (1, 2, 3, 4)


@pytest.mark.parametrize("content", [b"MZ", b"", numbered(0, 0, 0, 0)[:90]])
def test_a_program_that_says_no_version_is_replaced(root: Path, bundle: Path, content: bytes) -> None:
    made(root, bundle)
    (root / "windows-portable" / "kolibri-desktop.exe").write_bytes(content)
    assert portable.version_of(root / "windows-portable" / "kolibri-desktop.exe") == ()
    made(root, bundle)
    assert on_stick(root)["kolibri-desktop.exe"] == PARTS["kolibri-desktop.exe"]


def test_cut_short_it_does_not_start_and_the_next_run_goes_on(root: Path, bundle: Path, tmp_path: Path) -> None:
    made(root, bundle)
    newer = laid(tmp_path / "newer", {name: content + b"2" for name, content in PARTS.items()})

    class Cut(Watching):
        def update_progress(self, *words: object, **more: object) -> None:  # type: ignore[override]
            raise JobCanceled("now")

    with pytest.raises(JobCanceled):
        made(root, newer, Cut())
    assert not (root / "windows-portable" / "kolibri-desktop.exe").exists()
    made(root, newer)
    found = on_stick(root)
    found.pop("portable.ini")
    assert found == {name: content + b"2" for name, content in PARTS.items()}
    assert verify(root)[0] == 0


def test_power_lost_or_cancelled_at_any_file_the_next_run_goes_on_and_writes_no_file_twice(
    root: Path, bundle: Path
) -> None:
    for files_done in range(len(PARTS)):
        stopped = Watching(lambda done, most=files_done: JobCanceled("now") if done > most else None)
        with contextlib.suppress(JobCanceled):
            made(root, bundle, stopped)
        program = root / "windows-portable" / "kolibri-desktop.exe"
        assert not program.exists() or all((root / "windows-portable" / name).exists() for name in PARTS)
    made(root, bundle)
    before = {path: path.stat().st_mtime_ns for path in (root / "windows-portable").rglob("*") if path.is_file()}
    told = Watching()
    made(root, bundle, told)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    done, total, _extra = told.told[-1]
    assert done == total == sum(map(len, PARTS.values()))
    assert not (root / "kolibri-unfinished").exists()


def test_a_program_that_runs_from_this_stick_is_not_taken_away_from_under_it(
    root: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows removes no program that runs."""
    made(root, bundle)
    newer = laid(tmp_path / "newer", {name: content + b"2" for name, content in PARTS.items()})
    unlink = Path.unlink

    def refuse(path: Path, **words: bool) -> None:
        if path == root / "windows-portable" / "kolibri-desktop.exe":
            raise PermissionError(13, "used by another process")
        unlink(path, **words)

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(BadInput, match="is running. Close it"):
        made(root, newer)
    found = on_stick(root)
    found.pop("portable.ini")
    assert found == PARTS


def test_a_source_that_is_pulled_out_is_said_and_leaves_no_half_program(root: Path, bundle: Path) -> None:
    class PulledOut(Watching):
        def update_progress(self, *words: object, **more: object) -> None:  # type: ignore[override]
            (bundle / "kolibri-desktop.exe").unlink(missing_ok=True)

    with pytest.raises(BadInput, match="cannot be read any more"):
        made(root, bundle, PulledOut())
    assert not (root / "windows-portable" / "kolibri-desktop.exe").exists()
    laid(bundle, PARTS)
    program = portable.Program(bundle, Target(root))
    (bundle / "_internal" / "base_library.zip").unlink()
    with pytest.raises(BadInput, match="cannot be read any more"):
        program.put(lambda _count: None, lambda: None)
    laid(bundle, PARTS)
    made(root, bundle)
    assert verify(root)[0] == 0


def test_room_is_left_for_a_new_school_but_not_twice(root: Path, bundle: Path) -> None:
    program = portable.Program(bundle, Target(root))
    assert sum(program.missing()) == portable.needs(bundle) > sum(map(len, PARTS.values())) + 20 * 1024 * 1024
    made(root, bundle)
    assert sum(program.missing()) == portable.needs(bundle) - program.total
    (root / "windows-portable" / "Kolibri Desktop Data").mkdir()
    assert program.missing() == []


def test_it_is_found_in_the_first_folder_that_has_a_whole_one(root: Path, bundle: Path, tmp_path: Path) -> None:
    """A stick that was cut short has no program yet."""
    made(root, bundle)
    half = tmp_path / "half"
    (half / "windows-portable" / "_internal").mkdir(parents=True)
    assert portable.find([tmp_path / "nothing", half, root]) == root / "windows-portable"
    assert portable.find([half]) is None


@pytest.mark.parametrize("name", ["_internal/what?.txt", "_internal/.hidden", "_internal/" + "n" * 200, "_internal/é"])
def test_names_that_a_stick_cannot_hold_are_refused_before_anything_is_written(
    root: Path, bundle: Path, name: str
) -> None:
    laid(bundle, {name: b""})
    with pytest.raises(BadInput, match="cannot hold the file"):
        made(root, bundle)
    assert files(root) == {}


def test_two_names_that_a_stick_takes_for_one_are_refused(root: Path, bundle: Path) -> None:
    laid(bundle, {"_internal/Same.txt": b"a", "_internal/same.TXT": b"b"})
    with pytest.raises(BadInput, match="cannot hold the file"):
        portable.Program(bundle, Target(root))


def test_a_link_is_refused(root: Path, bundle: Path) -> None:
    (bundle / "_internal" / "link").symlink_to("base_library.zip")
    with pytest.raises(BadInput, match="_internal/link"):
        portable.Program(bundle, Target(root))


@pytest.mark.parametrize("link", ["windows-portable", "windows-portable/_internal"])
def test_a_stick_whose_folder_is_a_link_to_the_computer_takes_nothing_from_it(
    root: Path, bundle: Path, tmp_path: Path, link: str
) -> None:
    mine = laid(
        tmp_path / "mine", dict.fromkeys(("letter.txt", "_internal/db.sqlite3", "kolibri-desktop.exe"), b"mine")
    )
    before = files(mine)
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(mine)
    with pytest.raises(BadInput, match="Use another one"):
        made(root, bundle)
    assert files(mine) == before


def test_a_link_in_a_folder_of_the_program_is_not_followed_when_others_files_are_removed(
    root: Path, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A junction of Windows is no link for Python, and `rglob` goes into it."""
    made(root, bundle)
    mine = laid(tmp_path / "mine", {"letter.txt": b"mine"})
    inside = root / "windows-portable" / "_internal"
    (inside / "junction").symlink_to(mine)
    (inside / "old.txt").write_bytes(b"of an older program")
    program = portable.Program(bundle, Target(root))
    monkeypatch.setattr(Path, "rglob", lambda folder, _pattern: [folder / "old.txt", folder / "junction/letter.txt"])
    program.put(lambda _count: None, lambda: None)
    assert (mine / "letter.txt").read_bytes() == b"mine"
    assert not (inside / "old.txt").exists()


def test_what_is_no_program_is_said(root: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="make windows"):
        portable.Program(tmp_path, Target(root))


def test_exfat_holds_it(bundle: Path, tmp_path: Path) -> None:
    with exfat_stick(tmp_path) as stick:
        root = stick.put_in()
        kit.make(root, tmp_path / "content", [], [], Watching(), bundle)
        stick.eject()
        stick.put_in()
        assert PARTS.items() <= on_stick(root).items()
        assert verify(root)[0] == 0
        stick.eject()
