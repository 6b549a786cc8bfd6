"""`portable.ini`: where it is looked for, what it may say, and what it wins over."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from app.options import Options
from app.portable import home_beside
from app.portable import settle
from kolibri.errors import BadInput


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A packed program in a folder of its own, which runs this test."""
    made = tmp_path / "BLUE STICK" / "kolibri-desktop.exe"
    made.parent.mkdir()
    made.touch()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(made))
    return made


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("", "Kolibri Desktop Data"),
        ("[portable]\n", "Kolibri Desktop Data"),
        ("[portable]\ndata = መረጃ 100%\n", "መረጃ 100%"),
        ("data=school\r\n", "school"),
        ("\ufeff[portable]\r\ndata = Écoles\r\n", "Écoles"),
    ],
)
def test_data_is_in_a_folder_beside_the_program(program: Path, text: str, name: str) -> None:
    program.with_name("portable.ini").write_bytes(text.encode())
    assert settle(Options(port=8)) == Options(home=program.parent / name, port=8, is_portable=True)


@pytest.mark.parametrize(
    "text",
    [
        b"data = ../elsewhere",
        b"data = /srv/data",
        b"data = C:\\data",
        b"data = a/b",
        b"data = ..",
        b"data = .",
        b"data = what?",
        b"data = dots.",
        b"[portable\ndata = x",
        b"[portable]\ndata = x\ndata = y",
        b"data = \xff\xfe",
    ],
)
def test_what_cannot_be_followed_starts_nothing_elsewhere(program: Path, text: bytes) -> None:
    program.with_name("portable.ini").write_bytes(text)
    with pytest.raises(BadInput, match=r"portable\.ini beside the program cannot be followed"):
        settle(Options())


def test_a_program_without_the_file_is_installed(program: Path) -> None:
    assert settle(Options()) == Options()


def test_a_home_that_was_asked_for_wins(program: Path, tmp_path: Path) -> None:
    program.with_name("portable.ini").touch()
    assert settle(Options(home=tmp_path)) == Options(home=tmp_path)


def test_the_source_is_never_portable(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.with_name("portable.ini").touch()
    monkeypatch.delattr(sys, "frozen")
    assert settle(Options()) == Options()


def test_on_macos_the_file_is_beside_the_bundle(tmp_path: Path) -> None:
    program = tmp_path / "Kolibri Desktop.app" / "Contents" / "MacOS" / "kolibri-desktop"
    program.parent.mkdir(parents=True)
    (tmp_path / "portable.ini").touch()
    assert home_beside(program) == tmp_path / "Kolibri Desktop Data"
