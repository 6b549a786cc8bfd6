"""Zips that may not be kept."""

import io
import struct
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from kolibri.core.content import zips
from kolibri.core.content.problems import BadFile


def made(tmp_path: Path, *entries: str | zipfile.ZipInfo) -> Path:
    path = tmp_path / "app.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry in ("index.html", *entries):
            archive.writestr(entry, "x" * 100)
    return path


def test_plain_zip_may_be_kept(tmp_path: Path) -> None:
    zips.check_zip(made(tmp_path, "a/b.js", "ünïcode/é.png", "dots..in.name/..x", "win\\path.js"))


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/x", "C:/x", "C:x", "a\\..\\..\\x", "\\\\host\\x", "..", "a/.."]
)
def test_name_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadFile) as caught:
        zips.check_zip(made(tmp_path, name))
    assert caught.value.code == "zip_escape"


def test_link_is_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with pytest.raises(BadFile) as caught:
        zips.check_zip(made(tmp_path, link))
    assert caught.value.code == "zip_escape"


def test_too_many_entries_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "MOST_ENTRIES", 3)
    zips.check_zip(made(tmp_path, "a", "b"))
    with pytest.raises(BadFile) as caught:
        zips.check_zip(made(tmp_path, "a", "b", "c"))
    assert caught.value.code == "zip_bomb"


def test_a_list_of_entries_that_fills_the_memory_is_not_read(tmp_path: Path) -> None:
    """It is read before its entries can be counted, and takes eight times its bytes."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, *[0] * 14)
    count = zips.MOST_LIST // len(entry) + 1
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(entry) * count, 0, 0)
    path = tmp_path / "app.zip"
    path.write_bytes(entry * count + end)
    tracemalloc.start()
    try:
        with pytest.raises(BadFile) as caught:
            zips.check_zip(path)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert caught.value.code == "zip_bomb"


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """The best bombs let thousands of entries point at the same packed bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("kernel", b"\0" * 5_000_000)
        kernel = archive.infolist()[0]
        for number in range(200):
            copy = zipfile.ZipInfo(f"n{number}")
            for slot in ("compress_type", "CRC", "compress_size", "file_size", "header_offset", "flag_bits"):
                setattr(copy, slot, getattr(kernel, slot))
            archive.filelist.append(copy)
            archive.NameToInfo[copy.filename] = copy
    path = tmp_path / "overlap.zip"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(BadFile) as caught:
        zips.check_zip(path)
    assert caught.value.code == "zip_bomb"


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_cannot_be_unpacked_in_pieces_is_refused(tmp_path: Path, packing: int) -> None:
    path = tmp_path / "app.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("index.html", "x")
        archive.writestr("more.html", "x" * 100, packing)
    with pytest.raises(BadFile) as caught:
        zips.check_zip(path)
    assert caught.value.code == "zip_packing"


def test_locked_zip_is_refused(tmp_path: Path) -> None:
    body = bytearray(made(tmp_path).read_bytes())
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        body[body.index(mark) + flag] |= 1
    (tmp_path / "locked.zip").write_bytes(body)
    with pytest.raises(BadFile) as caught:
        zips.check_zip(tmp_path / "locked.zip")
    assert caught.value.code == "zip_locked"
