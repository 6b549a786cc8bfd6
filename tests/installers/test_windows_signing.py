"""Signing for Windows, with a certificate of the tests' own: what a release does when its secrets exist."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.installers import signing
from tools.windows import random_numbers
from tools.windows import sign


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a program of Windows' form, in a folder whose name shells stumble over."""
    for name in (sign.CERTIFICATE, sign.PASSWORD, sign.TIMESTAMP):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "the school's $folder"
    folder.mkdir()
    (folder / "a program.dll").write_bytes(random_numbers.dll())
    return folder / "a program.dll"


@pytest.fixture
def authority(tmp_path: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a certificate into the environment, and return what vouches for it."""
    environment, authority = signing.certificate(tmp_path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return authority


def test_without_a_certificate_the_file_stays_as_it_is(file: Path, tmp_path: Path) -> None:
    sign.sign(file)
    assert file.read_bytes() == random_numbers.dll()
    assert not sign.is_asked()
    _environment, authority = signing.certificate(tmp_path)
    assert not signing.is_signed(file, authority)


def test_signed_in_its_place_and_nothing_of_the_key_is_left(file: Path, authority: Path) -> None:
    sign.sign(file)
    assert signing.is_signed(file, authority)
    assert list(file.parent.iterdir()) == [file]
    changed = bytearray(file.read_bytes())
    changed[0x220] ^= 1
    file.write_bytes(changed)
    assert not signing.is_signed(file, authority)


def test_signed_by_the_command_that_nsis_runs(file: Path, authority: Path) -> None:
    subprocess.run(f'{sign.command()} "{str(file).replace("$", chr(92) + "$")}"', shell=True, check=True)
    assert signing.is_signed(file, authority)


@pytest.mark.parametrize(("name", "value"), [(sign.PASSWORD, "another word"), (sign.CERTIFICATE, "bm8gcDEy")])
def test_a_certificate_that_does_not_open_stops_the_build(
    file: Path, authority: Path, name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=r"could not be signed|not a \.p12"):
        sign.sign(file)
    assert file.read_bytes() == random_numbers.dll()
    assert list(file.parent.iterdir()) == [file]
