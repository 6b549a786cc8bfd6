"""What the installer for Windows is made of, as far as it can be seen without Wine."""

from __future__ import annotations

import re
import struct
from pathlib import Path

import pytest
from django.conf import settings

from tools import catalogues
from tools.windows import random_numbers
from tools.windows import sentences


@pytest.mark.parametrize("code", sentences.LANGUAGES)
def test_each_sentence_names_what_the_installer_knows(code: str) -> None:
    for text in sentences.translated(code).values():
        assert not re.search(r"(?<!\$)\{", sentences.quoted(text))


def test_it_speaks_every_language_of_the_program() -> None:
    assert list(sentences.LANGUAGES) == ["en", *(code for code in sorted(dict(settings.LANGUAGES)) if code != "en")]


def test_what_is_not_translated_yet_is_said_in_english(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogues, "LOCALE", tmp_path)
    assert sentences.translated("sw") == sentences.translated("en")
    folder = tmp_path / "sw" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    entry = 'msgid "The program"\nmsgstr "Programu"\n'
    (folder / "django.po").write_text(f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n{entry}')
    catalogues.compile_file(folder / "django.po")
    assert sentences.translated("sw") == {**sentences.translated("en"), "PROGRAM": "Programu"}


def test_a_sentence_cannot_end_early_in_the_script() -> None:
    assert sentences.quoted('5 $ "each" {free}') == '"5 $$ $\\"each$\\" $1"'


def test_every_sentence_of_the_script_is_said_in_every_language() -> None:
    keys = sentences.translated("en")
    lines = sentences.script().splitlines()
    assert sum(line.startswith("LangString ") for line in lines) == len(keys) * len(sentences.LANGUAGES)
    setup = (sentences.ROOT / "assets" / "installer" / "windows" / "setup.nsi").read_text("ascii")
    assert [key for key in keys if f"$({key})" not in setup and f" {key}\n" not in setup] == []


def test_random_numbers_are_passed_on_to_what_wine_has() -> None:
    file = random_numbers.dll()
    (header,) = struct.unpack_from("<I", file, 60)
    assert file[:2] == b"MZ" and file[header : header + 6] == b"PE\0\0" + struct.pack("<H", 0x8664)
    assert b"ProcessPrng\0" in file and b"advapi32.SystemFunction036\0" in file
