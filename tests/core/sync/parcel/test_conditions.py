"""A stick without room, and a clock that is years off."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.sync.parcel.computers import Computer
from tests.core.sync.parcel.computers import Refusal
from tests.core.sync.parcel.computers import join_by_stick
from tests.core.sync.parcel.conftest import Three

FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


@pytest.fixture
def small_stick(tmp_path: Path) -> Iterator[Path]:
    """A stick of 1 MB."""
    place = tmp_path / "small"
    place.mkdir()
    if not shutil.which("mount") or os.geteuid():
        pytest.skip("only root can mount")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], check=False).returncode:
        pytest.skip("tmpfs cannot be mounted here")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_stick_without_room_is_left_as_it_was(three: Three, small_stick: Path) -> None:
    three.alpha.fill(dataset=three.dataset, count=20_000)
    (small_stick / "letter.txt").write_text("mine")
    with pytest.raises(Refusal) as refused:
        three.alpha.write(stick=str(small_stick), dataset=three.dataset)
    assert "full" in str(refused.value) or "space" in str(refused.value), refused.value
    assert [path.name for path in small_stick.rglob("*") if path.is_file()] == ["letter.txt"]
    assert three.carry(three.alpha, three.beta)["new"] >= 20_000


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not here: apt-get install faketime")
@pytest.mark.parametrize("shift", ["+5y", "-5y"])
def test_a_computer_whose_clock_is_five_years_off(three: Three, template: Path, tmp_path: Path, shift: str) -> None:
    """It joins by stick, edits, and all agree in the end."""
    odd = Computer(tmp_path / "odd", "Odd", template, {"LD_PRELOAD": str(FAKETIME), "FAKETIME": shift})
    try:
        join_by_stick(odd, three.alpha, three.dataset, three.stick)
        three.carry(three.alpha, odd)
        for one, text in ((odd, "There"), (three.alpha, "Here")):
            one.edit(what="rename-room", number=0, text=text)
            one.edit(what="person", number=0, text=text)
        three.carry(odd, three.alpha)
        three.carry(three.alpha, odd)
        assert odd.rows() == three.alpha.rows()
        assert odd.bodies() == three.alpha.bodies()
    finally:
        odd.end()
